// Blocks of our own in the manner of the specs' benchmark blocks, for what those here do not reach: all gas goes into one
// operation, in a loop that fills a contract.

import { hexToBytes } from "@heddle/cli";
import { type Allocation, type Block, encodeBlock, type Header, rulesAt } from "@heddle/engine";
import { requestsHash } from "@heddle/engine/testing";
import { Address, type Hex, Secp256k1, TxEnvelopeEip1559 } from "ox";
import { executor } from "../../../conformance/src/executor.ts";
import { type Attack, attacks, TARGET } from "./attacks.ts";
import { type BenchmarkCase, sendersOf } from "./cases.ts";

/** EIP-7825: the most gas that a transaction may ask for. */
const TRANSACTION_GAS = 16_777_216;
const BALANCE = 10n ** 24n;

const key = (index: number): Hex.Hex => `0x${(index + 1).toString(16).padStart(64, "0")}`;

function sign(index: number, attack: Attack, gas: number): Uint8Array {
  const to = attack.to?.(index) ?? TARGET;
  const envelope = TxEnvelopeEip1559.from({
    chainId: 1,
    nonce: 0n,
    gas: BigInt(gas),
    maxFeePerGas: 10n ** 9n,
    maxPriorityFeePerGas: 1n,
    value: attack.value ?? 0n,
    data: attack.calldata ?? "0x",
    to,
    ...(attack.accessList === undefined ? {} : { accessList: attack.accessList }),
  });
  const signature = Secp256k1.sign({
    payload: TxEnvelopeEip1559.getSignPayload(envelope),
    privateKey: key(index),
  });
  return hexToBytes(TxEnvelopeEip1559.serialize(envelope, { signature }));
}

/** EIP-7623 and EIP-2930: at most what a transaction costs before it does anything. */
function leastGas({ calldata = "0x", accessList = [] }: Attack): number {
  const slots = accessList.reduce((sum, { storageKeys }) => sum + storageKeys.length, 0);
  return 21_000 + 40 * (calldata.length / 2 - 1) + 2400 * accessList.length + 1900 * slots;
}

/** Gas limits of as many transactions as `mgas` pay for. */
function gasLimits(attack: Attack, mgas: number): number[] {
  const least = attack.gasEach ?? leastGas(attack);
  const limits: number[] = [];
  for (let left = mgas * 1_000_000; left >= least; ) {
    const limit = Math.min(left, attack.gasEach ?? TRANSACTION_GAS);
    limits.push(limit);
    left -= limit;
  }
  return limits;
}

/**
 * The case of an attack: `template` lends fork, genesis and the system's contracts. The header's roots are those that this
 * engine computes in order, so that only peers can tell whether they are right.
 */
async function makeCase(
  attack: Attack,
  template: BenchmarkCase,
  mgas: number,
  limits: readonly number[],
): Promise<BenchmarkCase> {
  const transactions = limits.map((limit, i) => sign(i, attack, limit));
  const senders = limits.map((_, i) =>
    Address.fromPublicKey(Secp256k1.getPublicKey({ privateKey: key(i) })).toLowerCase(),
  );
  const alloc: Allocation = {
    ...template.alloc,
    ...Object.fromEntries(senders.map((sender) => [sender, { balance: BALANCE, nonce: 0n, storage: {} }])),
    ...Object.fromEntries(
      Object.entries(attack.accounts).map(([address, { code, balance, storage }]) => [
        address,
        {
          balance: balance ?? 0n,
          nonce: 1n,
          code: hexToBytes(code ?? "0x"),
          storage: storage ?? {},
        },
      ]),
    ),
  };
  const draft: Block = { ...template.block, transactions };
  const header = await seal(template, alloc, draft);
  const block = { ...draft, header };
  const codes = Object.values(alloc).map(({ code }) => code);
  return {
    name: `own/${attack.name}`,
    mgas,
    config: template.config,
    genesis: template.genesis,
    alloc,
    setup: [],
    block,
    senders: await sendersOf(template.config, block),
    rlp: [encodeBlock(block)],
    codes: codes.filter((code): code is Uint8Array => code instanceof Uint8Array && code.length > 0),
  };
}

async function seal(template: BenchmarkCase, alloc: Allocation, draft: Block): Promise<Header> {
  const local = await executor();
  local.reset();
  local.load(alloc);
  const rules = rulesAt(template.config, draft.header);
  const parentHash = hexToBytes(draft.header.parentHash);
  const outcome = local.runBlock(rules, draft, [[draft.header.number - 1n, parentHash]]);
  if (outcome.invalid !== undefined) throw new Error(`not valid: ${outcome.invalid.reason}`);
  return {
    ...draft.header,
    stateRoot: outcome.roots.state,
    transactionsRoot: outcome.roots.transactions,
    receiptsRoot: outcome.roots.receipts,
    withdrawalsRoot: outcome.roots.withdrawals,
    requestsHash: requestsHash(outcome.requests),
    logsBloom: outcome.logsBloom,
    gasUsed: outcome.gasUsed,
  };
}

/** The chosen cases of our own, in sizes of `mgas`. */
export async function ownCases(
  template: BenchmarkCase,
  filter: string,
  mgas: readonly number[],
): Promise<BenchmarkCase[]> {
  const cases: BenchmarkCase[] = [];
  for (const attack of attacks()) {
    if (!`own/${attack.name}`.includes(filter)) continue;
    for (const size of mgas) {
      const limits = gasLimits(attack, size);
      // A small block has no room for some.
      if (limits.length > 0) cases.push(await makeCase(attack, template, size, limits));
    }
  }
  return cases;
}
