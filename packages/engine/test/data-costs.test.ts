// What a transaction's data and access list cost at least (EIP-7976, EIP-7981), how large code may be (EIP-7954), what the
// block counts (EIP-7778): each by itself on top of Prague or Osaka.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Allocation, Hex } from "../src/index.ts";
import { type ListOptions, REQUEST_CONTRACTS, runListed } from "./support/access-list.ts";
import { address, type Call, contract, sender } from "./support/blocks.ts";
import { readReceipts } from "./support/receipts.ts";
import { assemble } from "./support/token.ts";

const to = contract(0);
const nobody = address(0x99, 1);
const runBlock = (accounts: Allocation, calls: Call[], options: ListOptions) =>
  runListed({ ...REQUEST_CONTRACTS, ...accounts }, calls, options);
const zeros = (length: number): Hex => `0x${"00".repeat(length)}`;

/** Gas that one transaction uses, or why it is refused. */
async function outcome(call: Partial<Call>, eips: number[], accounts = {}): Promise<bigint | string> {
  const { gasUsed, invalid } = await runBlock(
    accounts,
    [{ from: sender(0), to: nobody, gasLimit: 1_000_000n, ...call }],
    { fork: "Prague", eips },
  );
  return invalid?.reason ?? gasUsed;
}

test("data costs 64 gas a byte at least with EIP-7976, whether it is zero or not", async () => {
  for (const data of [zeros(100), `0x${"ff".repeat(100)}` as const]) {
    assert.equal(await outcome({ data }, [7976]), 21_000n + 6400n);
    assert.equal(await outcome({ data, gasLimit: 27_400n }, [7976]), 27_400n);
    assert.equal(await outcome({ data, gasLimit: 27_399n }, [7976]), "FloorGasTooLow");
  }
  assert.equal(await outcome({ data: zeros(100) }, []), 21_000n + 1000n);
});

test("an access list pays for its bytes with EIP-7981, and they count for the floor", async () => {
  const accessList = [{ address: to, storageKeys: [zeros(32), `0x${"01".repeat(32)}` as const] }];
  const names = 2400n + 2n * 1900n;
  const bytes = (20n + 2n * 32n) * 64n;
  assert.equal(await outcome({ type: 1, accessList }, []), 21_000n + names);
  assert.equal(await outcome({ type: 1, accessList }, [7981]), 21_000n + names + bytes);
  // So much data that its floor is above what all costs by itself.
  const data = zeros(1000);
  assert.equal(await outcome({ type: 1, accessList, data }, [7976, 7981]), 21_000n + 64_000n + bytes);
});

/** Init code that returns `length` bytes of zeros: code of that length. */
const returns = (length: number) => assemble(`0x${length.toString(16).padStart(6, "0")} 0 RETURN`);

test("code may have 32 KiB and initcode 64 KiB with EIP-7954", async () => {
  const create = async (data: Hex, eips: number[]) => {
    const calls = [{ from: sender(0), to: undefined, gasLimit: 16_000_000n, data }];
    const { receipts, invalid } = await runBlock({}, calls, { fork: "Osaka", eips });
    return invalid?.reason ?? readReceipts(receipts)[0]!.success;
  };
  assert.equal(await create(returns(24_576), []), true);
  assert.equal(await create(returns(24_577), []), false);
  assert.equal(await create(returns(32_768), [7954]), true);
  assert.equal(await create(returns(32_769), [7954]), false);
  assert.equal(await create(zeros(49_153), []), "InitcodeSizeExceeded");
  assert.equal(await create(zeros(65_536), [7954]), true);
  assert.equal(await create(zeros(65_537), [7954]), "InitcodeSizeExceeded");
  // CREATE has the same limit.
  const creates = (length: number) => assemble(`0x${length.toString(16).padStart(6, "0")} 0 0 CREATE`);
  const address = contract(1);
  const inner = async (length: number) => {
    const calls = [{ from: sender(0), to: address, gasLimit: 1_000_000n }];
    const { receipts } = await runBlock({ [address]: { code: creates(length) } }, calls, {
      fork: "Osaka",
      eips: [7954],
    });
    return readReceipts(receipts)[0]!.success;
  };
  assert.equal(await inner(65_536), true);
  assert.equal(await inner(65_537), false);
});

test("with EIP-7778 the block counts gas before refunds, receipts and sender after them", async () => {
  const clears = {
    [to]: {
      code: assemble("0 1 SSTORE"),
      storage: { [`0x${"00".repeat(31)}01`]: `0x${"00".repeat(31)}05` as const },
    },
  };
  const calls = [
    { from: sender(0), to, gasLimit: 100_000n },
    { from: sender(1), to: nobody, gasLimit: 21_000n },
  ];
  const used = 21_000n + 6n + 5000n;
  const run = async (eips: number[], gasLimit = 30_000_000n) => {
    const { gasUsed, receipts, invalid } = await runBlock(clears, calls, { fork: "Prague", eips, gasLimit });
    if (invalid) return invalid;
    return { gasUsed, cumulative: readReceipts(receipts).map(({ cumulativeGasUsed }) => cumulativeGasUsed) };
  };
  const paid = used - 4800n;
  assert.deepEqual(await run([]), { gasUsed: paid + 21_000n, cumulative: [paid, paid + 21_000n] });
  assert.deepEqual(await run([7778]), { gasUsed: used + 21_000n, cumulative: [paid, paid + 21_000n] });
});

test("with EIP-7778 refunds make no room in the block for another transaction", async () => {
  const clears = {
    [to]: {
      code: assemble("0 1 SSTORE"),
      storage: { [`0x${"00".repeat(31)}01`]: `0x${"00".repeat(31)}05` as const },
    },
  };
  const calls = [
    { from: sender(0), to, gasLimit: 26_006n },
    { from: sender(1), to: nobody, gasLimit: 21_000n },
  ];
  const verdict = async (eips: number[], gasLimit: bigint) =>
    (await runBlock(clears, calls, { fork: "Prague", eips, gasLimit })).invalid;
  assert.equal(await verdict([], 47_005n), undefined);
  assert.deepEqual(await verdict([7778], 47_005n), { reason: "GasAllowanceExceeded", transaction: 1 });
  assert.equal(await verdict([7778], 47_006n), undefined);
});
