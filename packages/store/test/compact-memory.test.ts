import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteArena, NumberList } from "../src/byte-arena.ts";
import { HashIndex, HashSet } from "../src/hash-index.ts";
import { MainLine } from "../src/main-line.ts";
import { sequence, sha256 } from "./support/chain.ts";

const hashOf = (text: string) => Buffer.from(sha256(text).slice(2), "hex");

test("an arena gives back what was appended, through truncation and dropping", () => {
  const random = sequence(3);
  const arena = new ByteArena();
  let kept: { position: number; bytes: Uint8Array }[] = [];
  for (let i = 0; i < 3000; i++) {
    const bytes = Uint8Array.from({ length: random(i % 100 === 0 ? 100_000 : 200) }, () => random(256));
    const cut = random(bytes.length + 1);
    kept.push({ position: arena.append(bytes.subarray(0, cut), bytes.subarray(cut)), bytes });
    if (random(50) === 0) {
      const from = random(kept.length);
      arena.truncate(kept[from]!.position);
      kept = kept.slice(0, from);
    }
    if (random(200) === 0 && kept.length > 0) {
      const from = random(kept.length);
      arena.dropBefore(kept[from]!.position);
      kept = kept.slice(from);
    }
  }
  assert.ok(kept.length > 10);
  for (const { position, bytes } of kept) assert.deepEqual(arena.read(position, bytes.length), bytes);
});

test("what was dropped from an arena takes no memory", () => {
  const arena = new ByteArena();
  for (let i = 0; i < 400; i++) arena.dropBefore(arena.append(new Uint8Array(100_000)));
  assert.ok(arena.size < 40_000_000);
});

test("a list finds the last number that is not above another", () => {
  const list = new NumberList();
  for (let i = 0; i < 300; i++) list.push(i * 10);
  for (const [value, index] of [
    [0, 0],
    [9, 0],
    [10, 1],
    [2990, 299],
    [9999, 299],
  ] as const) {
    assert.equal(list.lastUpTo(value), index);
  }
  list.shift(100);
  assert.equal(list.length, 200);
  assert.equal(list.at(0), 1000);
});

test("an index finds what was set and not removed, whatever was removed between", () => {
  const random = sequence(9);
  const hashes: Buffer[] = [];
  const index = new HashIndex((id) => hashes[id]!);
  const wanted = new Map<number, boolean>();
  for (let i = 0; i < 5000; i++) {
    hashes.push(hashOf(`hash ${i}`));
    index.set(hashes[i]!, i);
    wanted.set(i, true);
    const victim = random(hashes.length);
    if (random(2) === 0) {
      index.remove(hashes[victim]!, victim);
      wanted.set(victim, false);
    }
  }
  for (const [id, isThere] of wanted) assert.equal(index.get(hashes[id]!), isThere ? id : undefined);
});

test("a hash that two numbers have is the later one's, and removing the earlier leaves it", () => {
  const hash = hashOf("twice");
  const index = new HashIndex(() => hash);
  index.set(hash, 1);
  index.set(hash, 2);
  assert.equal(index.get(hash), 2);
  index.remove(hash, 1);
  assert.equal(index.get(hash), 2);
});

test("a set has what was added once", () => {
  const set = new HashSet();
  for (let i = 0; i < 1000; i++) assert.equal(set.add(hashOf(String(i))), true);
  for (let i = 0; i < 1000; i++) assert.equal(set.add(hashOf(String(i))), false);
  assert.equal(set.has(hashOf("1000")), false);
});

test("a hundred thousand transactions take little more than their bytes", () => {
  const line = new MainLine(0n);
  const payload = new Uint8Array(100 * 110);
  let bytes = 0;
  for (let number = 0n; number < 1000n; number++) {
    const transactionHashes = Buffer.concat(
      Array.from({ length: 100 }, (_, i) => hashOf(`transaction ${number} ${i}`)),
    );
    bytes += payload.length + transactionHashes.length;
    const hash = sha256(`block ${number}`);
    line.append({
      number,
      hash,
      stateRoot: hash,
      payload,
      transactionHashes,
      undo: [],
      changes: [],
      position: 0,
    });
  }
  // Pieces double up to 16 MiB: at most one of them is empty.
  assert.ok(line.size < bytes * 1.1 + 2 ** 24, `${line.size} for ${bytes}`);
  assert.deepEqual(line.transaction(sha256("transaction 700 42")), { block: 700n, index: 42 });
  assert.equal(line.number(sha256("block 999")), 999n);
});
