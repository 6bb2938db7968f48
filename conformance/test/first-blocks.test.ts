import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { EVERYTHING } from "../src/selection.ts";
import { runFirstBlocks } from "../src/suites/first-blocks.ts";

/** genesis.json.xz with one account, which is not mainnet's. */
const GENESIS =
  "/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4AGiAJNdAD2Iicc0BYlrrISCt9TteP3IbkY6TnGLjsQVrE3e4aaDs9Zle7zcphKK0w4w" +
  "o9nyveUTH4HIidEu3VUx58qssdcSTAPPqPERk8CHh2m+6CplIhJ1gAjn+rapg3YKAZT4sQhDbzKboDaXVwe8hrrIkgbHuulEGZFp" +
  "q0zGsSaNnDZorFgeXs9YLMVK3039hUezmUV2AAAAYpEO/wABqwGjAwAA8hR20D4wDYsCAAAAAAFZWg==";

/** chain.rlp.xz: mainnet's block 1. */
const CHAIN =
  "/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4AIYAQxdAHyAfrmD8MVBiIfP8QwyVHpHZ/HfsCkOpSgss00DjqB+Qa6l28LE0Z/4YSso" +
  "+Yrq2tgt3+8gLousHDOUzgp5J1AKGOwu8GlLIHT3AgXCn89yTMTEWm73+NveQW1vh5eyfj3Ku3twN3fAtJY+e+TAebWG4MC9ilNZ" +
  "odswu+5uGL9/8NMUcGdKQGkhKQ2YPKYwCaE9eLQpGJtuqRjtDH6/hyAToRdrtQboaZzgYN1fhMfcJeJR+wc7vMDQ3g7PuS3koR+0" +
  "HY/ji4E9Yd00Q3OOzTOderuPkhZeVBZa2nm99/7A0taiMmvc/SihkOj8epRrRK4UHgY28fdIPl8QCte56Mws+22vgoD7tB6YIAAA" +
  "634uKAABpAKZBAAAt9JZ/D4wDYsCAAAAAAFZWg==";

function corpus(): string {
  const root = mkdtempSync(join(tmpdir(), "heddle-first-blocks-"));
  const folder = join(root, "mainnet-first-8192");
  mkdirSync(folder);
  writeFileSync(join(folder, "genesis.json.xz"), Buffer.from(GENESIS, "base64"));
  writeFileSync(join(folder, "chain.rlp.xz"), Buffer.from(CHAIN, "base64"));
  const head = { lastBlock: 10, headHash: "0x", headStateRoot: "0x", totalDifficulty: "0x0" };
  writeFileSync(join(folder, "head.json"), JSON.stringify(head));
  return root;
}

const options = { corpus: corpus(), rules: [], selection: EVERYTHING, mode: "in-order" } as const;

test("a chain is run up to the block that is refused, and what is behind it is missed", async () => {
  const tally = await runFirstBlocks(options);
  assert.deepEqual({ total: tally.total, ...tally.sum() }, { total: 10, passed: 0, failed: 1, skipped: 0 });
  const [failure] = tally.failures;
  assert.equal(failure?.key, "mainnet-first-8192/chain.rlp#Frontier#0");
  assert.match(failure!.differences[0]!.ours, /header.parentHash/);
  assert.match(tally.problems([]).join(), /the index promises 10 entries, but 1 were met/);
});

test("a share of the chain is its begin, and reaches what failed once", async () => {
  const total = async (share: number, always: string[]) =>
    (await runFirstBlocks({ ...options, selection: { ...EVERYTHING, share, always } })).total;
  assert.equal(await total(0.25, []), 3);
  assert.equal(await total(0.25, ["mainnet-first-8192/chain.rlp#Frontier#6", "blocks/x#Osaka#9"]), 7);
});

test("without its files, or left out by the filter, nothing is promised", async () => {
  assert.equal((await runFirstBlocks({ ...options, corpus: tmpdir() })).total, 0);
  assert.equal(
    (await runFirstBlocks({ ...options, selection: { ...EVERYTHING, filter: "eip4844" } })).total,
    0,
  );
});
