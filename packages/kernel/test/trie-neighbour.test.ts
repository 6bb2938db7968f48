import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "./support/random.ts";
import type { Entries } from "./support/reference-trie.ts";
import { TrieWorker } from "./support/trie.ts";
import { apply, randomChanges } from "./support/trie-changes.ts";

describe("trie neighbours", () => {
  it("are the next key above and below any key, across evicted parts", () => {
    for (let seed = 1; seed <= 6; seed++) {
      const random = seededRandom(seed);
      const worker = new TrieWorker();
      const entries: Entries = new Map();
      const store = new Map<string, Uint8Array>();
      let root = 0;
      for (let block = 0; block < 4; block++) {
        const changes = randomChanges(random, entries, 25);
        root = worker.updateResolving(root, changes, store);
        apply(entries, changes);
        worker.rootHash(root);
        worker.storeNewNodes(store);
        worker.commit();
        root = worker.call("trieEvict", root, worker.call("trieGeneration") - (block % 2));
        const sorted = [...entries.keys()].sort();
        const others = randomChanges(random, new Map(), 20).map(([key]) => key);
        for (const key of [...sorted, ...others, "00".repeat(32), "ff".repeat(32)]) {
          for (const name of ["trieNext", "triePrevious"] as const) {
            let met = worker.neighbour(name, root, key);
            while (met === undefined) {
              worker.resolveMissing(store);
              met = worker.neighbour(name, root, key);
            }
            const expected =
              name === "trieNext"
                ? sorted.find((known) => known > key)
                : sorted.findLast((known) => known < key);
            assert.equal(met, expected ?? "", `${name} of ${key}`);
          }
        }
      }
    }
  });
});
