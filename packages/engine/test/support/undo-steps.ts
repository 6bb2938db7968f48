// Random chains taken back step by step, and done again.

import assert from "node:assert/strict";
import { createEngine, decodeUndo, type Engine, type EngineOptions, type Hex } from "../../src/index.ts";
import { ALL_FORKS, type Event, LAST_BLOCK, RandomChain, worldOf } from "./random-chain.ts";

/** A state on the way, and how to get to the one before. */
export interface Step {
  root: Hex | undefined;
  world: string[];
  undo: Uint8Array;
}

/** Makes the event the engine's state; what takes it back. */
export async function apply(engine: Engine, event: Event): Promise<Uint8Array> {
  if ("edit" in event) return (await engine.edit(event.edit)).undo;
  const result = await engine.execute(event.block);
  const early = result.undo();
  await result.commit();
  assert.deepEqual(result.undo(), early);
  return early;
}

/** A whole chain. */
function eventsOf(seed: number): Event[] {
  const chain = new RandomChain(seed);
  const events: Event[] = [];
  for (;;) {
    const event = chain.next();
    events.push(event);
    if ("block" in event && event.block.header.number === LAST_BLOCK) return events;
  }
}

export const stepOf = async (engine: Engine, undo: Uint8Array): Promise<Step> => ({
  root: engine.stateRoot,
  world: await worldOf(engine),
  undo,
});

/** Goes back over all steps, then forth again. */
async function thereAndBack(
  engine: Engine,
  first: Step,
  steps: readonly Step[],
  what: string,
): Promise<void> {
  const all = [first, ...steps];
  const redo: Uint8Array[] = [];
  for (let i = steps.length; i > 0; i--) {
    const back = await engine.revert(steps[i - 1]!.undo);
    assert.equal(engine.stateRoot, all[i - 1]!.root, `${what}: root before step ${i}`);
    assert.deepEqual(await worldOf(engine), all[i - 1]!.world, `${what}: state before step ${i}`);
    redo.unshift(back.undo);
  }
  for (const [i, record] of redo.entries()) {
    const { undo } = await engine.revert(record);
    assert.equal(engine.stateRoot, steps[i]!.root, `${what}: root after step ${i + 1} again`);
    assert.deepEqual(await worldOf(engine), steps[i]!.world, `${what}: state after step ${i + 1} again`);
    assert.deepEqual([...decodeUndo(undo)], [...decodeUndo(steps[i]!.undo)], `${what}: record ${i + 1}`);
  }
}

/** A chain from the engine's first state on, back to that, and forth again, by records and by blocks. */
export async function roundTrip(seed: number, options: EngineOptions): Promise<void> {
  const events = eventsOf(seed);
  await using engine = await createEngine({ chain: ALL_FORKS, ...options });
  const first = await stepOf(engine, new Uint8Array());
  const steps: Step[] = [];
  for (const event of events) steps.push(await stepOf(engine, await apply(engine, event)));
  await thereAndBack(engine, first, steps, `seed ${seed}`);
  // Some way back, and by blocks to the same state again.
  const from = Math.floor(events.length / 3);
  for (const { undo } of steps.slice(from).reverse()) await engine.revert(undo);
  for (const [i, event] of events.slice(from).entries()) {
    await apply(engine, event);
    assert.equal(engine.stateRoot, steps[from + i]!.root, `seed ${seed}: block after going back`);
  }
}
