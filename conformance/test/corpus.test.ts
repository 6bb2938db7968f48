import assert from "node:assert/strict";
import test from "node:test";
import { findSources, readIndex } from "../src/corpus.ts";
import { forkRank } from "../src/report.ts";
import { smallCorpus } from "./support/small-corpus.ts";

test("an index line gives its entries by fork; one without forks is one entry", () => {
  const lines = [
    '{"path":"a.json","forks":{"Berlin":2}}',
    '{"path":"b.json"}',
    '{"path":"c.json","fork":"Osaka"}',
    "",
  ];
  assert.deepEqual(readIndex("x.index.jsonl", lines.join("\n")), [
    { path: "a.json", forks: { Berlin: 2 } },
    { path: "b.json", forks: { any: 1 } },
    { path: "c.json", forks: { Osaka: 1 } },
  ]);
});

test("a line that is wrong is named", () => {
  assert.throws(
    () => readIndex("x.index.jsonl", '{"path":"a"}\nnonsense'),
    /x\.index\.jsonl: line 2 must be a JSON object/,
  );
  assert.throws(
    () => readIndex("x.index.jsonl", '{"forks":{}}'),
    /line 1\.path must be a string, but is missing/,
  );
});

test("a suite whose folder is absent has no sources", () => {
  const corpus = smallCorpus();
  assert.equal(findSources(corpus, "blocks").length, 1);
  assert.deepEqual(findSources(corpus, "state"), []);
  assert.deepEqual(findSources(corpus, "codec"), []);
});

test("forks are shown in the order they came, a transition behind the fork it starts from", () => {
  const forks = ["Osaka", "BerlinToLondonAt5", "Frontier", "London", "Berlin"];
  assert.deepEqual(
    forks.toSorted((a, b) => forkRank(a) - forkRank(b)),
    ["Frontier", "Berlin", "BerlinToLondonAt5", "London", "Osaka"],
  );
});
