// EIP-8037 by itself on top of Osaka: gas for new state, apart from other gas. At 120 million gas a block, a byte of state
// costs 1174.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Allocation, createEngine, type Hex, networkConfig } from "../src/index.ts";
import { type ListOptions, REQUEST_CONTRACTS, runListed } from "./support/access-list.ts";
import { address, type Call, contract, recipient, sender } from "./support/blocks.ts";
import { listedBlock } from "./support/listed-blocks.ts";
import { readReceipts } from "./support/receipts.ts";
import { authorize, signer } from "./support/signed.ts";
import { assemble, deployment } from "./support/token.ts";

const BYTE = 1174n;
const ACCOUNT = 112n * BYTE;
const SLOT = 32n * BYTE;
const DESIGNATOR = 23n * BYTE;
/** EIP-7825: what a transaction may use that is no state gas. */
const MOST = 16_777_216n;

const to = contract(0);
const other = contract(1);
const code = (source: string, balance = 0n) => ({ code: assemble(source), balance });

async function run(accounts: Allocation, calls: Call[], options: ListOptions = {}) {
  const { gasUsed, receipts, invalid } = await runListed({ ...REQUEST_CONTRACTS, ...accounts }, calls, {
    fork: "Osaka",
    eips: [8037],
    gasLimit: 120_000_000n,
    ...options,
  });
  if (invalid !== undefined) return { invalid };
  const paid = readReceipts(receipts).map(({ cumulativeGasUsed }) => cumulativeGasUsed);
  return { block: gasUsed, paid, success: readReceipts(receipts).map(({ success }) => success) };
}

/** What the block counts of one transaction and what its sender pays. */
async function one(accounts: Allocation, call: Partial<Call> = {}, options: ListOptions = {}) {
  const { block, paid } = await run(
    accounts,
    [{ from: sender(0), to, gasLimit: 1_000_000n, ...call }],
    options,
  );
  return [block, paid?.[0]];
}

const larger = (a: bigint, b: bigint) => (a > b ? a : b);
/** Both figures of a transaction that uses so much gas of both kinds. */
const both = (regular: bigint, state: bigint) => [larger(regular, state), regular + state];

test("a new slot costs 2,900 gas and 32 bytes of state, its change no state", async () => {
  const write = 21_000n + 6n + 2100n + 2900n;
  assert.deepEqual(await one({ [to]: code("1 1 SSTORE") }), both(write, SLOT));
  const storage = { [`0x${"00".repeat(31)}01`]: `0x${"00".repeat(31)}05` as const };
  assert.deepEqual(await one({ [to]: { ...code("1 1 SSTORE"), storage } }), both(write, 0n));
  assert.deepEqual(
    await one({ [to]: code("1 1 SSTORE") }, {}, { eips: [] }),
    both(write - 2900n + 20_000n, 0n),
  );
});

test("a slot that is set and cleared again in one transaction costs no state, in whatever frame that happens", async () => {
  const cleared = 21_000n + 12n + 2100n + 2900n + 100n;
  const [block, paid] = await one({ [to]: code("1 1 SSTORE 0 1 SSTORE") });
  assert.deepEqual([block, paid], [cleared, cleared - 2800n]);
  const inner = { [to]: code(`1 1 SSTORE 0 0 0 0 ${other} GAS DELEGATECALL`), [other]: code("0 1 SSTORE") };
  assert.equal((await one(inner))[0], cleared + 15n + 2600n + 2n);
});

test("gas of a byte follows the block's gas limit in steps", async () => {
  // The table of the EIP.
  const table: [bigint, bigint][] = [
    [100n, 1174n],
    [200n, 2198n],
    [300n, 3222n],
    [500n, 5782n],
    [1000n, 11_926n],
    [60n, 662n],
    [1n, 1n],
  ];
  for (const [millions, byte] of table) {
    const creation = { to: undefined, data: "0x" as Hex, gasLimit: 900_000n };
    const gasLimit = millions * 1_000_000n;
    const regular = 21_000n + 9000n;
    if (112n * byte < 800_000n) {
      assert.deepEqual(
        await one({}, creation, { gasLimit }),
        both(regular, 112n * byte),
        `${millions} million`,
      );
    }
  }
});

test("an account that is sent its first ether costs 112 bytes, by call and by self-destruction", async () => {
  const fresh = address(0x99, 1);
  const call = code(`0 0 0 0 1 ${fresh} 0 CALL`, 5n);
  const used = 21_000n + 21n + 2600n + 9000n - 2300n;
  assert.deepEqual(await one({ [to]: call }), both(used, ACCOUNT));
  const nothing = code(`0 0 0 0 0 ${fresh} 0 CALL`, 5n);
  assert.deepEqual(await one({ [to]: nothing }), both(21_000n + 21n + 2600n, 0n));
  const destructs = code(`${fresh} SELFDESTRUCT`, 5n);
  assert.deepEqual(await one({ [to]: destructs }), both(21_000n + 3n + 2600n + 5000n, ACCOUNT));
});

test("a creation pays for its account and its code by the byte, and 6 gas a word for hashing that", async () => {
  // The initcode's data: 12 bytes, 3 of them zero, and 40 of the code that it returns.
  const made = `0x${"5b".repeat(40)}` as Hex;
  const data = deployment(made);
  const zeros = BigInt((data.slice(2).match(/../g) ?? []).filter((byte) => byte === "00").length);
  const size = BigInt((data.length - 2) / 2);
  const intrinsic = 21_000n + 9000n + 4n * zeros + 16n * (size - zeros) + 2n * 2n;
  const execution = 3n * 3n + (3n + 6n + 6n) + 2n * 3n;
  const regular = intrinsic + execution + 2n * 6n;
  assert.deepEqual(await one({}, { to: undefined, data }), both(regular, ACCOUNT + 40n * BYTE));
});

test("CREATE costs 9,000 gas and an account; what it cannot make is given back", async () => {
  const empty = 21_000n + 9n + 9000n;
  assert.deepEqual(await one({ [to]: code("0 0 0 CREATE") }), both(empty, ACCOUNT));
  // Ether that is not there, initcode that reverts.
  assert.deepEqual(await one({ [to]: code("0 0 1 CREATE") }), both(empty, 0n));
  const reverts = code(`${assemble("0 0 REVERT")} 0 MSTORE 5 27 0 CREATE`);
  assert.deepEqual(await one({ [to]: reverts }), both(empty + 3n + 6n + 3n + 2n + 6n, 0n));
});

test("a frame that fails gives its state gas back, the outermost one too", async () => {
  const accounts = {
    [to]: code(`0 0 0 0 0 ${other} GAS CALL`),
    [other]: code("1 1 SSTORE 0 0 REVERT"),
  };
  const inner = 6n + 2100n + 2900n + 6n;
  assert.deepEqual(await one(accounts), both(21_000n + 15n + 3n + 2n + 2600n + inner, 0n));
  const revert = code("1 1 SSTORE 0 0 REVERT");
  assert.deepEqual(await one({ [to]: revert }), both(21_000n + inner, 0n));
});

test("what a contract cost that is gone with the transaction that made it is given back", async () => {
  const initcode = assemble("1 1 SSTORE CALLER SELFDESTRUCT");
  const bytes = (initcode.length - 2) / 2;
  const source = `0x${initcode.slice(2)} 0 MSTORE ${bytes} ${32 - bytes} 0 CREATE`;
  const [block, paid] = await one({ [to]: code(source) });
  assert.equal(block, paid, "no state gas is left to pay");
});

test("where SELFDESTRUCT still removes contracts that were there before, that gives nothing back", async () => {
  const source = `${sender(1)} SELFDESTRUCT`;
  const accounts = { [to]: code(`1 1 SSTORE 0 0 0 0 0 ${other} GAS CALL`), [other]: code(source, 5n) };
  const shanghai = { fork: "Shanghai" };
  const regular = 21_000n + 6n + 5000n + 15n + 3n + 2n + 2600n + 3n + 2600n + 5000n;
  assert.deepEqual(await one(accounts, {}, shanghai), both(regular, SLOT));
});

test("the EIP as of March 2026 gives nothing of it back", async () => {
  const kept = { stateGasKept: true };
  assert.deepEqual(await one({ [to]: code("0 0 1 CREATE") }, {}, kept), both(21_000n + 9n + 9000n, ACCOUNT));
  const revert = code("1 1 SSTORE 0 0 REVERT");
  assert.deepEqual(await one({ [to]: revert }, {}, kept), both(21_000n + 12n + 2100n + 2900n, SLOT));
  // A slot that is cleared again is a refund like any other: a fifth of all gas at most.
  const used = 21_000n + 12n + 2100n + 2900n + 100n;
  const [block, paid] = await one({ [to]: code("1 1 SSTORE 0 1 SSTORE") }, {}, kept);
  assert.deepEqual([block, paid], [SLOT, used + SLOT - (used + SLOT) / 5n]);
  const authorizationList = authorize([{ address: other, nonce: 0n }], 0);
  const call = { type: 4, to: recipient(0), authorizationList, maxFeePerGas: 7n };
  const there = { [signer(0)]: { balance: 1n } };
  assert.deepEqual(await one(there, call, kept), both(21_000n + 7500n, DESIGNATOR));
});

test("a transaction may have more gas than EIP-7825 allows; what is above only pays for state", async () => {
  const gasLimit = MOST + 500_000n;
  const accounts = { [to]: code("GAS 0 SSTORE") };
  const refused = await run(accounts, [{ from: sender(0), to, gasLimit }], { eips: [] });
  assert.deepEqual(refused.invalid, { reason: "GasLimitAboveMaximum", transaction: 0 });
  assert.deepEqual(await one(accounts, { gasLimit }), both(21_000n + 5n + 2100n + 2900n, SLOT));
  // A loop that uses all: the reservoir is left.
  const loop = code("loop: @loop JUMP");
  assert.deepEqual(await one({ [to]: loop }, { gasLimit }), both(MOST, 0n));
  const writes = code("1 1 SSTORE loop: @loop JUMP");
  assert.deepEqual(await one({ [to]: writes }, { gasLimit }), both(MOST, 0n));
});

test("an authorization costs 7,500 gas and 135 bytes; those of an account that is there go to the reservoir", async () => {
  const authority = signer(0);
  const authorizationList = authorize([{ address: other, nonce: 0n }], 0);
  const call = { type: 4, to: recipient(0), authorizationList, maxFeePerGas: 7n };
  const state = ACCOUNT + DESIGNATOR;
  assert.deepEqual(await one({}, call), both(21_000n + 7500n, state));
  const there = { [authority]: { balance: 1n } };
  const [block, paid] = await one(there, call);
  assert.deepEqual([block, paid], [state, 21_000n + 7500n + DESIGNATOR]);
});

test("a block has room for so much gas of either kind, whichever its transactions use most of", async () => {
  // Slots that both write, and one for each: state gas is what fills the block.
  const accounts = { [to]: code("CALLER 1 SSTORE CALLER 2 SSTORE CALLER CALLER SSTORE") };
  const three = 21_000n + 14n + 3n * 5000n;
  const call = (i: number, gasLimit = 1_000_000n): Call => ({ from: sender(i), to, gasLimit });
  const gasLimit = 60_000_000n;
  const slot = 32n * 662n;
  const { block, paid } = await run(accounts, [call(0), call(1)], { gasLimit });
  const second = 21_000n + 14n + 3n * 5000n;
  assert.equal(block, larger(three + second, 3n * slot + slot));
  assert.deepEqual(paid, [three + 3n * slot, three + second + 4n * slot]);
  // The second one's gas limit, less what it pays before its first instruction, must be free in state gas.
  const free = gasLimit - 3n * slot;
  const most = call(1, free + 21_000n);
  assert.equal((await run(accounts, [call(0), most], { gasLimit })).invalid, undefined);
  const toomuch = call(1, free + 21_001n);
  assert.deepEqual((await run(accounts, [call(0), toomuch], { gasLimit })).invalid, {
    reason: "GasAllowanceExceeded",
    transaction: 1,
  });
});

test("many workers count the same gas of both kinds as one after another", async () => {
  const accounts: Allocation = {
    [to]: code("CALLER SLOAD ISZERO CALLER SSTORE CALLER BALANCE POP 1 SLOAD 1 ADD 1 SSTORE"),
    [other]: code(
      `${assemble("0 0 REVERT")} 0 MSTORE 5 27 0 CREATE POP 0 0 0 CREATE POP 1 1 SSTORE 0 1 SSTORE`,
    ),
    ...Object.fromEntries(Array.from({ length: 60 }, (_, i) => [sender(i), { balance: 10n ** 18n }])),
  };
  const calls = Array.from({ length: 60 }, (_, i): Call => {
    const gasLimit = i % 7 === 0 ? MOST + 300_000n : 800_000n;
    return { from: sender(i), to: [to, other, recipient(i), undefined][i % 4], gasLimit };
  });
  const chain = { ...networkConfig("Cancun"), eips: [7708, 7928, 8037] };
  const engine = await createEngine({ workers: 2, chain, genesis: { alloc: accounts } });
  const execute = async (mode: "parallel" | "sequential") => {
    const input = listedBlock(calls);
    const result = await engine.execute({
      ...input,
      header: { ...input.header, gasLimit: 120_000_000n },
      mode,
    });
    const { roots, gasUsed, blockAccessListHash } = result;
    const gas = [...result.receipts].map((receipt) => receipt.cumulativeGasUsed);
    result.discard();
    return { roots, gasUsed, blockAccessListHash, gas };
  };
  try {
    const parallel = await execute("parallel");
    assert.deepEqual(parallel, await execute("sequential"));
    assert.notEqual(parallel.gasUsed, parallel.gas.at(-1));
  } finally {
    await engine.close();
  }
});
