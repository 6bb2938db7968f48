import assert from "node:assert/strict";
import { test } from "node:test";
import { Evm, push, SELF } from "./support/evm.ts";

const CHUNK_TABLE = 8192;
const MAX_CHUNKS = 16384;

/** Chunks of one worker alone: their entries carry its number above the kind. */
function workerChunks(evm: Evm): number {
  const table = new Uint32Array(evm.room.memory.buffer, CHUNK_TABLE, MAX_CHUNKS);
  return table.reduce((count, entry) => count + (entry > 255 ? 1 : 0), 0);
}

const sharedMemory = () => new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });

test("a worker that replaces another takes back the memory of its predecessor", () => {
  const memory = sharedMemory();
  const first = new Evm(memory);
  first.run("STOP");
  const held = workerChunks(first);
  assert.ok(held > 0);
  for (let i = 0; i < 5; i++) {
    const next = new Evm(memory);
    next.run("STOP");
    assert.equal(workerChunks(next), held);
  }
});

test("a worker keeps what it took before its first transaction: one that commits for others needs memory of its own", () => {
  const other = new Evm(sharedMemory());
  other.run("STOP");
  const evm = new Evm(sharedMemory());
  const { exports } = evm.room;
  const pair = exports.testChunk(1);
  exports.keccak256OfPair(pair + 64, pair);
  const memo = workerChunks(evm);
  assert.ok(memo > 0);
  evm.run("STOP");
  assert.equal(workerChunks(evm), memo + workerChunks(other));
});

test("what a large memory took is given back at the next transaction", () => {
  const evm = new Evm(sharedMemory());
  evm.run("STOP");
  const held = workerChunks(evm);
  assert.equal(evm.run(`${push(5_000_000)} MLOAD`, "Osaka", { gas: 10_000_000_000n }).halt, "Success");
  assert.ok(workerChunks(evm) > held);
  evm.run("STOP");
  assert.equal(workerChunks(evm), held);
});

test("a transaction that is left in the middle of nested calls leaves nothing behind", () => {
  let leave = true;
  const evm = new Evm(sharedMemory());
  evm.onPrecompile = () => {
    if (leave) throw new Error("left");
    return { gas: 0n, output: new Uint8Array(1) };
  };
  const calls = (to: bigint) => `PUSH0 PUSH0 PUSH0 PUSH0 ${push(to)} GAS STATICCALL`;
  const run = () => {
    evm.begin();
    evm.setCode(SELF, `${push(0xff)} ${push(2_000_000)} MSTORE ${calls(0x1234n)}`);
    evm.setCode(0x1234n, `${push(0xff)} ${push(1_000_000)} MSTORE ${calls(3n)}`);
    return evm.call({ gas: 10_000_000_000n });
  };
  evm.run("STOP");
  const held = workerChunks(evm);
  for (let i = 0; i < 10; i++) assert.throws(run, /left/);
  leave = false;
  assert.equal(run().halt, "Success");
  evm.run("STOP");
  assert.equal(workerChunks(evm), held + 1, "one more for results of calls");
});

test("a block that was given up is left by a loop, a call and a creation", () => {
  const evm = new Evm(sharedMemory());
  const left = /abortTransaction\(4, 0\)/;
  const endless = [
    "JUMPDEST PUSH0 JUMP",
    "JUMPDEST PUSH1 0x01 PUSH0 JUMPI",
    "JUMPDEST PUSH0 ISZERO PUSH0 JUMPI",
    "JUMPDEST PUSH0 PUSH0 ADD JUMP",
    `PUSH0 PUSH0 PUSH0 PUSH0 ${push(SELF)} GAS STATICCALL`,
    "PUSH0 PUSH0 PUSH0 CREATE",
  ];
  evm.room.exports.setCancelled(1);
  for (const code of endless) assert.throws(() => evm.run(code), left, code);
  evm.room.exports.setCancelled(0);
  assert.equal(evm.run("JUMPDEST PUSH0 JUMP", "Osaka", { gas: 100_000n }).halt, "OutOfGas");
});
