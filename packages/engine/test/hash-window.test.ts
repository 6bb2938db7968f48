import assert from "node:assert/strict";
import { test } from "node:test";
import { HashWindows } from "../src/hash-window.ts";
import { type Hex, toHex } from "../src/hex.ts";

/** The hash of a block on a line of blocks: from `fork` on it is the line's own. */
const hashOf =
  (line: number, fork = 0n) =>
  (number: bigint): Hex =>
    `0x${(number < fork ? 0 : line).toString(16).padStart(2, "0")}${number.toString(16).padStart(62, "0")}`;

/** What BLOCKHASH gives for `number` by a table. */
const at = (table: Uint8Array, number: bigint) => {
  const place = Number(number % 256n) * 32;
  return toHex(table.subarray(place, place + 32));
};

const LONGEST = 700n;

test("each block has the hashes of the 256 before it, of which all but one are known from the block before", async () => {
  const windows = new HashWindows();
  let asked = 0;
  const lookUp = (number: bigint) => {
    asked++;
    return hashOf(1)(number);
  };
  for (let number = 1n; number <= LONGEST; number++) {
    const table = await windows.before(number, hashOf(1)(number - 1n), lookUp);
    for (let n = number > 256n ? number - 256n : 0n; n < number; n++)
      assert.equal(at(table, n), hashOf(1)(n));
  }
  assert.ok(asked <= Number(LONGEST));
});

test("a table that was given before stays as it was", async () => {
  const windows = new HashWindows();
  const before = await windows.before(300n, hashOf(1)(299n), hashOf(1));
  await windows.before(301n, hashOf(1)(300n), hashOf(1));
  assert.equal(at(before, 44n), hashOf(1)(44n));
});

test("of a block on another line the hashes are that line's", async () => {
  const windows = new HashWindows();
  await windows.before(400n, hashOf(1)(399n), hashOf(1));
  const other = hashOf(2, 390n);
  const table = await windows.before(401n, other(400n), other);
  for (let n = 145n; n < 401n; n++) assert.equal(at(table, n), other(n));
  const back = await windows.before(391n, other(390n), other);
  for (let n = 135n; n < 391n; n++) assert.equal(at(back, n), other(n));
});

test("hashes that were not known are looked up again", async () => {
  const windows = new HashWindows();
  const known = new Map<bigint, Hex>();
  const lookUp = async (number: bigint) => known.get(number);
  const table = await windows.before(3n, hashOf(1)(2n), lookUp);
  assert.equal(at(table, 1n), `0x${"00".repeat(32)}`);
  known.set(1n, hashOf(1)(1n));
  assert.equal(at(await windows.before(3n, hashOf(1)(2n), lookUp), 1n), hashOf(1)(1n));
});

test("a hash that cannot be found fails whoever waits for it, and nobody else", async () => {
  const windows = new HashWindows();
  const gone = async () => {
    throw new Error("the remote is gone");
  };
  assert.equal(windows.atOnce(3n, hashOf(1)(2n), gone), undefined);
  await assert.rejects(windows.before(3n, hashOf(1)(2n), gone), /gone/);
  // What nobody has caught would be told by now.
  await new Promise((resolve) => setImmediate(resolve));
});
