import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Hex } from "@heddle/engine";
import { checkStore, cutLog, pruneStore } from "@heddle/store";
import { type Chain, type ChainOptions, HistoryGoneError, openChain } from "../src/index.ts";
import { directory } from "./support/directories.ts";
import { alice, bob, COUNTER, genesisOf, signed } from "./support/people.ts";

const opened: Chain[] = [];
after(() => Promise.all(opened.map((chain) => chain.close())));

async function open(path: string, options: Partial<ChainOptions> = {}): Promise<Chain> {
  const genesis = genesisOf([alice, bob]);
  const chain = await openChain({ genesis, workers: 0, memoryLimit: 2 ** 27, directory: path, ...options });
  opened.push(chain);
  return chain;
}

let minute = 0n;
async function extend(chain: Chain, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const nonce = (await chain.state().account(alice.address))!.nonce;
    const transactions = [signed(alice, { nonce, to: COUNTER })];
    minute = chain.head.header.timestamp + 60n;
    await chain.mine({ transactions, timestamp: minute });
  }
}

const logOf = (path: string) =>
  readdirSync(join(path, "log"))
    .sort()
    .map((name) => join(path, "log", name));
const counted = (chain: Chain, address: Hex) =>
  chain.state().storage(COUNTER, `0x${address.slice(2).padStart(64, "0")}`);

/** A directory with a chain of five blocks that was not closed, and where each one's record ends in the log's last file. */
async function written(): Promise<{ path: string; ends: number[]; hashes: Hex[] }> {
  const path = directory();
  const chain = await open(path);
  const ends: number[] = [];
  const hashes: Hex[] = [];
  for (let i = 0; i < 5; i++) {
    await extend(chain, 1);
    ends.push(statSync(logOf(path).at(-1)!).size);
    hashes.push(chain.head.hash);
  }
  await chain.close();
  // The mark of a log that was closed.
  truncateSync(logOf(path).at(-1)!, ends.at(-1)!);
  return { path, ends, hashes };
}

test("a last record that was cut off is cut away, and the chain ends before it", async () => {
  for (const missing of [1, 100, 500]) {
    const { path, ends, hashes } = await written();
    truncateSync(logOf(path).at(-1)!, ends.at(-1)! - missing);
    const chain = await open(path);
    assert.equal(chain.head.hash, hashes[3]);
    assert.ok(chain.recovery!.bytes > 0);
    await extend(chain, 1);
    assert.equal(await counted(chain, alice.address), 5n);
    await chain.close();
    assert.deepEqual((await checkStore(path)).problems, []);
  }
});

test("a log that lacks its last records is a chain that ends earlier", async () => {
  const { path, ends, hashes } = await written();
  truncateSync(logOf(path).at(-1)!, ends[1]!);
  const chain = await open(path);
  assert.equal(chain.head.hash, hashes[1]);
  assert.equal(await counted(chain, alice.address), 2n);
});

test("a byte that was changed is found and named, nothing is touched, and the log can be cut there", async () => {
  const { path, ends, hashes } = await written();
  const [file] = logOf(path);
  const bytes = readFileSync(file!);
  bytes[ends[2]! + 200]! ^= 1;
  writeFileSync(file!, bytes);
  const refused = await open(path).catch((error) => error);
  assert.equal(refused.name, "CorruptLogError");
  assert.equal(refused.offset, ends[2]);
  assert.match(refused.message, /cutLog|restore/i);
  assert.deepEqual(readFileSync(file!), bytes);
  assert.notDeepEqual((await checkStore(path)).problems, []);
  cutLog(join(path, "log"), refused.position);
  const chain = await open(path);
  assert.equal(chain.head.hash, hashes[2]);
  await extend(chain, 2);
  assert.equal(await counted(chain, alice.address), 5n);
});

test("a file of the state that was cut short is refused, not read as something else", async () => {
  const path = directory();
  const chain = await open(path, { checkpointDistance: 0, checkpointEvery: 1 });
  await extend(chain, 4);
  await chain.close();
  const data = join(path, "state", "data.mdb");
  truncateSync(data, 5000);
  await assert.rejects(open(path), { name: "StoreError", code: "STATE_CUT" });
});

/** A disk that can be told to be full, or to fail when it flushes. */
function disk() {
  const state = {
    isFull: false,
    fails: false,
    write(fd: number, bytes: Uint8Array, from: number, length: number, at: number) {
      if (state.isFull) throw Object.assign(new Error("ENOSPC: full"), { code: "ENOSPC" });
      return writeSync(fd, bytes, from, length, at);
    },
    flush: (_fd: number, done: (error: Error | null) => void) =>
      void setImmediate(done, state.fails ? Object.assign(new Error("EIO"), { code: "EIO" }) : null),
  };
  return state;
}

test("a full disk refuses what is asked for, changes nothing, and goes on when there is room again", async () => {
  const path = directory();
  const full = disk();
  const chain = await open(path, { disk: full });
  await extend(chain, 2);
  const { hash } = chain.head;
  const root = chain.engine.stateRoot;
  full.isFull = true;
  const refused = { name: "DiskFullError" };
  await assert.rejects(chain.mine({ timestamp: minute + 60n }), refused);
  await assert.rejects(chain.edit([{ address: bob.address, balance: 1n }]), refused);
  await assert.rejects(chain.pool.add(signed(alice, { nonce: 2n })), refused);
  await assert.rejects(chain.rewind(chain.mark(1n)), refused);
  await assert.rejects(chain.setForkChoice({ head: chain.block(1n)!.hash }), refused);
  assert.equal(chain.head.hash, hash);
  assert.equal(chain.engine.stateRoot, root);
  assert.equal(chain.pool.size, 0);
  full.isFull = false;
  await chain.edit([{ address: bob.address, balance: 1n }]);
  await extend(chain, 1);
  const after = chain.engine.stateRoot;
  await chain.close();
  const again = await open(path);
  assert.equal(again.head.number, 3n);
  assert.equal(again.engine.stateRoot, after);
});

test("a disk that fails ends the chain: nothing more is told until it is opened again", async () => {
  const path = directory();
  const failing = disk();
  const chain = await open(path, { disk: failing });
  await extend(chain, 1);
  const { hash } = chain.head;
  const told: bigint[] = [];
  chain.on("block", ({ number }) => told.push(number));
  failing.fails = true;
  await assert.rejects(extend(chain, 1), { name: "ChainFailedError" });
  failing.fails = false;
  await assert.rejects(chain.mine(), { name: "ChainFailedError" });
  await assert.rejects(chain.edit([{ address: bob.address, balance: 1n }]), { name: "ChainFailedError" });
  assert.equal(chain.head.hash, hash);
  assert.deepEqual(told, []);
  await chain.close().catch(() => undefined);
  const again = await open(path);
  // It was written, though nobody could say so.
  assert.ok(again.head.number >= 1n);
  await extend(again, 1);
});

test("going back behind the kept history is refused by name, and so is reading there", async () => {
  const path = directory();
  const chain = await open(path, { checkpointDistance: 1, checkpointEvery: 1 });
  await extend(chain, 12);
  await chain.close();
  await pruneStore(path, { keepHistory: 3 });
  const again = await open(path);
  assert.equal(again.head.number, 12n);
  const { hash } = again.head;
  await assert.rejects(again.setForkChoice({ head: again.block(2n)!.hash }), HistoryGoneError);
  await assert.rejects(again.rewind(again.mark(2n)), HistoryGoneError);
  await assert.rejects(again.state(2n).account(alice.address), HistoryGoneError);
  assert.equal(again.head.hash, hash);
  assert.equal((await again.state(11n).account(alice.address))!.nonce, 11n);
  await again.setForkChoice({ head: again.block(10n)!.hash });
  assert.equal(await counted(again, alice.address), 10n);
});
