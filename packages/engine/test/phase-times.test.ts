import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createEngine } from "../src/index.ts";
import { block, SHANGHAI, senders, transfers } from "./support/blocks.ts";

const engine = await createEngine({ workers: 2, chain: SHANGHAI, genesis: { alloc: senders(20) } });
after(() => engine.close());

test("the phases of a recorded block follow one another without gaps", async () => {
  const result = await engine.execute({ ...block(transfers(20)), recordSchedule: true });
  result.discard();
  const { phases, attempts } = result.schedule;
  const names = phases.map(({ name }) => name);
  assert.deepEqual(names.slice(0, 5), ["decode", "prologue", "execute", "epilogue", "roots"]);
  assert.ok(names.slice(5).every((name) => name === "roots"));
  assert.equal(phases[0]!.begun, 0);
  for (const [i, phase] of phases.entries()) {
    assert.ok(phase.ended >= phase.begun, `${phase.name} ends before it begins`);
    if (i > 0) assert.equal(phase.begun, phases[i - 1]!.ended);
    assert.equal(phase.idle.length, 2);
    for (const idle of phase.idle) assert.ok(idle >= 0 && idle <= phase.ended - phase.begun + 1);
  }
  const execute = phases[2]!;
  assert.equal(attempts.length, 20);
  for (const { begun, ended } of attempts) assert.ok(begun >= execute.begun && ended <= execute.ended);
});

test("who is alone in a phase leaves the others idle", async () => {
  const result = await engine.execute({ ...block(transfers(20)), recordSchedule: true });
  result.discard();
  const alone = result.schedule.phases.filter(({ name }) => name === "prologue" || name === "epilogue");
  assert.equal(alone.length, 2);
  // Both may have come late to a phase so short, but one of them did the work.
  for (const { idle, begun, ended } of alone) assert.ok(Math.min(...idle) < ended - begun);
});

test("phases are not recorded unless asked for", async () => {
  const result = await engine.execute(block(transfers(20)));
  result.discard();
  assert.deepEqual(result.schedule.phases, []);
});
