// EIP-7708 by itself on top of Shanghai or Cancun: what moves or burns ether leaves logs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Allocation, createEngine, type Hex } from "../src/index.ts";
import { runListed } from "./support/access-list.ts";
import { address, block, type Call, contract, createAddress, SHANGHAI, sender } from "./support/blocks.ts";
import { readReceipts } from "./support/receipts.ts";
import { assemble, deployment } from "./support/token.ts";

const TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
/** keccak256("Burn(address,uint256)"): the name that the tests of the devnet use. */
const BURN = "0xcc16f5dbb4873280815c1ee09dbd06736cffcc184412cf7a71a0fdb75d397ca5";
const SYSTEM = "0xfffffffffffffffffffffffffffffffffffffffe";

const to = contract(0);
const other = contract(1);
const made = (nonce = 0): Hex => `0x${createAddress(sender(0), nonce)}`;
const word = (value: bigint | Hex): Hex => `0x${BigInt(value).toString(16).padStart(64, "0")}`;
const moved = (from: Hex, target: Hex, amount: bigint) => ({
  address: SYSTEM,
  topics: [TRANSFER, word(from), word(target)],
  data: word(amount),
});
const burnt = (from: Hex, amount: bigint) => ({
  address: SYSTEM,
  topics: [BURN, word(from)],
  data: word(amount),
});

/** The logs of one transaction. */
async function logsOf(accounts: Allocation, call: Partial<Call>, fork = "Shanghai", eips = [7708]) {
  const { receipts } = await runListed(accounts, [{ from: sender(0), to, gasLimit: 1_000_000n, ...call }], {
    fork,
    eips,
  });
  return readReceipts(receipts)[0]!.logs;
}
const code = (source: string, balance = 0n) => ({ code: assemble(source), balance });
const call = (target: Hex, value: number) => `0 0 0 0 ${value} ${target} GAS CALL POP`;

test("a transaction with value leaves a log of the system's address before what its code logs", async () => {
  const logs = await logsOf({ [to]: code("0 0 LOG0") }, { value: 5n });
  assert.deepEqual(logs, [moved(sender(0), to, 5n), { address: to, topics: [], data: "0x" }]);
});

test("no value, or value to oneself, leaves none, and neither does anything without the EIP", async () => {
  assert.deepEqual(await logsOf({}, { value: 0n }), []);
  assert.deepEqual(await logsOf({}, { to: sender(0), value: 5n }), []);
  assert.deepEqual(await logsOf({}, { value: 5n }, "Shanghai", []), []);
});

test("calls with value leave logs in their order; those of a reverted call are gone, CALLCODE moves nothing", async () => {
  const accounts = {
    [to]: code(`${call(other, 1)} ${call(contract(2), 2)} 0 0 0 0 3 ${contract(3)} GAS CALLCODE POP`, 100n),
    [other]: code(call(contract(3), 1)),
    [contract(2)]: code(`${call(contract(3), 1)} 0 0 REVERT`),
  };
  assert.deepEqual(await logsOf(accounts, {}), [moved(to, other, 1n), moved(other, contract(3), 1n)]);
});

test("a creation with value leaves a log, by transaction and by CREATE; one that fails none", async () => {
  const byTransaction = await logsOf({}, { to: undefined, value: 7n, data: deployment("0x00") });
  assert.deepEqual(byTransaction, [moved(sender(0), made(), 7n)]);
  const child: Hex = `0x${createAddress(to, 0)}`;
  assert.deepEqual(await logsOf({ [to]: code("0 0 3 CREATE", 10n) }, {}), [moved(to, child, 3n)]);
  const fails = code("0xfe 0 MSTORE 1 31 3 CREATE", 10n);
  assert.deepEqual(await logsOf({ [to]: fails }, {}), []);
});

test("SELFDESTRUCT moves its balance to another, and burns it only in the transaction that made the contract", async () => {
  const away = code(`${other} SELFDESTRUCT`, 9n);
  assert.deepEqual(await logsOf({ [to]: away }, {}, "Cancun"), [moved(to, other, 9n)]);
  const toItself = code("ADDRESS SELFDESTRUCT", 9n);
  assert.deepEqual(await logsOf({ [to]: toItself }, {}, "Cancun"), []);
  const initcode = assemble("ADDRESS SELFDESTRUCT");
  const logs = await logsOf({}, { to: undefined, value: 7n, data: initcode }, "Cancun");
  assert.deepEqual(logs, [moved(sender(0), made(), 7n), burnt(made(), 7n)]);
});

test("what destroyed contracts were sent later is burnt at the end, by address", async () => {
  // Two children destroy themselves and are sent ether afterwards, the one with the higher address first.
  const children = [0, 1].map((nonce) => `0x${createAddress(to, nonce)}` as Hex);
  const sorted = [...children].sort();
  const create = `${assemble("ADDRESS SELFDESTRUCT")} 0 MSTORE 2 30 0 CREATE POP`;
  const program = `${create} ${create} ${call(sorted[1]!, 1)} ${call(sorted[0]!, 2)}`;
  const logs = await logsOf({ [to]: code(program, 10n) }, {}, "Cancun");
  assert.deepEqual(logs, [
    moved(to, sorted[1]!, 1n),
    moved(to, sorted[0]!, 2n),
    burnt(sorted[0]!, 2n),
    burnt(sorted[1]!, 1n),
  ]);
});

test("on several workers the receipts are those of one after another", async () => {
  const rich = Array.from({ length: 40 }, (_, i) => [sender(i), { balance: 10n ** 18n }]);
  const alloc: Allocation = {
    ...Object.fromEntries(rich),
    [to]: code(`${call(other, 1)} ${call(sender(3), 1)}`, 1000n),
  };
  const engine = await createEngine({ workers: 2, chain: { ...SHANGHAI, eips: [7708] }, genesis: { alloc } });
  const calls = Array.from({ length: 40 }, (_, i) => ({
    from: sender(i),
    to: i % 4 ? address(0x33, i) : to,
    value: 3n,
  }));
  const run = async (mode: "parallel" | "sequential") => {
    const result = await engine.execute({ ...block(calls), mode });
    const facts = {
      roots: result.roots,
      bloom: result.logsBloom,
      logs: [...result.receipts].flatMap(({ logs }) => logs),
    };
    result.discard();
    return facts;
  };
  try {
    const parallel = await run("parallel");
    assert.deepEqual(parallel, await run("sequential"));
    assert.equal(parallel.logs.length, 40 + 10 * 2);
  } finally {
    await engine.close();
  }
});
