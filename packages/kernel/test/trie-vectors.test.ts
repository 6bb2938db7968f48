import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { hex, keccak, unhex } from "./support/reference-trie.ts";
import { type Change, TrieWorker } from "./support/trie.ts";

const archive = fileURLToPath(
  new URL("../../../../shared/conformance/misc-tests/ethereum-tests-misc.tar.xz", import.meta.url),
);
const present = existsSync(archive);

interface RootTest {
  in: Record<string, string | null> | [string, string | null][];
  root: string;
}

interface NeighbourTest {
  in: string[];
  tests: [key: string, previous: string, next: string][];
}

function vectors<T>(name: string): [string, T][] {
  const text = execFileSync("tar", ["-xJOf", archive, `ethereum-tests/TrieTests/${name}.json`], {
    encoding: "utf8",
  });
  return Object.entries(JSON.parse(text) as Record<string, T>);
}

function bytes(text: string): Uint8Array {
  return text.startsWith("0x") ? unhex(text.slice(2)) : new TextEncoder().encode(text);
}

function changesOf(test: RootTest, secure: boolean): Change[] {
  const pairs = Array.isArray(test.in) ? test.in : Object.entries(test.in);
  return pairs.map(([key, value]) => [
    hex(secure ? keccak(bytes(key)) : bytes(key)),
    value === null ? "" : hex(bytes(value)),
  ]);
}

describe("published trie vectors", { skip: !present && "no corpus beside the project" }, () => {
  for (const name of ["trieanyorder", "trieanyorder_secureTrie", "trietest_secureTrie"]) {
    it(`${name}: the roots agree, in one batch and key by key`, () => {
      for (const [title, test] of vectors<RootTest>(name)) {
        const worker = new TrieWorker();
        const changes = changesOf(test, name.endsWith("secureTrie"));
        assert.equal(`0x${worker.rootHash(worker.update(0, changes))}`, test.root, title);
        let root = 0;
        for (const change of changes) root = worker.update(root, [change]);
        assert.equal(`0x${worker.rootHash(root)}`, test.root, `${title}, key by key`);
      }
    });
  }

  it("trietestnextprev: the neighbours of every key agree", () => {
    for (const [title, test] of vectors<NeighbourTest>("trietestnextprev")) {
      const worker = new TrieWorker();
      const root = worker.update(
        0,
        test.in.map((key): Change => [hex(bytes(key)), "01"]),
      );
      for (const [key, previous, next] of test.tests) {
        assert.equal(
          worker.neighbour("triePrevious", root, hex(bytes(key))),
          hex(bytes(previous)),
          `${title} ${key}`,
        );
        assert.equal(
          worker.neighbour("trieNext", root, hex(bytes(key))),
          hex(bytes(next)),
          `${title} ${key}`,
        );
      }
    }
  });
});
