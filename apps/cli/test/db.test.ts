import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createEngine } from "@heddle/engine";
import { encodeEdits, openStore, RecordType, type StoredBlock } from "@heddle/store";
import { heddle } from "./support/heddle.ts";

/** A store of three blocks, of which the second is the checkpoint's. */
async function storeOfThree(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "heddle-db-"));
  const engine = await createEngine({ workers: 0 });
  const hash = (number: number) => `0x${String(number).padStart(64, "0")}` as const;
  const nothing = new Uint8Array(0);
  const block = (number: number): StoredBlock => ({
    number: BigInt(number),
    hash: hash(number),
    stateRoot: engine.stateRoot!,
    payload: nothing,
    transactionHashes: nothing,
    undo: [],
    changes: [],
    position: 0,
  });
  const funds = (balance: bigint) => [{ address: `0x${"a1".repeat(20)}`, balance }] as const;
  await engine.edit(funds(5n));
  const store = await openStore({ directory, chain: { chainId: 1n, genesisHash: hash(0) } });
  await store.initialise(block(0), funds(5n));
  for (const number of [1, 2, 3]) {
    const edits = funds(BigInt(5 + number));
    const { undo } = await engine.edit(edits);
    const position = store.log!.append(RecordType.block, Buffer.from(`block ${number}`));
    store.append({ ...block(number), undo: [undo], changes: [encodeEdits(edits)], position });
  }
  await store.writeCheckpoint(2n);
  await store.close();
  await engine.close();
  return directory;
}

test("heddle db check says what is there, and what is wrong with it", async () => {
  const folder = await storeOfThree();
  const whole = await heddle("db", "check", folder);
  assert.equal(whole.code, 0, whole.err);
  assert.match(
    whole.out,
    /: checkpoint of block 2, 3 blocks, 1 account, 0 slots, \d+ records?\n✓ all fits together\n$/,
  );
  const json = JSON.parse((await heddle("db", "check", folder, "--json")).out);
  assert.deepEqual([json.checkpoint.number, json.blocks, json.problems], [2, 3, []]);

  const database = join(folder, "state", "data.mdb");
  const bytes = readFileSync(database);
  // The account's old balance stands in the history of a block, and in the undo record.
  let damaged = 0;
  for (
    let at = bytes.indexOf("a1".repeat(20), 0, "hex");
    at >= 0;
    at = bytes.indexOf("a1".repeat(20), at + 1, "hex")
  ) {
    bytes[at + 19] = 0xa2;
    damaged++;
  }
  assert.ok(damaged > 0);
  writeFileSync(database, bytes);
  const broken = await heddle("db", "check", folder);
  assert.equal(broken.code, 1);
  assert.match(broken.out, /✗ \d+ problems?\n {2}\S/);
});

test("heddle db prune removes what is not needed and says how much", async () => {
  const folder = await storeOfThree();
  const { code, out } = await heddle("db", "prune", folder, "--keep-history", "1");
  assert.equal(code, 0);
  assert.match(out, /removed \d+ trie nodes?, 0 codes, history of 1 block\n$/);
  const again = JSON.parse((await heddle("db", "prune", folder, "--json")).out);
  assert.deepEqual([again.nodes, again.codes, again.blocks], [0, 0, 0]);
  assert.equal((await heddle("db", "check", folder)).code, 0);
});

test("heddle db migrate says that a folder is of this version already", async () => {
  const { code, out } = await heddle("db", "migrate", await storeOfThree());
  assert.equal(code, 0);
  assert.match(out, /is of format \d+ already\n$/);
});

test("heddle db says what is wrong with a folder in a line", async () => {
  const none = await heddle("db", "check", join(tmpdir(), "heddle-nowhere"));
  assert.deepEqual(
    [none.code, none.err],
    [2, `heddle: ${join(tmpdir(), "heddle-nowhere")}: there is no such folder\n`],
  );
  const foreign = mkdtempSync(join(tmpdir(), "heddle-foreign-"));
  mkdirSync(join(foreign, "photos"));
  for (const command of ["check", "prune", "migrate"]) {
    const { code, err } = await heddle("db", command, foreign);
    assert.equal(code, 1);
    assert.match(err, /^heddle: .*heddle-foreign.*\n$/);
  }
  const newer = await storeOfThree();
  const stamp = join(newer, "heddle-store.json");
  writeFileSync(stamp, JSON.stringify({ ...JSON.parse(readFileSync(stamp, "utf8")), format: 99 }));
  const { code, err } = await heddle("db", "check", newer);
  assert.equal(code, 1);
  assert.match(err, /99/);
  const wrong = await heddle("db", "prune", foreign, "--keep-history", "some");
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /--keep-history.*whole number/);
});
