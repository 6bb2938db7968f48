import assert from "node:assert/strict";
import { test } from "node:test";
import { eipBits, knownEips } from "../src/codes.ts";
import type { ForkName } from "../src/opcodes.ts";
import { forkNames } from "../src/opcodes.ts";
import { DeltaEvm, type Run, type Setting } from "./support/delta-evm.ts";
import { SELF } from "./support/evm.ts";
import { seededBelow } from "./support/random.ts";
import { EDGES, SLOTS, sumProgram } from "./support/sum-programs.ts";

// What makes deltas right: where all that was observed of a slot's value holds for another value, the transaction does
// the same on that one, and leaves it plus the same difference.

const word = (x: bigint) => BigInt.asUintN(256, x);
const CALLEES = [0x7e11n, 0x7e12n];
const ALL_EIPS = eipBits(knownEips);
const PROGRAMS = 250;
const TRIES = 6;

const evm = new DeltaEvm();

function setting(seed: number, fork: ForkName): Setting {
  const below = seededBelow(seed * 7 + 1);
  const value = () => (below(4) === 0 ? EDGES[below(EDGES.length)]! : BigInt(below(60)));
  const accounts = [BigInt(SELF), ...CALLEES];
  return {
    fork,
    codes: new Map(
      accounts.map((address, i) => [address, sumProgram(seed * 3 + i, fork, i === 2 ? [] : CALLEES)]),
    ),
    storage: accounts.flatMap((address) =>
      Array.from({ length: SLOTS }, (_, key) => [address, BigInt(key), value()] as const),
    ),
    call: { gas: below(4) === 0 ? BigInt(20_000 + below(100_000)) : 2_000_000n },
  };
}

const outside = ({ slots: _, ...rest }: Run) => rest;

/** Other values for one slot: near to its own, edges, and what is near to where its sums turn. */
function candidates(below: (n: number) => number, before: bigint, after: bigint): bigint {
  const c = word(after - before);
  const near = BigInt(below(9) - 4);
  switch (below(5)) {
    case 0:
      return word(before + near);
    case 1:
      return word(near - c);
    case 2:
      return word(EDGES[below(EDGES.length)]! + near);
    case 3:
      return word((1n << 255n) - c + near);
    default:
      return BigInt(below(100));
  }
}

for (const [fork, eips] of [
  ...forkNames.map((fork) => [fork, 0] as const),
  ["Amsterdam", ALL_EIPS] as const,
]) {
  const rules = eips === 0 ? fork : `${fork} with state gas`;
  test(`${rules}: on every value for which what was observed holds, a transaction does the same`, (t) => {
    evm.eips = eips;
    let other = 0;
    let changed = 0;
    let held = 0;
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const base = setting(seed + 1000 * forkNames.indexOf(fork), fork);
      const plain = evm.transaction(base, false);
      const label = `seed ${seed}, ${fork}`;
      // Tracking changes nothing of what is executed.
      const tracked = evm.transaction(base, true);
      assert.deepEqual(outside(tracked), outside(plain), label);
      const effect = (run: Run) => run.slots.map(({ isDelta: _, observed: __, ...slot }) => slot);
      assert.deepEqual(effect(tracked), effect(plain), label);
      const deltas = tracked.slots.filter(({ isDelta }) => isDelta);
      if (deltas.length === 0) continue;
      held++;
      const below = seededBelow(seed);
      // The lists stand in memory until the next transaction begins.
      const choices = Array.from({ length: TRIES }, () =>
        deltas.map((slot) => {
          for (let i = 0; i < 12; i++) {
            const value = candidates(below, slot.before, slot.after);
            if (value !== slot.before && evm.holds(slot, value)) return value;
          }
          return slot.before;
        }),
      );
      for (const values of choices) {
        if (values.every((value, i) => value === deltas[i]!.before)) continue;
        other++;
        if (deltas.some(({ before, after }) => before !== after)) changed++;
        const moved = new Map(deltas.map(({ account, key }, i) => [`${account} ${key}`, values[i]!]));
        const run = evm.transaction(
          {
            ...base,
            storage: base.storage.map(
              ([account, key, value]) => [account, key, moved.get(`${account} ${key}`) ?? value] as const,
            ),
          },
          false,
        );
        const text = `${label} with ${[...moved]}`;
        assert.deepEqual(outside(run), outside(tracked), text);
        const expected = tracked.slots.map((slot) => {
          const value = moved.get(`${slot.account} ${slot.key}`);
          if (!slot.isDelta || value === undefined) return { ...slot, isDelta: false, observed: 0 };
          const after = word(value + slot.after - slot.before);
          return { ...slot, before: value, after, isDelta: false, observed: 0 };
        });
        assert.deepEqual(
          run.slots.map((slot) => ({ ...slot, isDelta: false, observed: 0 })),
          expected,
          text,
        );
      }
    }
    // Otherwise nothing was tested.
    assert.ok(held > PROGRAMS / 4, `${held} programs with deltas`);
    assert.ok(other > PROGRAMS, `${other} other values`);
    assert.ok(changed > PROGRAMS / 2, `${changed} of them with a difference that is not zero`);
    t.diagnostic(`${held} programs with deltas, run on ${other} other values`);
  });
}
