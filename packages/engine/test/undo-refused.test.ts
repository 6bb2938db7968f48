import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ColdReadError,
  createEngine,
  DecodingError,
  decodeUndo,
  type Engine,
  EngineError,
  type Hex,
  MemoryExhaustedError,
  ResultGoneError,
  type StateEdit,
  UndoMismatchError,
} from "../src/index.ts";
import { block, contract, recipient, SHANGHAI, sender, senders, transfers } from "./support/blocks.ts";
import { MemorySource } from "./support/memory-source.ts";

const genesis = { alloc: senders(4) };
const open = (): Promise<Engine> => createEngine({ workers: 0, chain: SHANGHAI, genesis });
const key = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`;

/** Runs and commits a block of transfers; its undo record. */
async function transfer(engine: Engine, number: bigint): Promise<Uint8Array> {
  const result = await engine.execute(block(transfers(4, number - 1n), number));
  await result.commit();
  return result.undo();
}

describe("revert refuses", () => {
  test("the record of a block that is not the last one", async () => {
    await using engine = await open();
    const first = await transfer(engine, 1n);
    await transfer(engine, 2n);
    const { stateRoot } = engine;
    await assert.rejects(
      engine.revert(first),
      (error) => error instanceof UndoMismatchError && error.met === stateRoot,
    );
    assert.equal(engine.stateRoot, stateRoot);
    assert.equal((await engine.getAccount(sender(0)))?.nonce, 2n);
  });

  test("a record whose values are not those of the root that it leads to", async () => {
    await using engine = await open();
    const undo = await transfer(engine, 1n);
    const { stateRoot } = engine;
    const wrong = undo.slice();
    // The last byte of the first account's balance, or of its hash of code.
    const end = undo.length - 1;
    assert.equal(wrong[end], 0, "no slots");
    wrong[66]! ^= 1;
    await assert.rejects(engine.revert(wrong), UndoMismatchError);
    assert.equal(engine.stateRoot, stateRoot);
    await engine.revert(undo);
    assert.notEqual(engine.stateRoot, stateRoot);
  });

  test("bytes that are no record, wherever they are cut off", async () => {
    await using engine = await open();
    const undo = await transfer(engine, 1n);
    const { stateRoot } = engine;
    for (const wrong of ["0x", undefined, new Uint8Array(), Uint8Array.of(1), Uint8Array.of(2, 0)]) {
      await assert.rejects(engine.revert(wrong as Uint8Array), DecodingError);
    }
    for (let length = 67; length < undo.length; length++) {
      const cut = undo.subarray(0, length);
      const error = await engine.revert(cut).then(
        () => undefined,
        (thrown) => thrown,
      );
      // Cut between two accounts it is a record, though not of this block.
      assert.ok(error instanceof DecodingError || error instanceof UndoMismatchError, `${length}: ${error}`);
      if (error instanceof DecodingError) assert.throws(() => [...decodeUndo(cut)], DecodingError);
    }
    assert.equal(engine.stateRoot, stateRoot);
    await engine.revert(undo);
  });

  test("random bytes behind a good head, and goes on", async () => {
    await using engine = await open();
    const { stateRoot } = engine;
    for (let i = 0; i < 300; i++) {
      const bytes = crypto.getRandomValues(new Uint8Array(40 + (i % 80)));
      bytes.set([1, 0]);
      await engine.revert(bytes).then(
        ({ undo }) => engine.revert(undo),
        (error) => assert.ok(error instanceof DecodingError, String(error)),
      );
      assert.equal(engine.stateRoot, stateRoot);
    }
  });

  test("while a pipeline runs", async () => {
    await using engine = await open();
    const pipeline = engine.pipeline([block(transfers(1))]);
    await pipeline.next();
    const code = (error: unknown) => error instanceof EngineError && error.code === "PIPELINE_OPEN";
    await assert.rejects(engine.edit([]), code);
    await assert.rejects(engine.revert(Uint8Array.of(1, 0)), code);
    await pipeline.return();
    await engine.edit([]);
  });
});

test("a block's undo record is gone with its receipts, unless it is retained", async () => {
  await using engine = await open();
  const first = await engine.execute(block(transfers(4)));
  await first.commit();
  const second = (await engine.execute(block(transfers(4, 1n), 2n))).retain();
  await second.commit();
  assert.throws(() => first.undo(), ResultGoneError);
  await engine.edit([]);
  await engine.revert(second.undo());
});

test("where memory is exhausted in the middle of an edit or a revert, nothing of it is applied", async () => {
  await using engine = await createEngine({ workers: 0, memoryLimit: 32 * 2 ** 20, genesis });
  const { stateRoot } = engine;
  const slots = (address: Hex, count: number): StateEdit => ({
    address,
    storage: Array.from({ length: count }, (_, i) => [key(i), 1n] as const),
  });
  await assert.rejects(engine.edit([slots(contract(0), 150_000)]), MemoryExhaustedError);
  assert.equal(engine.stateRoot, stateRoot);
  assert.equal(await engine.getAccount(contract(0)), undefined);
  assert.equal(await engine.getStorage(contract(0), key(1)), 0n);
  // The record alone takes more than there is left.
  const { undo } = await engine.edit([slots(contract(1), 1000)]);
  const padded = new Uint8Array(40 * 2 ** 20);
  padded.set(undo);
  await assert.rejects(engine.revert(padded), MemoryExhaustedError);
  await engine.revert(undo);
  assert.equal(engine.stateRoot, stateRoot);
});

test("where the source fails, nothing of an edit or a revert is applied", async () => {
  const source = new MemorySource();
  await using engine = await createEngine({
    workers: 0,
    state: source,
    stateRoot: "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
  });
  const { undo } = await engine.edit([{ address: recipient(1), balance: 1n }]);
  const { stateRoot } = engine;
  const commit = source.commit.bind(source);
  source.failAt = recipient(2);
  const edits = [1, 2].map((i): StateEdit => ({ address: recipient(i), balance: 5n }));
  await assert.rejects(engine.edit(edits), ColdReadError);
  source.commit = () => {
    throw new Error("the disk is full");
  };
  await assert.rejects(engine.edit(edits.slice(0, 1)), /the disk is full/);
  await assert.rejects(engine.revert(undo), /the disk is full/);
  assert.equal(engine.stateRoot, stateRoot);
  assert.equal((await engine.getAccount(recipient(1)))?.balance, 1n);
  source.commit = commit;
  await engine.revert(undo);
  assert.equal(await engine.getAccount(recipient(1)), undefined);
});
