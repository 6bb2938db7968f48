import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { random32, randomWord } from "./support/random.ts";
import { State } from "./support/state.ts";

const M = 1n << 256n;
const word = (x: bigint) => BigInt.asUintN(256, x);
const signed = (x: bigint) => BigInt.asIntN(256, x);

const state = State.fresh();
const { LESS, GREATER, SIGNED_LESS, SIGNED_GREATER, EQUAL, MAX_PREDICATES } = Object.fromEntries(
  ["LESS", "GREATER", "SIGNED_LESS", "SIGNED_GREATER", "EQUAL", "MAX_PREDICATES"].map((name) => [
    name,
    state.call[name].value,
  ]),
) as Record<string, number>;

const relations = new Map<number, (a: bigint, b: bigint) => boolean>([
  [LESS!, (a, b) => a < b],
  [GREATER!, (a, b) => a > b],
  [SIGNED_LESS!, (a, b) => signed(a) < signed(b)],
  [SIGNED_GREATER!, (a, b) => signed(a) > signed(b)],
  [EQUAL!, (a, b) => a === b],
]);

/** Where the list's head stands. */
let head = 0;

const list = () => state.u32(head);
const holds = (value: bigint) => state.call.predicatesHold(list(), state.word(value)) !== 0;

/** The second operand is another word, or with `both` the second offset. */
function observe(relation: number, offset: bigint, other: bigint, options: Options): boolean {
  const [a, b] = [state.word(offset), state.word(other)];
  const outcome = options.outcome ? 1 : 0;
  if (options.both) return state.call.observeOffsets(head, relation, a, b, outcome) !== 0;
  return state.call.observeWord(head, relation, a, b, options.swapped ? 1 : 0, outcome) !== 0;
}

interface Options {
  both?: boolean;
  swapped?: boolean;
  outcome: boolean;
}

/** The comparison on the value `v`, by the definition. */
function compare(relation: number, v: bigint, offset: bigint, other: bigint, options: Options): boolean {
  const left = word(v + offset);
  const right = options.both ? word(v + other) : other;
  return relations.get(relation)!(...((options.swapped ? [right, left] : [left, right]) as [bigint, bigint]));
}

beforeEach(() => {
  state.block(12);
  head = state.call.arenaAllocate(8);
  new DataView(state.room.memory.buffer).setUint32(head, 0, true);
});

test("a list on which nothing was observed holds for every value", () => {
  assert.ok(holds(0n));
  assert.ok(holds(M - 1n));
});

describe("each relation, with a word on either side or with two sums", () => {
  const edges = [0n, 1n, 2n, (1n << 64n) - 1n, 1n << 64n, (1n << 255n) - 1n, 1n << 255n, M - 2n, M - 1n];
  const next = random32(77);
  for (const form of [{}, { swapped: true }, { both: true }]) {
    test(JSON.stringify(form), () => {
      for (let i = 0; i < 6000; i++) {
        const any = () => (next() % 3 === 0 ? edges[next() % edges.length]! : randomWord(next));
        const relation = next() % 5;
        const [v, offset] = [any(), any()];
        // Often the very value at which the comparison turns.
        const near = form.both || next() % 2 === 0 ? any() : word(v + offset + BigInt(next() % 3) - 1n);
        for (const outcome of [true, false]) {
          new DataView(state.room.memory.buffer).setUint32(head, 0, true);
          assert.ok(observe(relation, offset, near, { ...form, outcome }));
          for (const value of [v, any(), word(v + 1n), word(-offset), word(-near), word(near - offset)]) {
            const constant = "both" in form && (relation === EQUAL || offset === near);
            assert.equal(
              holds(value),
              constant || compare(relation, value, offset, near, { ...form, outcome }) === outcome,
              `${relation}: ${offset}, ${near} on ${value}`,
            );
          }
        }
        if (i % 500 === 0) {
          state.block(12);
          head = state.call.arenaAllocate(8);
        }
      }
    });
  }
});

test("a list holds where every predicate in it does", () => {
  assert.ok(observe(GREATER!, 5n, 100n, { outcome: true }));
  assert.ok(observe(LESS!, 0n, 200n, { outcome: true }));
  assert.ok(observe(EQUAL!, 0n, 150n, { outcome: false }));
  assert.deepEqual([95n, 96n, 149n, 150n, 151n, 199n, 200n].map(holds), [
    false,
    true,
    true,
    false,
    true,
    true,
    false,
  ]);
});

test("what was observed before takes no second place, in whichever words it is said", () => {
  const before = () => observe(LESS!, 1n, 2n, { outcome: true });
  assert.ok(before());
  const first = list();
  assert.ok(before());
  assert.ok(observe(GREATER!, 1n, 2n, { swapped: true, outcome: true }));
  assert.equal(list(), first);
  assert.ok(observe(GREATER!, 1n, 2n, { outcome: false }));
  assert.notEqual(list(), first);
});

test("whether two sums with the same offset compare is known without the value", () => {
  for (const relation of relations.keys()) {
    assert.ok(observe(relation, 3n, 3n, { both: true, outcome: relation === EQUAL }));
    assert.ok(observe(EQUAL!, 3n, 4n, { both: true, outcome: false }));
  }
  assert.equal(list(), 0);
});

test("a full list takes only what stands in it already, and stays as it was", () => {
  for (let i = 0; i < MAX_PREDICATES!; i++)
    assert.ok(observe(LESS!, 0n, BigInt(1000 + i), { outcome: true }));
  const full = list();
  assert.ok(!observe(LESS!, 0n, 10n, { outcome: true }));
  assert.ok(!observe(LESS!, 0n, 1n, { both: true, outcome: true }));
  assert.ok(observe(LESS!, 0n, 1003n, { outcome: true }));
  assert.equal(list(), full);
  assert.ok(holds(999n));
  assert.ok(!holds(1000n));
});
