import assert from "node:assert/strict";
import { test } from "node:test";
import { toBytes, toHex } from "../src/hex.ts";
import {
  type Allocation,
  createEngine,
  type Engine,
  type FrameEnd,
  type Hex,
  InvalidArgumentError,
  InvalidTransactionError,
  type StepEnd,
  type TraceFrame,
  type Tracer,
  type TraceState,
  type TraceStep,
} from "../src/index.ts";
import { keccak256 } from "../src/precompiles/index.ts";
import { block, type Call, COUNTER, contract, ETHER, SHANGHAI, sender, senders } from "./support/blocks.ts";
import { MemorySource } from "./support/memory-source.ts";

const SLOT = `0x${"00".repeat(32)}` as Hex;

/** Writes down all it is told, as text. */
class Recorder implements Tracer {
  readonly events: string[] = [];
  readonly steps: {
    pc: number;
    opcode: number;
    gas: bigint;
    depth: number;
    stack: bigint[];
    cost?: bigint;
  }[] = [];
  readonly ends: FrameEnd[] = [];
  before: bigint[] = [];

  start(state: TraceState): void {
    this.before = [0, 1, 2].map((i) => state.storage(contract(i), SLOT));
  }

  enter({ kind, depth, to, value }: TraceFrame): void {
    this.events.push(`${depth} ${kind} ${to.slice(0, 4)} ${value}`);
  }

  step(step: TraceStep): void {
    const stack = Array.from({ length: step.stackSize }, (_, i) => step.stack(i));
    this.steps.push({ pc: step.pc, opcode: step.opcode, gas: step.gas, depth: step.frame.depth, stack });
  }

  stepped({ frame, gasCost }: StepEnd): void {
    const last = this.steps.findLast(({ depth }) => depth === frame.depth)!;
    assert.equal(last.cost, undefined, "a cost is told once");
    last.cost = gasCost;
  }

  log(_log: unknown, frame: TraceFrame | undefined): void {
    this.events.push(`log in ${frame?.depth}`);
  }

  selfDestruct(frame: TraceFrame, beneficiary: Hex, amount: bigint): void {
    this.events.push(`${frame.depth} SELFDESTRUCT ${beneficiary.slice(0, 4)} ${amount}`);
  }

  exit(end: FrameEnd): void {
    this.ends.push(end);
    this.events.push(`${end.frame.depth} ${end.halt}`);
  }
}

const record = () => new Recorder();

async function withEngine(
  alloc: Allocation,
  work: (engine: Engine) => Promise<void>,
  options: { workers?: number; chain?: typeof SHANGHAI } = {},
): Promise<void> {
  await using engine = await createEngine({
    workers: 0,
    chain: SHANGHAI,
    ...options,
    genesis: { alloc: { ...senders(4), ...alloc } },
  });
  await work(engine);
}

const byte = (n: number) => n.toString(16).padStart(2, "0");
const push20 = (address: Hex) => `73${address.slice(2)}`;
/** A call without input and output, its gas all there is; leaves its success on the stack. */
const call = (to: Hex, value = 0) => `5f5f5f5f60${byte(value)}${push20(to)}5af1`;
/** Runs 20 bytes of init code or fewer, given by hand, as a creation. */
const create = (initcode: string, value = 0) => {
  const length = initcode.length / 2;
  return `${byte(0x5f + length)}${initcode}5f5260${byte(length)}60${byte(32 - length)}60${byte(value)}f0`;
};

const counting: Call[] = [0, 1, 2].map((i) => ({ from: sender(i), to: contract(0) }));

test("a traced transaction of a block that was executed in parallel finds the state that those before it left", async () => {
  await withEngine(
    { [contract(0)]: { code: COUNTER } },
    async (engine) => {
      const input = block(counting);
      const root = engine.stateRoot;
      const traces = await engine.trace(input, { tracer: record });
      assert.deepEqual(
        traces.map(({ transaction }) => transaction.index),
        [0, 1, 2],
      );
      assert.deepEqual(
        traces.map(({ tracer }) => tracer.before[0]),
        [0n, 1n, 2n],
      );
      assert.equal(engine.stateRoot, root, "a trace changes nothing");
      const result = await engine.execute(input);
      assert.deepEqual(
        traces.map(({ gasUsed }) => gasUsed),
        [...result.receipts].map(({ gasUsed }) => gasUsed),
      );
      result.discard();
      const [only] = await engine.trace(input, { tracer: record, index: 1 });
      assert.deepEqual(only!.tracer.steps, traces[1]!.tracer.steps);
    },
    { workers: 2 },
  );
});

test("what instructions cost adds up to what the frame used", async () => {
  await withEngine({ [contract(0)]: { code: COUNTER } }, async (engine) => {
    const [trace] = await engine.trace(block(counting), { tracer: record, index: 0 });
    const { steps, ends } = trace!.tracer;
    for (const [i, { gas, cost }] of steps.slice(0, -1).entries())
      assert.equal(steps[i + 1]!.gas, gas - cost!);
    assert.equal(
      steps.reduce((sum, { cost }) => sum + cost!, 0n),
      ends[0]!.gasUsed,
    );
  });
});

test("calls, creations, precompiles, logs and self-destructs are told in their order, what reverts included", async () => {
  const inner = `0x5f5fa0${push20(contract(7))}ff` as Hex;
  const alloc: Allocation = {
    [contract(0)]: {
      balance: 10n,
      code: `0x${call(contract(1), 1)}${call(contract(2))}${call(`0x${"00".repeat(19)}04`)}${create("5f5ffd")}${create("5f5ff3", 2)}00`,
    },
    [contract(1)]: { balance: 3n, code: inner },
    [contract(2)]: { code: `0x5f5fa0${call(contract(1))}5f5ffd` },
  };
  await withEngine(alloc, async (engine) => {
    const [trace] = await engine.trace(block([{ from: sender(0), to: contract(0), gasLimit: 1_000_000n }]), {
      tracer: record,
    });
    assert.deepEqual(
      trace!.tracer.events.map((event) => event.replace(/CREATE 0x../, "CREATE")),
      [
        "1 CALL 0xc0 0",
        "2 CALL 0xc0 1",
        "log in 2",
        "2 SELFDESTRUCT 0xc0 4",
        "2 Success",
        "2 CALL 0xc0 0",
        "log in 2",
        "3 CALL 0xc0 0",
        "log in 3",
        "3 SELFDESTRUCT 0xc0 0",
        "3 Success",
        "2 Revert",
        "2 CALL 0x00 0",
        "2 Success",
        "2 CREATE 0",
        "2 Revert",
        "2 CREATE 2",
        "2 Success",
        "1 Success",
      ],
    );
  });
});

test("calls and creations that fail before their first instruction are told too", async () => {
  const alloc: Allocation = { [contract(0)]: { code: `0x${call(contract(1), 1)}${create("00", 1)}00` } };
  await withEngine(alloc, async (engine) => {
    const [trace] = await engine.trace(block([{ from: sender(0), to: contract(0) }]), { tracer: record });
    const inner = trace!.tracer.ends.filter(({ frame }) => frame.depth === 2);
    assert.deepEqual(
      inner.map(({ frame, halt, gasUsed }) => [frame.kind, halt, gasUsed]),
      [
        ["CALL", "InsufficientBalance", 0n],
        ["CREATE", "InsufficientBalance", 0n],
      ],
    );
    assert.equal(trace!.halt, "Success");
  });
});

test("a creation that cannot pay for its code fails with that, a precompile without gas with OutOfGas", async () => {
  // The identity, with one unit of gas; 24,575 bytes of code.
  const alloc: Allocation = { [contract(0)]: { code: "0x5f5f5f5f60046001fa00" } };
  await withEngine(alloc, async (engine) => {
    const input = block([
      { from: sender(0), to: contract(0) },
      { from: sender(1), data: "0x615fff5ff3" },
    ]);
    const [first, second] = await engine.trace(input, { tracer: record });
    assert.deepEqual(
      first!.tracer.ends.map(({ halt }) => halt),
      ["OutOfGas", "Success"],
    );
    assert.equal(second!.halt, "CodeDepositOutOfGas");
  });
});

test("an engine over a source traces the same, however often values are missed", async () => {
  const alloc: Allocation = {
    [contract(0)]: { code: COUNTER },
    [contract(1)]: { code: `0x${call(contract(0))}00` },
  };
  const input = block([
    { from: sender(0), to: contract(0) },
    { from: sender(1), to: contract(1) },
  ]);
  let expected: Recorder[] = [];
  await withEngine(alloc, async (engine) => {
    expected = (await engine.trace(input, { tracer: record })).map(({ tracer }) => tracer);
  });
  const source = new MemorySource();
  for (const [at, { code }] of Object.entries(alloc) as [Hex, { code: Hex }][]) {
    const codeHash = toHex(keccak256(toBytes(code, "code")));
    source.codes.set(codeHash, toBytes(code, "code"));
    source.accounts.set(at, { nonce: 0n, balance: 0n, codeHash });
  }
  for (const at of [sender(0), sender(1)]) source.accounts.set(at, { nonce: 0n, balance: ETHER });
  for (const latency of [0, 1]) {
    source.latency = latency;
    await using engine = await createEngine({
      workers: 0,
      chain: SHANGHAI,
      state: source,
      computeStateRoot: false,
    });
    // What the first transaction has met is in memory then; what the second one meets more is missed, and not guessed.
    await engine.trace(input, { tracer: record, index: 0 });
    let begun = 0;
    const traces = await engine.trace(input, {
      tracer: () => {
        begun++;
        return new Recorder();
      },
    });
    assert.ok(begun > 2, "transactions began again");
    const told = ({ steps, events, before }: Recorder) => [steps, events, before];
    assert.deepEqual(
      traces.map(({ tracer }) => told(tracer)),
      expected.map(told),
    );
    // What is in memory by now is not asked for again, and nothing of the run before is left.
    const [again] = await engine.trace(input, { tracer: record, index: 1 });
    assert.deepEqual(told(again!.tracer), told(expected[1]!));
  }
});

test("a tracer that throws ends the trace with its error, and the engine goes on", async () => {
  await withEngine({ [contract(0)]: { code: COUNTER } }, async (engine) => {
    const stop = new Error("enough");
    const tracer = () => ({
      step() {
        throw stop;
      },
    });
    await assert.rejects(engine.trace(block(counting), { tracer }), (error) => error === stop);
    const result = await engine.execute(block(counting));
    await result.commit();
    assert.equal(await engine.getStorage(contract(0), SLOT), 3n);
  });
});

test("messages are traced as transactions are", async () => {
  await withEngine({ [contract(0)]: { code: COUNTER } }, async (engine) => {
    const recorder = new Recorder();
    const result = await engine.call({ to: contract(0), from: sender(0) }, { tracer: () => recorder });
    assert.ok(result.success);
    assert.deepEqual(recorder.events, ["1 CALL 0xc0 0", "1 Success"]);
    assert.equal(recorder.steps.length, 7);
    const plain = await engine.call({ to: contract(0), from: sender(0) });
    assert.equal(plain.gasUsed, result.gasUsed);
  });
});

test("there must be a transaction of that number, and those before it must be valid", async () => {
  await withEngine({}, async (engine) => {
    await assert.rejects(engine.trace(block(counting), { tracer: record, index: 3 }), InvalidArgumentError);
    assert.deepEqual(await engine.trace(block([]), { tracer: record }), []);
    const input = block([{ from: sender(0), to: contract(0), value: 2n * ETHER }, ...counting.slice(1)]);
    await assert.rejects(engine.trace(input, { tracer: record, index: 2 }), InvalidTransactionError);
  });
});

test("an instruction that cannot be paid for is told with what it would have cost", async () => {
  // Memory of 2,048 words costs 3 * 2048 + 2048 ** 2 / 512 = 14,336.
  const size = "61ffff";
  const cases: readonly (readonly [name: string, code: string, gas: bigint, cost: bigint])[] = [
    ["PUSH1", "6001", 2n, 3n],
    ["EXP", `${size}60ff0a`, 20n, 10n + 2n * 50n],
    ["MLOAD", `${size}51`, 100n, 14_350n],
    ["KECCAK256", `${size}5f20`, 100n, 30n + 14_336n + 6n * 2048n],
    ["CODECOPY", `${size}5f5f39`, 100n, 3n + 14_336n + 3n * 2048n],
    ["LOG0", `${size}5fa0`, 1000n, 375n + 14_336n + 8n * 65_535n],
    ["RETURN", `${size}5ff3`, 100n, 14_336n],
    ["SSTORE", "6001600155", 5000n, 22_100n],
    ["CALL", `5f5f5f5f6001${push20(sender(3))}5af1`, 5000n, 2600n + 9000n],
  ];
  for (const [name, code, gas, cost] of cases) {
    await withEngine({ [contract(0)]: { code: `0x${code}`, balance: ETHER } }, async (engine) => {
      const recorder = new Recorder();
      const input = { from: sender(0), to: contract(0), gas: 21_000n + gas };
      const { halt } = await engine.call(input, { tracer: () => recorder });
      assert.equal(halt, "OutOfGas", name);
      assert.equal(recorder.steps.at(-1)!.cost, cost, name);
    });
  }
});
