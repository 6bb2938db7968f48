import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "./support/random.ts";
import { KernelSignal } from "./support/room.ts";
import { TrieWorker } from "./support/trie.ts";
import {
  applyBlock,
  type BlockChange,
  Records,
  randomBlock,
  referenceStateRoot,
  type State,
} from "./support/trie-state.ts";

function sequentialRoot(worker: TrieWorker, records: Records, changes: readonly BlockChange[]): string {
  const out = worker.allocate(32);
  assert.equal(worker.call("stateRootSequential", records.changeList(changes), changes.length, out), 1);
  return worker.read(out, 32);
}

/** Runs all phases, every task on a worker that `random` chooses and in an order that it chooses. */
function spreadRoot(
  workers: readonly TrieWorker[],
  records: Records,
  changes: readonly BlockChange[],
  random: () => number,
): string {
  const first = workers[0]!;
  first.call("stateRootBegin", records.changeList(changes), changes.length);
  for (let phase = 0; phase < 4; phase++) {
    const tasks = Array.from({ length: first.call("stateRootTasks", phase) }, (_, index) => index);
    while (tasks.length > 0) {
      const [task] = tasks.splice(Math.floor(random() * tasks.length), 1);
      workers[Math.floor(random() * workers.length)]!.call("stateRootTask", phase, task!);
    }
  }
  return first.read(first.call("stateRootResult"), 32);
}

function commit(workers: readonly TrieWorker[]): void {
  workers[0]!.room.exports["stateRootCommit"]();
  workers[0]!.room.exports["resetBlockChunks"]();
  for (const worker of workers) worker.room.exports["beginArena"]();
}

function discard(workers: readonly TrieWorker[]): void {
  assert.equal(workers[0]!.call("stateRootDiscard"), 0);
  workers[0]!.room.exports["resetBlockChunks"]();
  for (const worker of workers) worker.room.exports["beginArena"]();
}

describe("state root", () => {
  it("equals that of a state built from scratch after every block", () => {
    for (let seed = 1; seed <= 4; seed++) {
      const random = seededRandom(seed);
      const worker = new TrieWorker();
      const records = new Records(worker);
      const state: State = new Map();
      for (let block = 0; block < 15; block++) {
        const changes = randomBlock(random, state, 1 + Math.floor(random() * 20));
        applyBlock(state, changes);
        assert.equal(
          sequentialRoot(worker, records, changes),
          referenceStateRoot(state),
          `seed ${seed}, ${block}`,
        );
        commit([worker]);
      }
    }
  });

  it("is the same whichever workers take which tasks in which order", () => {
    for (const count of [2, 3, 8]) {
      const random = seededRandom(count);
      const main = new TrieWorker();
      const workers = [
        main,
        ...Array.from({ length: count - 1 }, (_, i) => new TrieWorker(i + 1, main.room.memory)),
      ];
      const records = new Records(main);
      const state: State = new Map();
      for (let block = 0; block < 12; block++) {
        const changes = randomBlock(random, state, 1 + Math.floor(random() * 20));
        const dropped = randomBlock(random, state, 10);
        spreadRoot(workers, records, dropped, random);
        discard(workers);
        applyBlock(state, changes);
        assert.equal(spreadRoot(workers, records, changes, random), referenceStateRoot(state));
        commit(workers);
      }
    }
  });

  it("changes neither records nor the state trie when a block is discarded", () => {
    const random = seededRandom(21);
    const worker = new TrieWorker();
    const records = new Records(worker);
    const state: State = new Map();
    const first = randomBlock(random, state, 30);
    applyBlock(state, first);
    const root = sequentialRoot(worker, records, first);
    commit([worker]);
    const trie = worker.call("stateTrie");
    const bytes = worker.cacheBytes();
    for (let block = 0; block < 5; block++) {
      sequentialRoot(worker, records, randomBlock(random, state, 30));
      discard([worker]);
      assert.equal(worker.call("stateTrie"), trie);
      assert.equal(worker.cacheBytes(), bytes);
      assert.equal(sequentialRoot(worker, records, []), root);
      discard([worker]);
    }
  });

  it("does nothing when a commit is repeated after its end", () => {
    const random = seededRandom(22);
    const worker = new TrieWorker();
    const records = new Records(worker);
    const state: State = new Map();
    for (let block = 0; block < 5; block++) {
      const changes = randomBlock(random, state, 20);
      applyBlock(state, changes);
      sequentialRoot(worker, records, changes);
      worker.room.exports["stateRootCommit"]();
      const bytes = worker.cacheBytes();
      commit([worker]);
      assert.equal(worker.cacheBytes(), bytes);
    }
    assert.equal(sequentialRoot(worker, records, []), referenceStateRoot(state));
  });

  it("brings evicted account and storage nodes back, and computes the same root again", () => {
    const random = seededRandom(23);
    const worker = new TrieWorker();
    const records = new Records(worker);
    const state: State = new Map();
    const store = new Map<string, Uint8Array>();
    const storageTrie = (account: number) => {
      const at = records.account(account) + worker.room.exports["ACCOUNT_STORAGE_TRIE"].value;
      return new DataView(worker.room.memory.buffer, at, 4);
    };
    let brought = 0;
    for (let block = 0; block < 15; block++) {
      const changes = randomBlock(random, state, 12);
      applyBlock(state, changes);
      const expected = referenceStateRoot(state);
      const out = worker.allocate(32);
      while (worker.call("stateRootSequential", records.changeList(changes), changes.length, out) === 0) {
        brought += worker.resolveMissing(store);
      }
      assert.equal(worker.read(out, 32), expected, `block ${block}`);
      worker.storeNewNodes(store);
      commit([worker]);
      const before = worker.call("trieGeneration") - Math.floor(random() * 4);
      worker.call("setStateTrie", worker.call("trieEvict", worker.call("stateTrie"), before));
      for (let account = 0; account < 64; account++) {
        const view = storageTrie(account);
        // A storage trie may be dropped as a whole: its root hash stands in the record.
        const trie = view.getUint32(0, true);
        if (trie !== 0) view.setUint32(0, worker.call("trieEvict", trie, before), true);
      }
    }
    assert.ok(brought > 50);
  });

  it("is the empty root after a reset, and no memory is left to the trie", () => {
    const random = seededRandom(25);
    const worker = new TrieWorker();
    const records = new Records(worker);
    for (let round = 0; round < 3; round++) {
      const state: State = new Map();
      const changes = randomBlock(random, state, 40);
      applyBlock(state, changes);
      assert.equal(sequentialRoot(worker, records, changes), referenceStateRoot(state));
      commit([worker]);
      worker.room.exports["trieReset"]();
      records.clear();
      assert.equal(worker.cacheBytes(), 0);
      assert.equal(worker.call("trieChunks"), 0);
    }
  });

  it("leaves the old state in place when memory is exhausted in the middle", () => {
    const random = seededRandom(24);
    const worker = new TrieWorker();
    const records = new Records(worker);
    const state: State = new Map();
    const first = randomBlock(random, state, 40);
    applyBlock(state, first);
    const root = sequentialRoot(worker, records, first);
    commit([worker]);
    const bytes = worker.cacheBytes();
    let refused = 0;
    for (let attempt = 0; attempt < 10; attempt++) {
      const changes = randomBlock(random, state, 60);
      const list = records.changeList(changes);
      const out = worker.allocate(32);
      worker.call("limitMemoryToUsed");
      try {
        worker.call("stateRootSequential", list, changes.length, out);
      } catch (error) {
        assert.ok(error instanceof KernelSignal && error.signal === "outOfMemory");
        refused++;
      }
      worker.call("begin", 2n ** 31n);
      discard([worker]);
      assert.equal(worker.cacheBytes(), bytes);
      assert.equal(sequentialRoot(worker, records, []), root);
      discard([worker]);
    }
    assert.ok(refused > 0);
  });
});
