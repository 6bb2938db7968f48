import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Changes,
  createEngine,
  decodeUndo,
  EMPTY_TRIE_ROOT,
  type Engine,
  type Hex,
  networkConfig,
  type StateEdit,
  type StateSource,
  UndoIncompleteError,
} from "../src/index.ts";
import { block, contract, recipient, SHANGHAI, sender } from "./support/blocks.ts";
import { MemorySource } from "./support/memory-source.ts";
import { seededRandom, testSeed } from "./support/random.ts";
import { ALL_FORKS, LAST_BLOCK, RandomChain, randomAlloc, slotKey, worldOf } from "./support/random-chain.ts";
import { apply, roundTrip } from "./support/undo-steps.ts";

/** So little that every block begins with all forgotten that may be. */
const cacheBytes = 2 ** 20;
const seed = testSeed(20_261_123);

/** The allocation as edits of an empty state. */
function edits(): StateEdit[] {
  return Object.entries(randomAlloc).map(([address, { balance, nonce, code, storage }]) => ({
    address: address as Hex,
    deleted: false,
    balance: BigInt(balance ?? 0),
    nonce: BigInt(nonce ?? 0),
    code: code ?? "0x",
    storage: Object.entries(storage ?? {}).map(
      ([key, value]) => [slotKey(BigInt(key)), BigInt(value)] as const,
    ),
  }));
}

/** An engine that fills `source` with the allocation. */
async function filler(source: MemorySource): Promise<Engine> {
  const engine = await createEngine({
    workers: 0,
    chain: ALL_FORKS,
    state: source,
    stateRoot: EMPTY_TRIE_ROOT,
    cacheBytes,
  });
  await engine.edit(edits());
  return engine;
}

test("edits of an empty source give the state of the allocation", async () => {
  const source = new MemorySource();
  await using engine = await filler(source);
  await using other = await createEngine({ workers: 0, genesis: { alloc: randomAlloc } });
  assert.equal(engine.stateRoot, other.stateRoot);
  assert.equal(source.accounts.size, Object.keys(randomAlloc).length);
});

/** A source with the allocation, its root, and no engine over it. */
async function filled(): Promise<{ source: MemorySource; stateRoot: Hex }> {
  const source = new MemorySource();
  await using engine = await filler(source);
  return { source, stateRoot: engine.stateRoot! };
}

/** The answers of a source, later: all of its methods that are named. */
function later(
  source: MemorySource,
  names: readonly (keyof StateSource & keyof MemorySource)[],
): StateSource {
  const methods = names.map((name) => [
    name,
    // biome-ignore lint/suspicious/noExplicitAny: each is called with what it takes.
    async (...given: any[]) => (source[name] as (...given: any[]) => unknown).apply(source, given),
  ]);
  return Object.fromEntries(methods);
}

describe("over a source that takes every change", () => {
  const names = ["account", "storage", "code", "node", "commit"] as const;

  test("a random chain is taken back and done again", async () => {
    const { source, stateRoot } = await filled();
    const before = source.reads;
    await roundTrip(seed, { workers: 2, state: source, stateRoot, cacheBytes });
    // Far more than there is: what is not needed was dropped again and again.
    assert.ok(source.reads - before > 10 * source.accounts.size, `${source.reads - before} reads`);
  });

  test("so is one where answers are awaited", async () => {
    const { source, stateRoot } = await filled();
    const state = later(source, [...names, "listStorage"]);
    await roundTrip(seed + 1, { workers: 0, state, stateRoot, cacheBytes });
  });

  test("a wiped storage that cannot be listed makes a record that is refused", async () => {
    const { source, stateRoot } = await filled();
    await using engine = await createEngine({
      workers: 0,
      chain: SHANGHAI,
      state: later(source, names),
      stateRoot,
    });
    const result = await engine.execute(block([{ from: sender(0), to: contract(0) }]));
    await result.commit();
    await assert.rejects(engine.revert(result.undo()), UndoIncompleteError);
    assert.equal(engine.stateRoot, result.roots.state);
    // An empty storage needs no list.
    const { undo } = await engine.edit([{ address: recipient(50), balance: 1n, clearStorage: true }]);
    assert.equal((await engine.revert(undo)).stateRoot, result.roots.state);
  });
});

/** Takes blocks some time after they are committed, as a database does that is written in the background. */
class Follower {
  private readonly source: MemorySource;
  private readonly engine: Engine;
  private readonly waiting: { block: bigint | undefined; edits: StateEdit[] }[] = [];
  checkpoint = 0n;

  constructor(source: MemorySource, engine: Engine) {
    this.source = source;
    this.engine = engine;
  }

  get state(): StateSource {
    const names = ["account", "storage", "code", "node", "listStorage"] as const;
    return { ...later(this.source, names), checkpoint: () => this.checkpoint };
  }

  /** Events that are not taken yet. */
  get lag(): number {
    return this.waiting.length;
  }

  note(block: bigint | undefined, edits: StateEdit[]): void {
    this.waiting.push({ block, edits });
  }

  /** The last event was taken back. */
  forget(): void {
    this.waiting.pop();
  }

  /** Takes what comes before the last `lag` events and ends with a block. */
  async catchUp(lag: number): Promise<void> {
    const end = this.waiting.findLastIndex(
      ({ block }, i) => block !== undefined && i < this.waiting.length - lag,
    );
    for (const { block, edits } of this.waiting.splice(0, end + 1)) {
      await this.engine.edit(edits);
      if (block !== undefined) this.checkpoint = block;
    }
  }
}

/** What a block made of the state, as edits. */
function editsOf(changes: Changes): StateEdit[] {
  return [...changes].map((change) => {
    const { address, deleted, storageWiped: clearStorage } = change;
    if (deleted) return { address, deleted };
    const { balance, nonce, code, storage } = change;
    return {
      address,
      deleted,
      clearStorage,
      balance,
      nonce,
      storage,
      ...(code === undefined ? {} : { code }),
    };
  });
}

describe("over a source that takes blocks later", () => {
  for (let i = 0; i < 3; i++) {
    test(`nothing that it lacks is lost, forth and back, seed ${seed + i}`, async () => {
      const source = new MemorySource();
      const writer = await filler(source);
      const follower = new Follower(source, writer);
      const below = seededRandom(seed + i);
      await using engine = await createEngine({
        workers: i === 0 ? 2 : 0,
        chain: ALL_FORKS,
        state: follower.state,
        stateRoot: writer.stateRoot!,
        cacheBytes,
      });
      await using model = await createEngine({
        workers: 0,
        chain: ALL_FORKS,
        genesis: { alloc: randomAlloc },
      });
      const chain = new RandomChain(seed + i);
      const undone: { mine: Uint8Array; models: Uint8Array; restore: () => void }[] = [];
      for (let step = 0; step < 150; step++) {
        const back = below(4) === 0 ? Math.min(below(4), follower.lag) : 0;
        for (let n = 0; n < back; n++) {
          const { mine, models, restore } = undone.pop()!;
          restore();
          await engine.revert(mine);
          await model.revert(models);
          follower.forget();
        }
        const restore = chain.keep();
        const event = chain.next();
        if ("block" in event && event.block.header.number > LAST_BLOCK) break;
        const models = await apply(model, event);
        let mine: Uint8Array;
        if ("edit" in event) {
          mine = (await engine.edit(event.edit)).undo;
          follower.note(undefined, event.edit);
        } else {
          const result = await engine.execute(event.block);
          mine = result.undo();
          const edits = editsOf(result.changes);
          await result.commit();
          follower.note(event.block.header.number, edits);
        }
        undone.push({ mine, models, restore });
        assert.equal(engine.stateRoot, model.stateRoot, `step ${step}`);
        assert.deepEqual([...decodeUndo(mine)], [...decodeUndo(models)], `record of step ${step}`);
        if (below(3) === 0) assert.deepEqual(await worldOf(engine), await worldOf(model), `step ${step}`);
        await follower.catchUp(below(8));
      }
      assert.ok(follower.checkpoint > 10n);
      await follower.catchUp(0);
      await writer.close();
    });
  }
});

test("an empty account with storage, which an edit has left, goes from a Cancun block with all its slots in the record", async () => {
  const { source, stateRoot } = await filled();
  await using engine = await createEngine({
    workers: 0,
    chain: networkConfig("Cancun"),
    state: source,
    stateRoot,
    cacheBytes,
  });
  const before = await engine.edit([{ address: contract(0), code: "0x", nonce: 0n, balance: 0n }]);
  const { header, ...rest } = block([{ from: sender(0), to: contract(0) }]);
  const cancun = { ...header, parentBeaconBlockRoot: header.parentHash!, excessBlobGas: 0n };
  const result = await engine.execute({ ...rest, header: cancun });
  await result.commit();
  assert.equal(await engine.getAccount(contract(0)), undefined);
  assert.equal((await engine.revert(result.undo())).stateRoot, before.stateRoot);
  assert.equal(await engine.getStorage(contract(0), slotKey(1)), 6n);
});

test("over a source that takes nothing, all that was written stays", async () => {
  const { source, stateRoot } = await filled();
  const state = later(source, ["account", "storage", "code", "node", "listStorage"]);
  await roundTrip(seed + 2, { workers: 2, state, stateRoot, cacheBytes });
});

test("code that it has not taken is not asked of it, however little room there is", async () => {
  const source = new MemorySource();
  const writer = await filler(source);
  const follower = new Follower(source, writer);
  const { stateRoot } = writer;
  await writer.close();
  await using engine = await createEngine({
    workers: 0,
    chain: SHANGHAI,
    state: follower.state,
    stateRoot: stateRoot!,
    cacheBytes,
  });
  const codes = Array.from({ length: 50 }, (_, i) => new Uint8Array(24_000).fill(i + 1));
  const addressed = codes.map((code, i): StateEdit => ({ address: contract(500 + i), code }));
  await engine.edit(addressed);
  const { layout } = engine.host;
  const cached = () => engine.host.getU64(layout.CONTROL + layout.Control_codeBytes);
  assert.ok(cached() > 10n ** 6n);
  await (await engine.execute(block([]))).commit();
  assert.equal(cached(), 0n);
  for (const { address, code } of addressed) assert.deepEqual(await engine.getCode(address), code);
});
