import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type ExecuteInput, type PipelineOptions, packTransactions } from "../src/index.ts";
import { block, contract, type ListedInput, sender } from "./support/blocks.ts";
import {
  blockAt,
  blocksUpTo,
  type Given,
  headerHashOf,
  inputsHeld,
  invalidBlockAt,
  oneByOne,
  piped,
  startEngine,
} from "./support/chain-of-blocks.ts";

const COUNT = 8;
const blocks = blocksUpTo(COUNT);
const reference = await startEngine();
after(() => reference.close());
const expected = await oneByOne(reference, blocks);

async function* slowly(list: readonly ExecuteInput[]) {
  for (const input of list) {
    await sleep(1);
    yield input;
  }
}

for (const workers of [0, 1, 2, 4]) {
  test(`a pipeline gives what the blocks give one by one, on ${workers} workers`, async () => {
    for (const ahead of [1, 2, 5]) {
      await using engine = await startEngine({ workers });
      const { given, failure } = await piped(engine, blocks, { ahead });
      assert.equal(failure, undefined);
      assert.deepEqual(given, expected);
      assert.equal(engine.stateRoot, reference.stateRoot);
      assert.equal(inputsHeld(engine), 0);
    }
  });
}

test("blocks may be packed, come from an async source, and be run in order", async () => {
  await using engine = await startEngine();
  const mixed = blocks.map((input, i): ExecuteInput => {
    const transactions = i % 2 === 0 ? packTransactions(input.transactions) : input.transactions;
    return { ...input, transactions, ...(i % 3 === 0 ? { mode: "sequential" } : {}) };
  });
  assert.deepEqual(await piped(engine, slowly(mixed)), { given: expected, failure: undefined });
});

test("a pipeline without blocks ends at once", async () => {
  await using engine = await startEngine();
  assert.deepEqual(await piped(engine, []), { given: [], failure: undefined });
});

test("BLOCKHASH sees the hashes that the headers of blocks before tell, also of those not executed yet", async () => {
  await using engine = await startEngine();
  const { given } = await piped(engine, blocks, { ahead: 5 });
  assert.deepEqual(given, expected);
  const stored = await engine.getStorage(contract(1), `0x${(5).toString(16).padStart(64, "0")}`);
  assert.equal(stored, BigInt(headerHashOf(3n)));
});

test("where a block fails, those before it are committed and nothing of it and those behind it is", async () => {
  for (const at of [0, 1, 4]) {
    await using engine = await startEngine();
    let closed = false;
    let taken = 0;
    function* source(): Generator<ListedInput> {
      try {
        for (const [i, input] of blocks.entries()) {
          taken++;
          yield i === at ? invalidBlockAt(BigInt(at + 1)) : input;
        }
      } finally {
        closed = true;
      }
    }
    const { given, failure } = await piped(engine, source());
    assert.deepEqual(given, expected.slice(0, at));
    assert.equal((failure as { code?: string }).code, "INVALID_TRANSACTION", String(failure));
    assert.ok(closed, "the source is told that no more is taken");
    assert.ok(taken <= at + 4, `${taken} blocks were taken over`);
    assert.equal(inputsHeld(engine), 0);
    assert.equal((await engine.getAccount(sender(1)))?.nonce, BigInt(at));
    assert.deepEqual(await piped(engine, blocks.slice(at)), {
      given: expected.slice(at),
      failure: undefined,
    });
  }
});

test("a block whose input is wrong fails in its turn, after the results of those before it", async () => {
  await using engine = await startEngine();
  const wrong = { ...blockAt(4n), senders: [sender(0)] };
  const { given, failure } = await piped(engine, [...blocks.slice(0, 3), wrong, ...blocks.slice(4)]);
  assert.deepEqual(given, expected.slice(0, 3));
  assert.equal((failure as { field?: string }).field, "senders");
});

test("what the source throws comes after the results of the blocks that it gave", async () => {
  await using engine = await startEngine();
  function* source() {
    yield* blocks.slice(0, 3);
    throw new Error("the peer is gone");
  }
  const { given, failure } = await piped(engine, source());
  assert.deepEqual(given, expected.slice(0, 3));
  assert.equal((failure as Error).message, "the peer is gone");
});

test("receipts and changes can be read before the commit, and what the check throws discards the block", async () => {
  for (const isAsync of [false, true]) {
    await using engine = await startEngine();
    const seen: number[] = [];
    const look: NonNullable<PipelineOptions["check"]> = (result, index) => {
      assert.equal(result.receipts.at(0).sender, sender(0));
      assert.ok(result.changes.length > 0);
      assert.deepEqual(result.roots, expected[index]!.roots);
      seen.push(index);
      if (index === 3) throw new Error("not the root that was announced");
    };
    const lookLater: typeof look = async (result, index) => {
      await sleep(1);
      look(result, index);
    };
    const check = isAsync ? lookLater : look;
    const { given, failure } = await piped(engine, blocks, { check });
    assert.deepEqual(given, expected.slice(0, 3));
    assert.equal((failure as Error).message, "not the root that was announced");
    assert.deepEqual(seen, [0, 1, 2, 3]);
    assert.equal((await engine.getAccount(sender(1)))?.nonce, 3n);
    assert.deepEqual((await piped(engine, blocks.slice(3))).given, expected.slice(3));
  }
});

test("the source is not asked for more than the reader lets through", async () => {
  await using engine = await startEngine();
  let taken = 0;
  function* source() {
    for (const input of blocks) {
      taken++;
      yield input;
    }
  }
  const ahead = 1;
  const results = engine.pipeline(source(), { ahead });
  const given: Given[] = [];
  for await (const { gasUsed, logsBloom, roots } of results) {
    given.push({ gasUsed, logsBloom, roots });
    for (let i = 0; i < 20; i++) await sleep(1);
    // Read, unread, and waiting.
    assert.ok(taken <= given.length + 2 * ahead + 1, `${taken} taken when ${given.length} were read`);
  }
  assert.deepEqual(given, expected);
});

test("a reader who leaves ends the pipeline: what was committed stays, nothing is held, the source is closed", async () => {
  await using engine = await startEngine();
  let closed = false;
  function* source() {
    try {
      yield* blocks;
    } finally {
      closed = true;
    }
  }
  for await (const { index } of engine.pipeline(source())) if (index === 2) break;
  assert.ok(closed);
  assert.equal(inputsHeld(engine), 0);
  const done = Number((await engine.getAccount(sender(1)))?.nonce);
  assert.ok(done >= 3 && done < COUNT, `${done} blocks are committed`);
  assert.deepEqual(await piped(engine, blocks.slice(done)), {
    given: expected.slice(done),
    failure: undefined,
  });
});

test("neither a reader who leaves nor a signal waits for a source that gives nothing", async () => {
  await using engine = await startEngine();
  async function* stuck() {
    yield blocks[0]!;
    await new Promise(() => {});
  }
  for await (const { index } of engine.pipeline(stuck())) {
    assert.equal(index, 0);
    break;
  }
  async function* stuckAgain() {
    yield blocks[1]!;
    await new Promise(() => {});
  }
  const giveUp = new AbortController();
  let results = 0;
  await assert.rejects(
    async () => {
      for await (const _ of engine.pipeline(stuckAgain(), { signal: giveUp.signal })) {
        results++;
        giveUp.abort(new Error("enough"));
      }
    },
    { code: "ABORTED" },
  );
  assert.equal(results, 1);
  assert.deepEqual((await piped(engine, blocks.slice(2))).given, expected.slice(2));
});

test("while a pipeline is open, no other blocks are executed, but the state can be read", async () => {
  await using engine = await startEngine();
  for await (const { index } of engine.pipeline(blocks)) {
    if (index === 0) {
      await assert.rejects(engine.execute(blockAt(1n)), { code: "PIPELINE_OPEN" });
      await assert.rejects(engine.pipeline([]).next(), { code: "PIPELINE_OPEN" });
    }
    const nonce = (await engine.getAccount(sender(1)))?.nonce;
    assert.ok(nonce! > BigInt(index));
  }
  const result = await engine.execute(block([]));
  const { failure } = await piped(engine, blocks);
  assert.equal((failure as { code?: string }).code, "RESULT_PENDING");
  result.discard();
});

test("an engine that is closed ends its pipeline", async () => {
  const engine = await startEngine();
  await assert.rejects(
    async () => {
      for await (const { index } of engine.pipeline(blocks)) if (index === 0) await engine.close();
    },
    { code: "CLOSED" },
  );
});

test("options out of their range are refused by their names", async () => {
  const wrong: [object, string][] = [
    [{ ahead: 0 }, "ahead"],
    [{ ahead: 65 }, "ahead"],
    [{ ahead: 1.5 }, "ahead"],
    [{ check: "roots" }, "check"],
    [{ signal: 5 }, "signal"],
  ];
  for (const [options, field] of wrong) {
    await assert.rejects(reference.pipeline([], options).next(), { code: "INVALID_ARGUMENT", field });
  }
  for (const source of [undefined, null, 5]) {
    await assert.rejects(reference.pipeline(source as never).next(), { field: "blocks" });
  }
});
