// Blocks whose workers are led by a director, compared with what running them in order gives.

import assert from "node:assert/strict";
import type * as Address from "ox/Address";
import type { Crew } from "./crew.ts";
import type { AccountState, Accounts, TestBlock, TestTransaction } from "./crew-block.ts";
import { address } from "./crew-random.ts";
import { Director, Point, TaskState } from "./director.ts";

export const sender = (i: number) => address(0x5e0000 + i);
export const target = (i: number) => address(0xc00000 + i);
export const rich = { balance: 10n ** 18n };

/** Eight rich senders and the targets. */
export function accounts(...targets: AccountState[]): Map<Address.Address, AccountState> {
  const all = new Map<Address.Address, AccountState>();
  for (let i = 0; i < 8; i++) all.set(sender(i), rich);
  targets.forEach((account, i) => {
    all.set(target(i), account);
  });
  return all;
}

/** One call each by another sender. */
export function calls(...to: (Address.Address | Partial<TestTransaction>)[]): TestTransaction[] {
  return to.map((call, i) => ({
    from: sender(i),
    gasLimit: 200_000n,
    ...(typeof call === "string" ? { to: call } : call),
  }));
}

/** Loads the state, runs the block in order, then as `direct` forces it, and compares. */
export function forced(
  crew: Crew,
  state: Accounts,
  block: TestBlock,
  workers: number,
  direct: (director: Director) => void,
): ReturnType<Director["finish"]> {
  crew.load(state);
  const expected = crew.runInOrder(block);
  crew.discard();
  const director = new Director(crew, block, workers);
  try {
    direct(director);
    const met = director.finish();
    assert.deepEqual(met.outcome, expected.outcome);
    return met;
  } finally {
    crew.abandon();
  }
}

/** Worker 0 stands before transaction 0; the others have executed 1, 2, … before it. */
export function executeLaterOnesFirst(director: Director, last: number): void {
  director.bring(0, Point.BeforeExecute, 0);
  director.bring(1, Point.Published, last);
  director.free(1);
  director.until(last, TaskState.Executed);
}

/** The line of the changes that is about `who`. */
export const change = (outcome: { changes: string[] }, who: string) =>
  outcome.changes.find((text) => text.startsWith(who.slice(2)));
