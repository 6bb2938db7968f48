import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { random32, randomBytes, randomWord } from "./support/random.ts";
import { loadRoom } from "./support/room.ts";

const room = loadRoom("rlp");
const kernel = room.exports;
const [INPUT, OUTPUT, WORD] = [0x50000, 0x90000, 0x44000];

type Item = Uint8Array | Item[];

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const fromHex = (text: string) => new Uint8Array(Buffer.from(text.replace(/^0x/, ""), "hex"));

/** Writes the item at `out` with the kernel's writers; returns where it ends. */
function write(item: Item, out: number): number {
  if (Array.isArray(item)) {
    // The payload first, behind the longest possible prefix; then the prefix and the payload behind it.
    const room9 = out + 9;
    let end = room9;
    for (const child of item) end = write(child, end);
    const payload = room.bytes(room9, end - room9);
    const at = kernel.rlpWriteListHeader(out, payload.length);
    assert.equal(at - out, kernel.rlpHeaderLength(payload.length));
    room.write(at, payload);
    return at + payload.length;
  }
  room.write(INPUT, item);
  const end = kernel.rlpWriteBytes(out, INPUT, item.length);
  assert.equal(end - out, kernel.rlpLengthOfBytes(INPUT, item.length));
  return end;
}

const encode = (item: Item) => room.bytes(OUTPUT, write(item, OUTPUT) - OUTPUT);

/** Writes the item with the writers that go from the end to the begin; returns where it begins. */
function writeBack(item: Item, end: number): number {
  if (Array.isArray(item)) {
    let out = end;
    for (const child of item.toReversed()) out = writeBack(child, out);
    return kernel.rlpBackList(out, end) >>> 0;
  }
  room.write(INPUT, item);
  return kernel.rlpBackBytes(end, INPUT, item.length) >>> 0;
}

/** Reads the item at `at`; undefined where the kernel refuses it. */
function read(at: number, end: number): { item: Item; next: number } | undefined {
  if (!kernel.rlpItem(at, end)) return undefined;
  const [payload, length] = [kernel.rlpPayload.value, kernel.rlpLength.value];
  const [isList, next] = [kernel.rlpIsList.value !== 0, kernel.rlpNext.value];
  if (!isList) return { item: room.bytes(payload, length), next };
  const items: Item[] = [];
  for (let child = payload; child < payload + length; ) {
    const found = read(child, payload + length);
    if (found === undefined) return undefined;
    items.push(found.item);
    child = found.next;
  }
  return { item: items, next };
}

/** The item that is the whole of `bytes`; undefined where refused or something follows it. */
function decode(bytes: Uint8Array): Item | undefined {
  // What stands behind the end must not matter.
  room.write(INPUT, new Uint8Array(bytes.length + 16).fill(1));
  room.write(INPUT, bytes);
  const found = read(INPUT, INPUT + bytes.length);
  return found?.next === INPUT + bytes.length ? found.item : undefined;
}

function randomItem(next: () => number, depth: number): Item {
  if (depth > 0 && next() % 3 === 0) {
    return Array.from({ length: next() % 6 }, () => randomItem(next, depth - 1));
  }
  return randomBytes(next, [0, 1, 1, 2, 20, 32, 55, 56, 57, 255, 256, 1000][next() % 12]!);
}

describe("RLP", () => {
  it("writes the examples of the Yellow Paper's description", () => {
    const text = (value: string) => new Uint8Array(Buffer.from(value));
    assert.equal(hex(encode(text("dog"))), "83646f67");
    assert.equal(hex(encode([text("cat"), text("dog")])), "c88363617483646f67");
    assert.equal(hex(encode(text(""))), "80");
    assert.equal(hex(encode([])), "c0");
    assert.equal(hex(encode(Uint8Array.of(0x0f))), "0f");
    assert.equal(hex(encode(Uint8Array.of(0x80))), "8180");
    assert.equal(hex(encode([[], [[]], [[], [[]]]])), "c7c0c1c0c3c0c1c0");
    assert.equal(hex(encode(new Uint8Array(56))), `b838${"00".repeat(56)}`);
    assert.equal(hex(encode(new Uint8Array(65_536))).slice(0, 8), "ba010000");
  });

  it("reads back what it wrote", () => {
    const next = random32(1);
    for (let i = 0; i < 1000; i++) {
      const item = randomItem(next, 4);
      assert.deepEqual(decode(encode(item)), item);
    }
  });

  it("writes the same from the end to the begin", () => {
    const next = random32(4);
    // Behind what the longest item takes.
    const end = OUTPUT + 0x30000;
    for (let i = 0; i < 300; i++) {
      const item = randomItem(next, 4);
      const expected = hex(encode(item));
      const start = writeBack(item, end);
      assert.equal(hex(room.bytes(start, end - start)), expected);
    }
  });

  it("accepts one encoding of a value only: what it reads, it writes the same", () => {
    const next = random32(2);
    let accepted = 0;
    for (let i = 0; i < 20_000; i++) {
      const bytes = randomBytes(next, 1 + (next() % 4));
      if (i % 2) bytes[0] = [0x80, 0x81, 0xb8, 0xb9, 0xbf, 0xc0, 0xc1, 0xc3, 0xf8, 0xff][next() % 10]!;
      const item = decode(bytes);
      if (item === undefined) continue;
      accepted++;
      assert.equal(hex(encode(item)), hex(bytes));
    }
    assert.ok(accepted > 1000);
  });

  const refused: [string, string][] = [
    ["nothing", ""],
    ["a single byte below 0x80 with a prefix", "817f"],
    ["a single zero byte with a prefix", "8100"],
    ["a string cut off", "83646f"],
    ["a prefix alone", "81"],
    ["a long string of 55 bytes", `b837${"61".repeat(55)}`],
    ["a long string whose length starts with zero", `b90038${"61".repeat(56)}`],
    ["a long string without its length", "b8"],
    ["a long string whose length is cut off", "b901"],
    ["a long string cut off", `b838${"61".repeat(55)}`],
    ["a string of 2^32 - 1 bytes", "bbffffffff"],
    ["a string of 2^32 bytes", "bc0100000000"],
    ["a string of 2^64 - 1 bytes", "bfffffffffffffffff"],
    ["a list cut off", "c3c0c0"],
    ["a long list of 55 bytes", `f837${"61".repeat(55)}`],
    ["a long list whose length starts with zero", `f90038${"61".repeat(56)}`],
    ["a list of 2^32 - 1 bytes", "fbffffffff"],
    ["a list of 2^64 - 1 bytes", "ffffffffffffffffff"],
    ["an item that reaches beyond its list", "c18161"],
    ["a second item", "8080"],
  ];
  for (const [what, bytes] of refused) {
    it(`refuses ${what}`, () => assert.equal(decode(fromHex(bytes)), undefined));
  }

  it("refuses an item at the end of a range, and behind it", () => {
    room.write(INPUT, Uint8Array.of(1, 2));
    assert.equal(kernel.rlpItem(INPUT, INPUT), 0);
    assert.equal(kernel.rlpItem(INPUT + 1, INPUT), 0);
  });

  it("is not misled by lengths that wrap around the address space", () => {
    for (const prefix of ["bb", "fb"]) {
      for (const length of ["fffafffa", "fffb0000", "ffffffff", "80000000"]) {
        room.write(INPUT, fromHex(prefix + length));
        assert.equal(kernel.rlpItem(INPUT, INPUT + 5), 0);
      }
    }
  });

  it("counts the items of a list without looking inside them", () => {
    const encoded = encode([new Uint8Array(3), [[], []], Uint8Array.of(1)]);
    room.write(INPUT, encoded);
    assert.equal(kernel.rlpList(INPUT, INPUT + encoded.length), 1);
    const payload = kernel.rlpPayload.value;
    assert.equal(kernel.rlpCount(payload, INPUT + encoded.length), 3);
    assert.equal(kernel.rlpCount(payload, INPUT + encoded.length - 1), 2);
    assert.equal(kernel.rlpCount(payload, payload + 2), -1);
    assert.equal(kernel.rlpCount(payload, payload), 0);
  });

  it("tells lists, strings and strings of a given length apart", () => {
    const types = (text: string, length: number) => {
      room.write(INPUT, fromHex(text));
      const end = INPUT + text.length / 2;
      return [
        kernel.rlpList(INPUT, end),
        kernel.rlpString(INPUT, end),
        kernel.rlpFixedString(INPUT, end, length),
      ].map(Boolean);
    };
    assert.deepEqual(types("c161", 1), [true, false, false]);
    assert.deepEqual(types("83646f67", 3), [false, true, true]);
    assert.deepEqual(types("83646f67", 2), [false, true, false]);
    assert.deepEqual(types("80", 0), [false, true, true]);
    assert.deepEqual(types("83646f", 3), [false, false, false]);
  });
});

describe("integers in RLP", () => {
  function readU64(text: string): bigint | undefined {
    room.write(INPUT, fromHex(text));
    if (!kernel.rlpU64(INPUT, INPUT + text.length / 2)) return undefined;
    return BigInt.asUintN(64, kernel.rlpValue.value);
  }

  function getWord(): bigint {
    return BigInt(`0x${hex(room.bytes(WORD, 32).reverse())}`);
  }

  function putWord(value: bigint): void {
    room.write(WORD, fromHex(value.toString(16).padStart(64, "0")).reverse());
  }

  function readWord(text: string): bigint | undefined {
    room.write(INPUT, fromHex(text));
    return kernel.rlpWord(INPUT, INPUT + text.length / 2, WORD) ? getWord() : undefined;
  }

  /** The encoding by definition. */
  function integer(value: bigint): string {
    if (value === 0n) return "80";
    const digits = value.toString(16);
    const bytes = digits.length % 2 ? `0${digits}` : digits;
    return value < 0x80n ? bytes : (0x80 + bytes.length / 2).toString(16) + bytes;
  }

  it("writes and reads every size", () => {
    const next = random32(3);
    for (let i = 0; i < 5000; i++) {
      const value = i < 300 ? BigInt(i) : randomWord(next);
      putWord(value);
      const end = kernel.rlpWriteWord(OUTPUT, WORD);
      assert.equal(hex(room.bytes(OUTPUT, end - OUTPUT)), integer(value));
      assert.equal(kernel.rlpLengthOfWord(WORD), end - OUTPUT);
      assert.equal(readWord(integer(value)), value);
      const back = kernel.rlpBackWord(end, WORD);
      assert.equal(hex(room.bytes(back, end - back)), integer(value));
      const low = BigInt.asUintN(64, value);
      const lowBack = kernel.rlpBackU64(end, low);
      assert.equal(hex(room.bytes(lowBack, end - lowBack)), integer(low));
      const lowEnd = kernel.rlpWriteU64(OUTPUT, low);
      assert.equal(hex(room.bytes(OUTPUT, lowEnd - OUTPUT)), integer(low));
      assert.equal(kernel.rlpLengthOfU64(low), lowEnd - OUTPUT);
      assert.equal(readU64(integer(low)), low);
    }
  });

  it("refuses leading zeros, lists, what is too large, and leaves the word alone", () => {
    for (const text of ["00", "8100", "820001", "c0", "c101", "", "82ff"]) {
      putWord(7n);
      assert.equal(readU64(text), undefined, text);
      assert.equal(readWord(text), undefined, text);
      assert.equal(getWord(), 7n);
    }
    assert.equal(readU64(`89${"ff".repeat(9)}`), undefined);
    assert.equal(readWord(`89${"ff".repeat(9)}`), 2n ** 72n - 1n);
    assert.equal(readWord(`a0${"ff".repeat(32)}`), 2n ** 256n - 1n);
    assert.equal(readWord(`a1${"ff".repeat(33)}`), undefined);
    assert.equal(readU64(`88${"ff".repeat(8)}`), 2n ** 64n - 1n);
  });
});

const vectors = new URL("../../../../shared/conformance/codec-vectors/rlp.json.gz", import.meta.url);
describe("published RLP vectors", { skip: !existsSync(vectors) && "no shared vectors" }, () => {
  type Value = string | Value[];
  const item = (value: Value): Item => (Array.isArray(value) ? value.map(item) : fromHex(value));
  it("are written and read", () => {
    const cases = JSON.parse(gunzipSync(readFileSync(vectors)).toString()) as {
      name: string;
      decoded: Value;
      encoded: string;
    }[];
    assert.ok(cases.length > 0);
    for (const { name, decoded, encoded } of cases) {
      assert.equal(`0x${hex(encode(item(decoded)))}`, encoded, name);
      assert.deepEqual(decode(fromHex(encoded)), item(decoded), name);
    }
  });
});
