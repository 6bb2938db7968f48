import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "./support/random.ts";
import { type Entries, hex, referenceRoot, rlp } from "./support/reference-trie.ts";
import { TrieWorker } from "./support/trie.ts";

function indexKey(index: number): string {
  const bytes: number[] = [];
  for (let rest = index; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest & 255);
  return hex(rlp(Uint8Array.from(bytes)));
}

/** `inParts`: the list's parts are made first, last one first, as by other workers. */
function orderedRoot(worker: TrieWorker, items: readonly Uint8Array[], inParts = false): string {
  const list = worker.allocate(items.length * 8);
  for (const [index, item] of items.entries()) {
    const pointer = worker.place(item);
    const view = new DataView(worker.room.memory.buffer, list + index * 8);
    view.setUint32(0, pointer, true);
    view.setUint32(4, item.length, true);
  }
  const out = worker.allocate(32);
  const { exports } = worker.room;
  let parts = 0;
  if (inParts) {
    parts = exports["orderedPartsAllocate"](items.length);
    for (let part = exports["orderedPartCount"](items.length) - 1; part >= 0; part--) {
      exports["orderedPart"](list, items.length, parts, part);
    }
  }
  exports["orderedRoot"](list, items.length, out, parts);
  return worker.read(out, 32);
}

function randomItems(random: () => number, count: number, longest: number): Uint8Array[] {
  return Array.from({ length: count }, () =>
    Uint8Array.from({ length: 1 + Math.floor(random() * longest) }, () => Math.floor(random() * 256)),
  );
}

describe("root of an ordered list", () => {
  it("is the empty root for no items", () => {
    assert.equal(
      orderedRoot(new TrieWorker(), []),
      "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    );
  });

  it("is the root of the trie from the index's RLP to the item, for every length around a boundary", () => {
    const random = seededRandom(3);
    for (const count of [1, 2, 3, 15, 16, 17, 18, 127, 128, 129, 130, 144, 255, 256, 257, 258, 300, 1000]) {
      for (const longest of [1, 20, 200]) {
        const worker = new TrieWorker();
        const items = randomItems(random, count, longest);
        const entries: Entries = new Map(items.map((item, index) => [indexKey(index), hex(item)]));
        assert.equal(orderedRoot(worker, items), referenceRoot(entries), `${count} items`);
      }
    }
  });

  it("is the same where its parts were made ahead, for every length around a boundary of parts", () => {
    const random = seededRandom(5);
    const counts = [
      0, 1, 128, 256, 257, 258, 271, 272, 273, 511, 512, 513, 768, 4096, 4097, 4352, 4353, 5000,
    ];
    for (const count of counts) {
      for (const longest of [1, 60]) {
        const worker = new TrieWorker();
        const items = randomItems(random, count, longest);
        assert.equal(orderedRoot(worker, items, true), orderedRoot(worker, items), `${count} items`);
      }
    }
    const items = randomItems(random, 66_000, 2);
    assert.equal(orderedRoot(new TrieWorker(), items, true), orderedRoot(new TrieWorker(), items));
  });

  it("takes items of many kilobytes and more of them than two bytes count", () => {
    const random = seededRandom(4);
    const worker = new TrieWorker();
    const items = randomItems(random, 70_000, 3);
    for (const at of [0, 5, 127, 128, 40_000]) items[at] = new Uint8Array(100_000 + at).fill(at & 255);
    const entries: Entries = new Map(items.map((item, index) => [indexKey(index), hex(item)]));
    assert.equal(orderedRoot(worker, items), referenceRoot(entries));
  });
});
