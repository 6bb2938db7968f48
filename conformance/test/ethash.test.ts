import assert from "node:assert/strict";
import test from "node:test";
import { Ethash } from "@ethereumjs/ethash";
import { EMPTY_OMMERS_HASH, EMPTY_TRIE_ROOT, type Header } from "@heddle/engine";
import { isSealed, QuickEthash } from "../src/ethash.ts";

/** Mainnet's block 1. */
const FIRST: Header = {
  parentHash: "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
  ommersHash: EMPTY_OMMERS_HASH,
  coinbase: "0x05a56e2d52c817161883f50c441c3228cfe54d9f",
  stateRoot: "0xd67e4d450343046425ae4271474353857ab860dbc0a1dde64b41b5cd3a532bf3",
  transactionsRoot: EMPTY_TRIE_ROOT,
  receiptsRoot: EMPTY_TRIE_ROOT,
  logsBloom: `0x${"00".repeat(256)}`,
  difficulty: 17_171_480_576n,
  number: 1n,
  gasLimit: 5000n,
  gasUsed: 0n,
  timestamp: 1_438_269_988n,
  extraData: "0x476574682f76312e302e302f6c696e75782f676f312e342e32",
  mixHash: "0x969b900de27b6ac6a67742365dd65f55a0526c41fd18e1b16f1a1215c2e66f59",
  nonce: "0x539bd4979fef1ec4",
};

test("cache, items and hashes are those of the library", () => {
  const [library, quick] = [new Ethash(), new QuickEthash()];
  const seed = new Uint8Array(32).fill(7);
  for (const ethash of [library, quick]) ethash.mkcache(64 * 251, seed);
  for (const i of [0, 1, 250, 251, 70_000, 2 ** 31 + 5]) {
    assert.deepEqual(Buffer.from(quick.calcDatasetItem(i)), Buffer.from(library.calcDatasetItem(i)));
  }
  const run = (ethash: Ethash) => ethash.run(seed, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 128 * 1009);
  assert.deepEqual(run(quick), run(library));
});

test("mainnet's first block is sealed, and no longer with any part changed", async () => {
  assert.equal(await isSealed(FIRST), true);
  assert.equal(await isSealed({ ...FIRST, nonce: "0x539bd4979fef1ec5" }), false);
  assert.equal(await isSealed({ ...FIRST, mixHash: `0x${"00".repeat(32)}` }), false);
  assert.equal(await isSealed({ ...FIRST, timestamp: FIRST.timestamp + 1n }), false);
});
