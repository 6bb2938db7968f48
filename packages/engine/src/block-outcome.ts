// What running a block gave, read out of the kernel's memory as a whole before the block is committed or dropped.

import { codeName, Invalid } from "@heddle/kernel";
import type { InvalidReason } from "./errors.ts";
import { type Hex, toHex } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import { readAccessList, readRequests } from "./result.ts";

/** In place of a transaction's index, where the reason is none of a transaction's. */
const NO_INDEX = 0xffffffff;

/** What running one block gave. */
export interface BlockOutcome {
  /** Why the block is not valid, and the transaction that makes it so, if it is one; then the state is as before. */
  invalid?: { reason: InvalidReason; transaction: number } | { reason: string; transaction: undefined };
  gasUsed: bigint;
  blobGasUsed: bigint;
  logsBloom: Hex;
  /** Requests by type (EIP-7685): the type byte and the data; empty ones are left out. */
  requests: Hex[];
  roots: { transactions: Hex; receipts: Hex; withdrawals: Hex; state: Hex };
  receipts: Hex[];
  /** RLP of what the block accessed, and its hash (EIP-7928), where the rules have lists. */
  blockAccessList?: Uint8Array | undefined;
  blockAccessListHash?: Hex | undefined;
}

/** The outcome of the block in the kernel; a block that is not valid has no receipts. */
export function readBlockOutcome(kernel: KernelInstance): BlockOutcome {
  const { layout } = kernel;
  const result = layout.BLOCK_RESULT;
  const hash = (address: number) => toHex(kernel.copy(address, 32));
  const outcome: BlockOutcome = {
    gasUsed: kernel.getU64(result + layout.BlockResult_gasUsed),
    blobGasUsed: kernel.getU64(result + layout.BlockResult_blobGasUsed),
    logsBloom: toHex(kernel.copy(layout.RESULT_BLOOM, 256)),
    requests: readRequests(kernel),
    roots: {
      transactions: hash(layout.RESULT_TRANSACTIONS_ROOT),
      receipts: hash(layout.RESULT_RECEIPTS_ROOT),
      withdrawals: hash(layout.RESULT_WITHDRAWALS_ROOT),
      state: hash(layout.RESULT_STATE_ROOT),
    },
    receipts: [],
    ...readAccessList(kernel),
  };
  const invalid = kernel.getU32(result + layout.BlockResult_invalid);
  if (invalid === Invalid.None) outcome.receipts = readReceipts(kernel);
  else {
    const index = kernel.getU32(result + layout.BlockResult_invalidIndex);
    const reason = codeName(Invalid, invalid);
    outcome.invalid =
      index === NO_INDEX ? { reason, transaction: undefined } : { reason, transaction: index };
  }
  return outcome;
}

/** The receipts' envelopes. */
function readReceipts(kernel: KernelInstance): Hex[] {
  const { layout } = kernel;
  const count = kernel.getU32(layout.BLOCK_ENV + layout.BlockEnv_transactionCount);
  const pointers = kernel.getU32(layout.BLOCK_ENV + layout.BlockEnv_transactions);
  return Array.from({ length: count }, (_, i) => {
    const t = kernel.getU32(pointers + i * 4);
    const receipt = kernel.getU32(t + layout.Transaction_receipt);
    return toHex(kernel.copy(receipt, kernel.getU32(t + layout.Transaction_receiptLength)));
  });
}
