import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DiskFullError, Log, LogFailedError, RecordType } from "../src/index.ts";
import { folder } from "./support/folders.ts";

const payloads = (log: Log) => [...log.records()].map(({ payload }) => payload.length);

/** A disk that takes `room` more bytes. */
function smallDisk(room: number) {
  const disk = {
    room,
    error: "ENOSPC",
    write(fd: number, bytes: Uint8Array, from: number, length: number, at: number) {
      const some = Math.min(length, disk.room);
      if (some === 0) throw Object.assign(new Error(`${disk.error}: cannot write`), { code: disk.error });
      disk.room -= some;
      return writeSync(fd, bytes, from, some, at);
    },
    flush: (_fd: number, done: (error: Error | null) => void) => void setImmediate(done, null),
  };
  return disk;
}

test("a full disk refuses the record and leaves the log as it was, wherever in the record it is full", async () => {
  for (let room = 0; room < 66; room += 5) {
    const path = folder();
    const disk = smallDisk(1000);
    const log = Log.open(path, { disk });
    log.append(RecordType.block, new Uint8Array(100));
    const { end } = log;
    disk.room = room;
    assert.throws(() => log.append(RecordType.block, new Uint8Array(50)), DiskFullError);
    assert.equal(log.end, end);
    assert.deepEqual(payloads(log), [100]);
    disk.room = 1000;
    await log.durable(log.append(RecordType.block, new Uint8Array(60)));
    assert.deepEqual(payloads(log), [100, 60]);
    await log.close();
    const again = Log.open(path);
    assert.deepEqual(payloads(again), [100, 60]);
    await again.close();
  }
});

test("a disk that is full when a new file begins leaves the log as it was", async () => {
  const disk = smallDisk(1000);
  const path = folder();
  const log = Log.open(path, { disk, segmentBytes: 100 });
  log.append(RecordType.block, new Uint8Array(100));
  disk.room = 10;
  assert.throws(() => log.append(RecordType.block, new Uint8Array(50)), DiskFullError);
  disk.room = 1000;
  log.append(RecordType.block, new Uint8Array(60));
  assert.deepEqual(payloads(log), [100, 60]);
  await log.close();
});

test("a log on a full disk can be closed and opened", async () => {
  const disk = smallDisk(1000);
  const path = folder();
  const log = Log.open(path, { disk });
  log.append(RecordType.block, new Uint8Array(100));
  disk.room = 0;
  await log.close();
  const again = Log.open(path);
  assert.deepEqual(payloads(again), [100]);
  await again.close();
});

test("after another error of the disk the log is not used any more", async () => {
  const disk = smallDisk(1000);
  const log = Log.open(folder(), { disk });
  disk.room = 3;
  disk.error = "EIO";
  assert.throws(() => log.append(RecordType.block, new Uint8Array(50)), LogFailedError);
  disk.room = 1000;
  assert.throws(() => log.append(RecordType.block, new Uint8Array(50)), LogFailedError);
});

test("after a flush that failed nothing counts as durable", async () => {
  const disk = smallDisk(1000);
  disk.flush = (_fd, done) => void setImmediate(done, Object.assign(new Error("EIO"), { code: "EIO" }));
  const log = Log.open(folder(), { disk });
  const [first, second] = [log.append(RecordType.block), log.append(RecordType.block)];
  await Promise.all([
    assert.rejects(log.durable(first), LogFailedError),
    assert.rejects(log.durable(second), LogFailedError),
  ]);
  assert.throws(() => log.append(RecordType.block), LogFailedError);
});

/** A file system of one MiB, where this process may make one. */
function smallFileSystem(): string | undefined {
  const path = folder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path], { stdio: "ignore" });
    return path;
  } catch {
    return undefined;
  }
}

const mounted = process.platform === "linux" ? smallFileSystem() : undefined;

test("a file system that is full is met as a full disk", { skip: mounted === undefined }, async () => {
  try {
    const path = join(mounted!, "log");
    const ballast = join(mounted!, "ballast");
    const log = Log.open(path);
    writeFileSync(ballast, Buffer.alloc(700_000));
    const record = new Uint8Array(100_000);
    let written = 0;
    assert.throws(() => {
      for (; ; written++) log.append(RecordType.block, record);
    }, DiskFullError);
    assert.ok(written >= 2 && written <= 3);
    rmSync(ballast);
    await log.durable(log.append(RecordType.block, record));
    assert.equal(payloads(log).length, written + 1);
    await log.close();
    const again = Log.open(path);
    assert.equal(payloads(again).length, written + 1);
    await again.close();
  } finally {
    execFileSync("umount", [mounted!]);
  }
});
