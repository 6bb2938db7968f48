// Small blocks whose access list is looked at: run in this thread under an earlier fork with EIP-7928 on top, so that
// their gas is well known.

import type { BlockOutcome } from "../../src/block-outcome.ts";
import { networkConfig, rulesAt } from "../../src/forks.ts";
import { type AccountAccess, type Allocation, decodeBlockAccessList, type Hex } from "../../src/index.ts";
import { LocalExecutor } from "../../src/local-executor.ts";
import { block, type Call, ETHER, sender } from "./blocks.ts";

export interface ListOptions {
  fork?: string;
  coinbase?: Hex;
  withdrawals?: { address: Hex; amount: bigint }[];
  gasLimit?: bigint;
  /** EIPs on top of the fork. */
  eips?: number[];
  stateGasKept?: boolean;
}

/** Four senders with an ether each. */
const rich: Allocation = Object.fromEntries([0, 1, 2, 3].map((i) => [sender(i), { balance: ETHER }]));

let executor: LocalExecutor | undefined;

/** Runs one block on these accounts. */
export async function runListed(
  accounts: Allocation,
  calls: readonly Call[],
  options: ListOptions = {},
): Promise<BlockOutcome> {
  executor ??= await LocalExecutor.create();
  executor.reset();
  executor.load({ ...rich, ...accounts });
  const input = block(calls);
  const { coinbase = input.header.coinbase, gasLimit = input.header.gasLimit } = options;
  const header = {
    ...input.header,
    coinbase,
    gasLimit,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: `0x${"be".repeat(32)}` as Hex,
  };
  const config = {
    ...networkConfig(options.fork ?? "Shanghai"),
    eips: options.eips ?? [7928],
    stateGasKept: options.stateGasKept ?? false,
  };
  const withdrawals = (options.withdrawals ?? []).map(({ address, amount }, i) => ({
    index: BigInt(i),
    validatorIndex: 0n,
    address,
    amount,
  }));
  return executor.runBlock(rulesAt(config, header), { ...input, header, withdrawals });
}

/** The access list of one block, by address. */
export async function listOf(
  accounts: Allocation,
  calls: readonly Call[],
  options: ListOptions = {},
): Promise<Map<Hex, Omit<AccountAccess, "address">>> {
  const { invalid, blockAccessList } = await runListed(accounts, calls, options);
  if (invalid !== undefined) throw new Error(`the block is not valid: ${invalid.reason}`);
  return new Map(
    decodeBlockAccessList(blockAccessList!).map(({ address, ...entry }) => [address, entry] as const),
  );
}

/** An entry of which only these parts are not empty. */
export function entry(parts: Partial<AccountAccess> = {}): Omit<AccountAccess, "address"> {
  return { storageChanges: [], storageReads: [], balances: [], nonces: [], codes: [], ...parts };
}

/** The contracts that blocks from Prague on must call (EIP-7002, EIP-7251), as ones that do nothing. */
export const REQUEST_CONTRACTS: Allocation = {
  "0x00000961ef480eb55e80d19ad83579a64c007002": { code: "0x00" },
  "0x0000bbddc7ce488642fb579f8b00f3a590007251": { code: "0x00" },
};
