import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "./support/random.ts";
import { type Entries, hex, keccak, referenceRoot, rlp, verifyProof } from "./support/reference-trie.ts";
import { TrieWorker } from "./support/trie.ts";
import { apply, randomChanges } from "./support/trie-changes.ts";

/** A generation that has not come yet: evicts everything. */
const ALL = 0xffffffff;

describe("trie stubs", () => {
  it("give the same roots after any part of the trie was evicted and brought back", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = seededRandom(seed);
      const worker = new TrieWorker();
      const entries: Entries = new Map();
      const store = new Map<string, Uint8Array>();
      let root = 0;
      for (let block = 0; block < 25; block++) {
        const changes = randomChanges(random, entries, 1 + Math.floor(random() * 15));
        root = worker.updateResolving(root, changes, store);
        apply(entries, changes);
        assert.equal(worker.rootHash(root), referenceRoot(entries), `seed ${seed}, block ${block}`);
        worker.storeNewNodes(store);
        worker.commit();
        if (random() < 0.6) {
          const generation = worker.call("trieGeneration");
          root = worker.call(
            "trieEvict",
            root,
            random() < 0.3 ? generation : generation - Math.floor(random() * 8),
          );
        }
      }
    }
  });

  it("lists all missing nodes that can be known at once", () => {
    const worker = new TrieWorker();
    const store = new Map<string, Uint8Array>();
    const keys = Array.from({ length: 200 }, (_, i) => hex(keccak(Uint8Array.of(i))));
    const root = worker.update(
      0,
      keys.map((key) => [key, "aa".repeat(40)]),
    );
    worker.rootHash(root);
    worker.storeNewNodes(store);
    worker.commit();
    const stub = worker.call("trieEvict", root, ALL);
    worker.update(
      stub,
      keys.map((key) => [key, "bb"]),
    );
    assert.equal(worker.resolveMissing(store), 1);
    worker.discard();
    worker.update(
      stub,
      keys.map((key) => [key, "bb"]),
    );
    assert.equal(worker.resolveMissing(store), 16);
  });

  it("free the memory of what they stand for", () => {
    const worker = new TrieWorker();
    const keys = Array.from({ length: 200 }, (_, i) => hex(keccak(Uint8Array.of(i))));
    const root = worker.update(
      0,
      keys.map((key) => [key, "aa".repeat(40)]),
    );
    const hash = worker.rootHash(root);
    worker.commit();
    assert.ok(worker.cacheBytes() > 20_000);
    const stub = worker.call("trieEvict", root, ALL);
    assert.equal(worker.cacheBytes(), 48);
    assert.equal(worker.rootHash(stub), hash);
  });

  it("free memory that every worker can use again", () => {
    const first = new TrieWorker();
    const second = new TrieWorker(1, first.room.memory);
    const keys = Array.from({ length: 4000 }, (_, i) => hex(keccak(Uint8Array.of(i & 255, i >> 8))));
    const changes = keys.map((key) => [key, "aa".repeat(100)] as const);
    let chunks = 0;
    for (let round = 0; round < 6; round++) {
      const worker = round % 2 === 0 ? first : second;
      const root = worker.update(0, changes);
      worker.rootHash(root);
      worker.commit();
      for (const each of [first, second]) each.call("beginArena");
      first.call("trieEvict", root, ALL);
      if (round === 1) chunks = first.call("trieChunks");
    }
    assert.equal(first.call("trieChunks"), chunks);
  });

  it("refuse bytes of another hash, and bytes that are no node", () => {
    const worker = new TrieWorker();
    const noNodes = [
      rlp([Uint8Array.of(0x20, 1), Uint8Array.of(5), Uint8Array.of(6)]),
      rlp([Uint8Array.of(0x41), Uint8Array.of(5)]),
      rlp([Uint8Array.of(0x20), new Uint8Array(0)]),
      rlp([new Uint8Array(0), Uint8Array.of(5)]),
      rlp([Uint8Array.of(0x00, 0x12), Uint8Array.of(5)]),
      rlp(Array.from({ length: 17 }, () => Uint8Array.of(1))),
      rlp(new Uint8Array(40)),
      Uint8Array.of(0xf8),
      new Uint8Array(0),
    ];
    for (const bytes of noNodes) {
      const stub = worker.call("trieStub", worker.place(keccak(bytes)));
      worker.update(stub, [["11".repeat(32), "01"]]);
      const missing = worker.call("trieMissing", worker.call("trieMissingCount") - 1);
      assert.equal(worker.call("trieResolve", missing, worker.place(bytes), bytes.length), 2, hex(bytes));
      assert.equal(worker.call("trieResolve", missing, worker.place(Uint8Array.of(1)), 1), 1);
    }
  });
});

describe("trie proofs", () => {
  it("show every key's value, and of other keys that they are not there", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = seededRandom(seed);
      const worker = new TrieWorker();
      const entries: Entries = new Map();
      const store = new Map<string, Uint8Array>();
      let root = 0;
      for (let block = 0; block < 6; block++) {
        const changes = randomChanges(random, entries, 20);
        root = worker.updateResolving(root, changes, store);
        apply(entries, changes);
        const hash = worker.rootHash(root);
        worker.storeNewNodes(store);
        const absent = randomChanges(random, new Map(), 20).map(([key]) => key);
        for (const key of [...entries.keys(), ...absent]) {
          let proof = worker.proof(root, key);
          while (proof === undefined) {
            worker.resolveMissing(store);
            proof = worker.proof(root, key);
          }
          assert.equal(verifyProof(hash, key, proof), entries.get(key) ?? "");
        }
        worker.commit();
        root = worker.call("trieEvict", root, worker.call("trieGeneration") - 2);
      }
    }
  });

  it("are empty for an empty trie", () => {
    assert.deepEqual(new TrieWorker().proof(0, "11".repeat(32)), []);
  });
});
