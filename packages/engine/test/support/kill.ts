// Kills workers of an engine on the test build at chosen points, and a commit at chosen steps.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { compileKernel } from "@heddle/kernel";
import { type Engine, type ExecuteInput, WorkerFailedError } from "../../src/index.ts";
import { KernelInstance, STEP_TO_DIE_AT } from "../../src/kernel-instance.ts";
import { loadPrecompiles } from "../../src/library-calls.ts";
import { createTestEngine } from "../../src/testing.ts";
import { ROW } from "../../src/worker-control.ts";
import {
  address,
  block,
  type Call,
  COUNTER,
  contract,
  recipient,
  SHANGHAI,
  sender,
  senders,
} from "./blocks.ts";
import { balanceSlot, TOKEN, transferData } from "./token.ts";

/** Points of the kernel's parallel/points.ts, and STEP_TO_DIE_AT. */
export const Point = {
  BeforePublish: 1,
  Published: 2,
  BeforeValidate: 3,
  BeforeCommit: 4,
  BeforeExecute: 5,
  BeforeRoot: 6,
  BeforeDecode: 7,
  BeforePrologue: 8,
  BeforeEpilogue: 9,
  Publishing: 11,
  Estimated: 13,
  BeforeClaims: 17,
  BeforeClaimedRoot: 18,
  TrieStep: STEP_TO_DIE_AT,
} as const;

const COUNT = 300;
const WORKERS = 2;
export const TRANSACTIONS = COUNT;

/** Transfers, token transfers, a counter that conflicts with itself, creations: something of everything. */
function work(): ExecuteInput {
  const calls: Call[] = Array.from({ length: COUNT }, (_, i): Call => {
    const from = sender(i);
    if (i % 5 === 0) return { from, to: contract(0) };
    if (i % 5 === 1) return { from, to: contract(1), data: transferData(sender((i * 7) % COUNT), 5n) };
    if (i % 50 === 2) return { from, to: undefined, data: "0x60016000f3" };
    return { from, to: recipient(i % 5 === 2 ? 0 : i), value: 1000n };
  });
  return block(calls);
}

const alloc = {
  ...senders(COUNT),
  [contract(0)]: { code: COUNTER },
  [contract(1)]: {
    code: TOKEN,
    storage: Object.fromEntries(Array.from({ length: COUNT }, (_, i) => [balanceSlot(sender(i)), 1000n])),
  },
};

/** The block after `work`: looks at what that has left. */
function next(): ExecuteInput {
  const calls: Call[] = [];
  for (let i = 0; i < COUNT; i += 2) {
    const data = transferData(address(9, i), 1n);
    calls.push({ from: sender(i), to: contract(i % 4 === 0 ? 0 : 1), data, nonce: 1n });
  }
  return block(calls, 2n);
}

export const theBlock = work();
export const nextBlock = next();

export interface Outcome {
  gasUsed: bigint;
  receipts: string;
  state: string | undefined;
}

/** Executes a block and drops the result. */
export async function outcome(engine: Engine, input: ExecuteInput): Promise<Outcome> {
  const result = await engine.execute(input);
  result.discard();
  return { gasUsed: result.gasUsed, receipts: result.roots.receipts, state: result.roots.state };
}

export async function commit(engine: Engine, input: ExecuteInput): Promise<string | undefined> {
  const result = await engine.execute(input);
  await result.commit();
  return result.roots.state;
}

/** An engine on the test build, at the state before `theBlock`. */
export function victim(workers = WORKERS): Promise<Engine> {
  return createTestEngine({ workers, chain: SHANGHAI, genesis: { alloc } });
}

async function stoppedWorker(engine: Engine, until: () => boolean): Promise<number | undefined> {
  while (!until()) {
    for (let worker = 0; worker < WORKERS; worker++) {
      if (Atomics.load(engine.pool.row(worker).words, ROW.stopped) === 1) return worker;
    }
    await sleep(1);
  }
  return undefined;
}

export interface Kill {
  point: number;
  /** Transaction, version or piece; -1 = any. */
  index: number;
  /** With Point.TrieStep: which step of its writes to tries a worker stops at. */
  step?: number;
}

/**
 * Runs `input` and kills the worker that comes to the point first. False: none came there, and the block was executed.
 * Otherwise the block has failed with a WorkerFailedError that names the worker.
 */
export async function killAt(engine: Engine, input: ExecuteInput, kill: Kill): Promise<boolean> {
  const rows = Array.from({ length: WORKERS }, (_, worker) => engine.pool.row(worker).words);
  for (const [worker, words] of rows.entries()) {
    words[ROW.stopIndex] = kill.index;
    // One of them alone: the step is a panic, which the other one could not pass when it is not to stop any more.
    words[ROW.stopStep] = kill.step !== undefined && kill.step % WORKERS === worker ? kill.step : -1;
    Atomics.store(words, ROW.stopPoint, kill.point);
  }
  let ended = false;
  const running = engine.execute(input).then(
    (result) => {
      ended = true;
      result.discard();
      return undefined;
    },
    (error: unknown) => {
      ended = true;
      return error;
    },
  );
  const stopped = await stoppedWorker(engine, () => ended);
  for (const words of rows) Atomics.store(words, ROW.stopPoint, 0);
  if (stopped === undefined) {
    const error = await running;
    if (error !== undefined) throw error;
    return false;
  }
  await engine.pool.kill(stopped);
  const error = await running;
  assert.ok(error instanceof WorkerFailedError, `the block ended with ${error}`);
  assert.ok(error.worker === stopped, `worker ${error.worker} is told, not ${stopped}`);
  return true;
}

/**
 * Commits the engine's open result in an instance that dies after `steps` steps, and returns -1; or the steps that were
 * left where it came to its end. The engine's own instance then finds what the dead one left.
 */
export async function dieInCommit(engine: Engine, steps: number): Promise<number> {
  const { memory, worker } = engine.host;
  const precompiles = await loadPrecompiles();
  testModule ??= compileKernel("test");
  const doomed = new KernelInstance({ module: testModule, memory, worker, precompiles });
  doomed.exports.crashAfter!(steps);
  try {
    doomed.exports.blockCommit();
    return doomed.exports.crashStepsLeft!();
  } catch (error) {
    assert.equal((error as Error).name, "KernelPanicError", String(error));
    return -1;
  }
}
let testModule: WebAssembly.Module | undefined;
