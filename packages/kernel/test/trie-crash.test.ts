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

const SIZE_CLASSES = 65;
const LARGEST_NODE = 1024;
const CRASH = 0x7406;

/** True if `action` died at a crash point. */
function dies(action: () => void): boolean {
  try {
    action();
    return false;
  } catch (error) {
    assert.ok(error instanceof KernelSignal && error.code === CRASH, String(error));
    return true;
  }
}

/** No node is free twice. */
function checkFreeLists(worker: TrieWorker): void {
  const seen = new Set<number>();
  for (let sizeClass = 0; sizeClass < SIZE_CLASSES; sizeClass++) {
    for (
      let node = worker.call("firstFree", 0, sizeClass);
      node !== 0;
      node = worker.call("nextFree", node)
    ) {
      assert.ok(!seen.has(node), "a node is in the free lists twice");
      assert.equal(worker.call("nodeKind", node), 0, "a node in use is in a free list");
      seen.add(node);
    }
  }
}

class Chain {
  worker = new TrieWorker();
  readonly records = new Records(this.worker);
  state: State = new Map();

  root(changes: readonly BlockChange[]): string {
    const out = this.worker.allocate(32);
    const list = this.records.changeList(changes);
    assert.equal(this.worker.call("stateRootSequential", list, changes.length, out), 1);
    return this.worker.read(out, 32);
  }

  commit(): void {
    this.worker.room.exports["stateRootCommit"]();
    this.worker.endBlock();
  }

  discard(): void {
    assert.equal(this.worker.call("stateRootDiscard"), 0);
    this.worker.endBlock();
  }

  /** A new instance takes the place of one that died, without its module variables. */
  replaceWorker(): void {
    this.worker = new TrieWorker(0, this.worker.room.memory);
    this.records.useWorker(this.worker);
  }
}

function prepared(seed: number): { chain: Chain; random: () => number } {
  const random = seededRandom(seed);
  const chain = new Chain();
  for (let block = 0; block < 3; block++) {
    const changes = randomBlock(random, chain.state, 12);
    applyBlock(chain.state, changes);
    chain.root(changes);
    chain.commit();
  }
  return { chain, random };
}

/** Steps 0, 1, 2, ... in turn; later ones are left out at random, so that about `wanted` are tried. */
function* crashSteps(total: number, wanted: number, random: () => number): Generator<number> {
  for (let step = 0; step < total; step++) {
    if (step < 40 || random() < wanted / total) yield step;
  }
}

describe("a worker that dies", () => {
  it("in the middle of a state root leaves the old state, whatever step it died at", () => {
    const { chain, random } = prepared(31);
    const before = chain.root([]);
    chain.discard();
    const changes = randomBlock(random, chain.state, 25);
    chain.worker.call("crashAfter", 1_000_000);
    const after = chain.root(changes);
    const total = 1_000_000 - chain.worker.call("crashStepsLeft");
    chain.replaceWorker();
    chain.discard();
    let deaths = 0;
    for (const step of crashSteps(total, 300, random)) {
      const bytes = chain.worker.cacheBytes();
      chain.worker.call("crashAfter", step);
      if (dies(() => chain.root(changes))) deaths++;
      chain.replaceWorker();
      chain.discard();
      checkFreeLists(chain.worker);
      assert.ok(Math.abs(chain.worker.cacheBytes() - bytes) <= LARGEST_NODE, "more than one node was lost");
      assert.equal(chain.root([]), before);
      assert.equal(chain.root(changes), after);
      chain.discard();
    }
    assert.ok(deaths > 200);
    applyBlock(chain.state, changes);
    assert.equal(chain.root(changes), referenceStateRoot(chain.state));
  });

  it("in the middle of a commit has it finished by the next one, whatever step it died at", () => {
    const { chain, random } = prepared(32);
    let deaths = 0;
    for (let step = 0; ; step += step < 60 ? 1 : 3) {
      const changes = randomBlock(random, chain.state, 6);
      applyBlock(chain.state, changes);
      const root = chain.root(changes);
      chain.worker.call("crashAfter", step);
      const died = dies(() => chain.worker.room.exports["stateRootCommit"]());
      if (died) {
        deaths++;
        chain.replaceWorker();
        chain.worker.room.exports["stateRootCommit"]();
      }
      chain.worker.endBlock();
      checkFreeLists(chain.worker);
      chain.replaceWorker();
      assert.equal(chain.root([]), root, `step ${step}`);
      chain.discard();
      if (!died && step > 400) break;
    }
    assert.ok(deaths > 100);
    assert.equal(chain.root([]), referenceStateRoot(chain.state));
  });

  it("twice in a commit, or in a discard after it, still leaves the new state", () => {
    const { chain, random } = prepared(33);
    for (let round = 0; round < 60; round++) {
      const changes = randomBlock(random, chain.state, 6);
      applyBlock(chain.state, changes);
      const root = chain.root(changes);
      for (const finish of ["stateRootCommit", "stateRootDiscard", "stateRootCommit"]) {
        chain.worker.call("crashAfter", Math.floor(random() * 200));
        if (!dies(() => chain.worker.room.exports[finish]())) break;
        chain.replaceWorker();
      }
      chain.replaceWorker();
      chain.worker.room.exports["stateRootCommit"]();
      chain.worker.endBlock();
      checkFreeLists(chain.worker);
      assert.equal(chain.root([]), root);
      chain.discard();
    }
  });

  it("in the middle of a discard has it finished by the next one", () => {
    const { chain, random } = prepared(34);
    const before = chain.root([]);
    chain.discard();
    for (let round = 0; round < 150; round++) {
      chain.root(randomBlock(random, chain.state, 6));
      chain.worker.call("crashAfter", round * 3);
      if (dies(() => chain.worker.room.exports["stateRootDiscard"]())) {
        chain.replaceWorker();
        chain.worker.room.exports["stateRootDiscard"]();
      }
      chain.replaceWorker();
      chain.worker.endBlock();
      checkFreeLists(chain.worker);
      assert.equal(chain.root([]), before, `round ${round}`);
      chain.discard();
    }
  });
});
