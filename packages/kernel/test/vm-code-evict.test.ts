import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assemble, CALLER, Evm, fromBytes, push, returnTop, SELF } from "./support/evm.ts";
import { KernelSignal } from "./support/room.ts";

const COLD = 1;
const FIELD_CODE = 2;
const CODE = assemble(`${push(6)} ${push(7)} MUL ${returnTop}`);

/** Two instances over one memory, whose source is the test; an account with code. */
function twoInstances(): { one: Evm; two: Evm; record: number } {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
  const one = new Evm(memory);
  const two = new Evm(memory);
  two.room.exports.setWorkerId(1);
  one.room.exports.setColdSource(1);
  const { exports } = one.room;
  one.loadAccount(CALLER);
  const record: number = exports.stateLoadAccount(
    one.word("wordA", SELF),
    1n,
    one.word("wordB", 0n),
    exports.codeHash(intern(one, CODE)),
    one.word("wordC", 0n),
    1,
  );
  return { one, two, record };
}

function intern(evm: Evm, code: Uint8Array): number {
  evm.room.write(evm.place("data"), code);
  return evm.room.exports.codeIntern(evm.place("data"), code.length, 0);
}

function run(evm: Evm, fork: "Osaka" | "London" = "Osaka"): bigint {
  evm.begin(fork);
  const { halt, output } = evm.call();
  assert.equal(halt, "Success");
  return fromBytes(output);
}

/** Contract number `index` of `length` bytes, none equal to another. */
function numbered(index: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i < 4 ? index >> (8 * i) : index * 31 + i));
}

describe("eviction of code", () => {
  it("makes every instance ask for the code again, which then runs as before", () => {
    const { one, two, record } = twoInstances();
    assert.equal(run(one), 42n);
    assert.equal(run(two, "London"), 42n);
    one.room.exports.codesEvict();
    for (const evm of [two, one]) {
      assert.throws(
        () => run(evm),
        (error) =>
          error instanceof KernelSignal && error.code === COLD && error.detail === record + FIELD_CODE,
      );
    }
    intern(one, CODE);
    assert.equal(run(two), 42n);
    assert.equal(run(one, "London"), 42n);
  });

  it("gives back all memory of code, and counts it", () => {
    const { one, two } = twoInstances();
    one.room.exports.codesEvict();
    const before = one.room.exports.cacheBytes();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 100; i++) {
        for (const evm of [one, two])
          evm.room.exports.codeDecoded(intern(evm, numbered(i, 20_000)), 12, false);
      }
      assert.ok(one.room.exports.cacheBytes() > before + 10_000_000n);
      one.room.exports.codesEvict();
      assert.equal(one.room.exports.cacheBytes(), before);
    }
  });

  it("lets no instance go on filling a chunk that is another's by then", () => {
    const { one, two } = twoInstances();
    const made: [number, Uint8Array][] = [];
    const add = (evm: Evm, index: number) => {
      const code = numbered(index, 300);
      made.push([intern(evm, code), code]);
    };
    for (let i = 0; i < 20; i++) add(i % 2 === 0 ? one : two, i);
    made.length = 0;
    one.room.exports.codesEvict();
    for (let i = 0; i < 2000; i++) add(i % 2 === 0 ? one : two, i);
    const view = new DataView(one.room.memory.buffer);
    for (const [at, code] of made) {
      assert.equal(one.room.exports.codeFind(one.room.exports.codeHash(at)), at);
      assert.deepEqual(one.room.bytes(view.getUint32(at, true), view.getUint32(at + 4, true)), code);
    }
  });

  it("takes a table that has grown back to its smallest size", () => {
    const { one } = twoInstances();
    one.room.exports.codeIndexGrow(2 ** 18);
    intern(one, numbered(1, 100));
    one.room.exports.codesEvict();
    const again = intern(one, CODE);
    assert.equal(one.room.exports.codeFind(one.room.exports.codeHash(again)), again);
    assert.equal(run(one), 42n);
  });

  it("does nothing where nobody could bring the code back", () => {
    const { one } = twoInstances();
    one.room.exports.setColdSource(0);
    assert.equal(one.room.exports.codesEvict(), 0n);
    assert.equal(run(one), 42n);
  });
});
