import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { InvalidArgumentError } from "@heddle/engine";
import {
  CorruptLogError,
  cutLog,
  Log,
  type LogOptions,
  type LogRecord,
  RecordType,
  StoreClosedError,
} from "../src/index.ts";
import { RECORD_HEADER, SEGMENT_HEADER } from "../src/log/record.ts";
import { folder } from "./support/folders.ts";

const TYPES = Object.values(RecordType);

/** Numbers that look random and are the same every time. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Written {
  type: RecordType;
  payload: Uint8Array;
  end: number;
}

function write(log: Log, count: number, seed = 1, longest = 300): Written[] {
  const random = sequence(seed);
  return Array.from({ length: count }, () => {
    const type = TYPES[random(TYPES.length)]!;
    const payload = Uint8Array.from({ length: random(longest) }, () => random(256));
    return { type, payload, end: log.append(type, payload) };
  });
}

const plain = (records: Iterable<LogRecord>): Written[] =>
  [...records].map(({ type, payload, end }) => ({ type, payload: Uint8Array.from(payload), end }));

const file = (path: string, at = -1) => join(path, readdirSync(path).sort().at(at)!);

/** A log of five flushed records that was left open, as by a process that was killed. */
async function killedLog(options: LogOptions = {}): Promise<{ path: string; written: Written[] }> {
  const source = folder();
  const log = Log.open(source, options);
  const written: Written[] = [];
  for (let i = 0; i < 5; i++) {
    written.push(...write(log, 1, i + 1, 60));
    await log.durable(log.end);
  }
  const path = folder();
  cpSync(source, path, { recursive: true });
  await log.close();
  return { path, written };
}

for (const segmentBytes of [1, 700, 2 ** 25]) {
  test(`what is read is what was appended, in files of ${segmentBytes} bytes, before and after a restart`, async () => {
    const path = folder();
    const log = Log.open(path, { fsync: "never", segmentBytes });
    const written = write(log, 200);
    assert.deepEqual(plain(log.records()), written);
    await log.close();
    const again = Log.open(path, { segmentBytes });
    assert.equal(again.recovery, undefined);
    assert.deepEqual(plain(again.records()), written);
    const more = write(again, 50, 2);
    assert.deepEqual(plain(again.records()), [...written, ...more]);
    assert.deepEqual(plain(again.records(written[120]!.end)), [...written.slice(121), ...more]);
    await again.close();
  });
}

test("a payload may come in parts, and may be empty", async () => {
  const log = Log.open(folder());
  log.append(RecordType.block, Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3));
  log.append(RecordType.pool);
  assert.deepEqual(
    plain(log.records()).map(({ payload }) => [...payload]),
    [[1, 2, 3], []],
  );
  await log.close();
});

test("a last record that is cut off at any byte is dropped, reported, and written over", async () => {
  const { path, written } = await killedLog();
  const end = readFileSync(file(path)).length;
  const last = RECORD_HEADER + written[4]!.payload.length;
  for (let cut = 1; cut < last; cut++) {
    const copy = folder();
    cpSync(path, copy, { recursive: true });
    truncateSync(file(copy), end - cut);
    const log = Log.open(copy);
    assert.equal(log.recovery?.bytes, last - cut);
    assert.equal(log.recovery?.position, written[3]!.end);
    const [added] = write(log, 1, cut);
    assert.deepEqual(plain(log.records()), [...written.slice(0, 4), added]);
    await log.close();
  }
});

test("a flipped bit at any byte is never read as a record, and before the last record it is refused", async () => {
  const { path, written } = await killedLog();
  const whole = readFileSync(file(path));
  for (let at = 0; at < whole.length; at++) {
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 1 << (at % 8);
    const copy = folder();
    cpSync(path, copy, { recursive: true });
    writeFileSync(file(copy), bytes);
    if (at < SEGMENT_HEADER + written[3]!.end) {
      const flipped = written.findLast(({ end }) => end + SEGMENT_HEADER <= at);
      const position = flipped?.end ?? 0;
      assert.throws(
        () => Log.open(copy),
        (error) =>
          error instanceof CorruptLogError && error.position === position && error.file === file(copy),
        `byte ${at}`,
      );
      assert.deepEqual(readFileSync(file(copy)), bytes, "nothing was touched");
    } else {
      const log = Log.open(copy);
      assert.deepEqual(plain(log.records()), written.slice(0, 4), `byte ${at}`);
      assert.notEqual(log.recovery, undefined);
      await log.close();
    }
  }
});

test("in a log that was closed a flipped bit is refused in the last record too", async () => {
  const path = folder();
  const log = Log.open(path);
  write(log, 3);
  const end = log.end;
  await log.close();
  const bytes = readFileSync(file(path));
  bytes[end + SEGMENT_HEADER - 1]! ^= 1;
  writeFileSync(file(path), bytes);
  assert.throws(() => Log.open(path), CorruptLogError);
});

test("records that were written but never flushed are cut away where one of them is broken", async () => {
  const source = folder();
  const log = Log.open(source, { fsync: "never" });
  const written = write(log, 5, 3);
  const path = folder();
  cpSync(source, path, { recursive: true });
  await log.close();
  // The machine died: the page of the third was not written, that of the fourth was.
  const bytes = readFileSync(file(path));
  bytes.fill(0, SEGMENT_HEADER + written[1]!.end, SEGMENT_HEADER + written[2]!.end);
  writeFileSync(file(path), bytes);
  const again = Log.open(path);
  assert.deepEqual(plain(again.records()), written.slice(0, 2));
  assert.equal(again.recovery?.position, written[1]!.end);
  await again.close();
});

test("a damaged or shortened file between others is refused when it is read", async () => {
  const path = folder();
  const log = Log.open(path, { segmentBytes: 500 });
  const written = write(log, 20);
  await log.close();
  const bytes = readFileSync(file(path, 1));
  const base = Number(readdirSync(path).sort()[1]!.slice(0, 16));
  for (const damaged of [bytes.subarray(0, -1), bytes.fill(0xff, bytes.length - 3)]) {
    writeFileSync(file(path, 1), damaged);
    const again = Log.open(path, { segmentBytes: 500 });
    const read: LogRecord[] = [];
    assert.throws(() => {
      for (const record of again.records()) read.push(record);
    }, CorruptLogError);
    assert.ok(read.length > 0 && read.at(-1)!.end >= base);
    assert.deepEqual(plain(read), written.slice(0, read.length));
    await again.close();
  }
  // Shortened at the end of a record: every record in it is whole.
  const first = written.find(({ end }) => end > base)!;
  writeFileSync(file(path, 1), bytes.subarray(0, first.end - base + SEGMENT_HEADER));
  const again = Log.open(path);
  assert.throws(() => [...again.records()], CorruptLogError);
  await again.close();
});

test("what follows a damaged record can be given up", async () => {
  const path = folder();
  const log = Log.open(path, { segmentBytes: 500 });
  const written = write(log, 20);
  await log.close();
  const name = file(path, 1);
  const bytes = readFileSync(name);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(name, bytes);
  const damaged = Log.open(path);
  let found: CorruptLogError | undefined;
  try {
    for (const _ of damaged.records());
  } catch (error) {
    found = error as CorruptLogError;
  }
  await damaged.close();
  assert.ok(cutLog(path, found!.position) > 0);
  const again = Log.open(path);
  const kept = written.filter(({ end }) => end <= found!.position);
  assert.deepEqual(plain(again.records()), kept);
  assert.equal(again.end, found!.position);
  await again.close();
});

test("old files are dropped, and positions go on", async () => {
  const path = folder();
  const log = Log.open(path, { segmentBytes: 500 });
  const written = write(log, 40);
  const from = written[25]!.end;
  assert.ok(log.dropBefore(from) > 1);
  assert.ok(log.start <= from && log.start > 0);
  assert.deepEqual(plain(log.records(from)), written.slice(26));
  assert.throws(() => [...log.records(0)], InvalidArgumentError);
  const { start, end } = log;
  await log.close();
  const again = Log.open(path);
  assert.equal(again.start, start);
  assert.ok(again.end >= end);
  assert.deepEqual(plain(again.records(from)), written.slice(26));
  await again.close();
});

test("a file whose making was cut off is made again", async () => {
  const source = folder();
  const log = Log.open(source, { segmentBytes: 500 });
  const written = write(log, 5);
  const next = `${String(log.end).padStart(16, "0")}.log`;
  for (const length of [0, 1, SEGMENT_HEADER - 1, SEGMENT_HEADER]) {
    const path = folder();
    cpSync(source, path, { recursive: true });
    writeFileSync(join(path, next), Buffer.alloc(length));
    const again = Log.open(path, { segmentBytes: 500 });
    assert.deepEqual(plain(again.records()), written);
    const [more] = write(again, 1);
    assert.deepEqual(plain(again.records()), [...written, more]);
    await again.close();
  }
  await log.close();
});

test("those who wait together share a flush", async () => {
  let flushes = 0;
  const held: (() => void)[] = [];
  const { writeSync } = await import("node:fs");
  const log = Log.open(folder(), {
    disk: {
      write: (fd, bytes, from, length, at) => writeSync(fd, bytes, from, length, at),
      flush: (_fd, done) => {
        flushes++;
        held.push(() => done(null));
      },
    },
  });
  const order: number[] = [];
  const waiting = Array.from({ length: 50 }, (_, i) => {
    const end = log.append(RecordType.pool, Uint8Array.of(i));
    return log.durable(end).then(() => order.push(i));
  });
  await new Promise(setImmediate);
  assert.equal(order.length, 0, "nothing is durable before a flush ends");
  held.shift()!();
  await new Promise(setImmediate);
  // The first flush began with the first record; it says nothing about the others.
  assert.deepEqual(order, [0]);
  held.shift()!();
  await Promise.all(waiting);
  assert.equal(flushes, 2);
  const closing = log.close();
  while (held.length === 0) await new Promise(setImmediate);
  held.shift()!();
  await closing;
});

test("under interval a flush follows by itself, under never none does", async () => {
  const { writeSync } = await import("node:fs");
  for (const [fsync, wanted] of [
    ["interval", 1],
    ["never", 0],
  ] as const) {
    let flushes = 0;
    const log = Log.open(folder(), {
      fsync,
      fsyncInterval: 5,
      disk: {
        write: (fd, bytes, from, length, at) => writeSync(fd, bytes, from, length, at),
        flush: (_fd, done) => {
          flushes++;
          setImmediate(done, null);
        },
      },
    });
    await log.durable(log.append(RecordType.pool));
    await log.durable(log.append(RecordType.pool));
    assert.equal(flushes, 0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(flushes, wanted);
    await log.close();
  }
});

test("a closed log refuses", async () => {
  const log = Log.open(folder());
  await log.close();
  await log.close();
  assert.throws(() => log.append(RecordType.pool), StoreClosedError);
  await assert.rejects(log.durable(1), StoreClosedError);
});

test("a writer that is killed loses nothing that it had said is durable", async () => {
  const path = folder();
  const script = fileURLToPath(new URL("./support/writer.ts", import.meta.url));
  let known = 0;
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, ["--conditions=@heddle/source", script, path, String(round + 7)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    const exited = new Promise((resolve) => child.on("exit", resolve));
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (data) => {
        output += data;
        if (output.split("\n").length > 3 + round * 40) resolve();
      });
    });
    child.kill("SIGKILL");
    await exited;
    const said = output.split("\n").slice(0, -1).map(Number);
    known = said.at(-1)! + 1;
    const log = Log.open(path);
    const read = [...log.records()].map(({ payload }) => Buffer.from(payload).readUInt32LE(0));
    assert.ok(read.length >= known, `${read.length} of ${known}`);
    assert.deepEqual(
      read,
      read.map((_, i) => i),
    );
    await log.close();
  }
  assert.ok(known > 20);
});
