import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "./support/random.ts";
import { type Entries, referenceRoot } from "./support/reference-trie.ts";
import { type Change, TrieWorker } from "./support/trie.ts";
import { apply, randomChanges } from "./support/trie-changes.ts";

const EMPTY_ROOT = "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";

function text(value: string): string {
  return Buffer.from(value).toString("hex");
}

describe("trie update", () => {
  it("gives the empty root for no entries", () => {
    assert.equal(new TrieWorker().rootHash(0), EMPTY_ROOT);
  });

  it("gives the known roots of small tries, whatever the order and with keys that are prefixes of others", () => {
    const worker = new TrieWorker();
    const dogs: Change[] = [
      [text("do"), text("verb")],
      [text("horse"), text("stallion")],
      [text("doge"), text("coin")],
      [text("dog"), text("puppy")],
    ];
    const expected = "5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84";
    assert.equal(worker.rootHash(worker.update(0, dogs)), expected);
    let root = 0;
    for (const change of dogs.toReversed()) root = worker.update(root, [change]);
    assert.equal(worker.rootHash(root), expected);
    const single = worker.update(0, [[text("A"), text("a".repeat(50))]]);
    assert.equal(worker.rootHash(single), "d23786fb4a010da3ce639d66d5e904a11dbc02746d1ce25029e53290cabf28ab");
  });

  it("equals a trie built from scratch after every batch of random changes", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed);
      const worker = new TrieWorker();
      const entries: Entries = new Map();
      let root = 0;
      for (let block = 0; block < 30; block++) {
        const changes = randomChanges(random, entries, 1 + Math.floor(random() * 12));
        root = worker.update(root, changes);
        apply(entries, changes);
        assert.equal(worker.rootHash(root), referenceRoot(entries), `seed ${seed}, block ${block}`);
        if (random() < 0.7) worker.commit();
      }
    }
  });

  it("equals a trie built from scratch where whole subtrees are hashed on the way", () => {
    const random = seededRandom(5);
    const worker = new TrieWorker();
    const entries: Entries = new Map();
    // Few first bytes, so that each of their subtrees gets many changes of a batch; all of one go at times.
    const firstBytes = ["00", "01", "0f", "a7", "a8"];
    const randomKey = () => {
      const rest = Array.from({ length: 31 }, () => Math.floor(random() * 256));
      return firstBytes[Math.floor(random() ** 2 * firstBytes.length)]! + Buffer.from(rest).toString("hex");
    };
    let root = 0;
    for (let block = 0; block < 40; block++) {
      const known = [...entries.keys()];
      const emptied = random() < 0.3 ? firstBytes[Math.floor(random() * 5)]! : undefined;
      const changes: Change[] = [];
      for (const key of known) {
        if (emptied !== undefined && key.startsWith(emptied)) changes.push([key, ""]);
        else if (random() < 0.4) changes.push([key, random() < 0.3 ? "" : text(`${block}-${random()}`)]);
      }
      while (changes.length < 300) changes.push([randomKey(), text(`new ${block} ${random()}`)]);
      root = worker.update(root, changes);
      apply(entries, changes);
      // Without a root in between the next batch meets hashed and unhashed nodes of its own generation.
      if (block % 3 !== 1) assert.equal(worker.rootHash(root), referenceRoot(entries), `block ${block}`);
      if (block % 4 === 3) worker.commit();
    }
    assert.equal(worker.rootHash(root), referenceRoot(entries));
  });

  it("keeps the last of several changes of one key in a batch", () => {
    const worker = new TrieWorker();
    const key = "11".repeat(32);
    const root = worker.update(0, [
      [key, "01"],
      ["22".repeat(32), "05"],
      [key, ""],
      [key, "03"],
    ]);
    const expected = referenceRoot(
      new Map([
        [key, "03"],
        ["22".repeat(32), "05"],
      ]),
    );
    assert.equal(worker.rootHash(root), expected);
  });
});

describe("trie commit and discard", () => {
  it("leaves the old trie untouched when a block is discarded, and takes no memory for it", () => {
    const random = seededRandom(7);
    const worker = new TrieWorker();
    const entries: Entries = new Map();
    let root = 0;
    for (let block = 0; block < 40; block++) {
      const kept = randomChanges(random, entries, 10);
      root = worker.update(root, kept);
      apply(entries, kept);
      worker.rootHash(root);
      worker.commit();
      const bytes = worker.cacheBytes();
      const dropped = worker.update(root, randomChanges(random, entries, 10));
      worker.rootHash(dropped);
      worker.update(dropped, randomChanges(random, entries, 10));
      worker.discard();
      assert.equal(worker.cacheBytes(), bytes);
      assert.equal(worker.rootHash(root), referenceRoot(entries));
    }
  });

  it("frees what a block replaced: a trie that is emptied takes no memory", () => {
    const random = seededRandom(11);
    const worker = new TrieWorker();
    const entries: Entries = new Map();
    let root = 0;
    for (let block = 0; block < 10; block++) {
      const changes = randomChanges(random, entries, 20);
      root = worker.update(root, changes);
      apply(entries, changes);
      if (block % 2 === 0) worker.rootHash(root);
      worker.commit();
      assert.ok(worker.cacheBytes() > 0);
    }
    root = worker.update(
      root,
      [...entries.keys()].map((key) => [key, ""]),
    );
    worker.commit();
    assert.equal(root, 0);
    assert.equal(worker.cacheBytes(), 0);
  });
});
