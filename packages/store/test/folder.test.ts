import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkFolder, FORMAT, STAMP_FILE, writeStamp } from "../src/folder.ts";
import { ForeignFolderError, NewerFolderError, OlderFolderError, StoreLockedError } from "../src/index.ts";
import { LOCK_FILE, takeLock } from "../src/lock.ts";
import { folder } from "./support/folders.ts";

test("a folder that is not there is made, and has no store in it", () => {
  const path = join(folder(), "deep", "er");
  assert.equal(checkFolder(path), false);
  assert.ok(existsSync(path));
  writeStamp(path, FORMAT);
  assert.equal(checkFolder(path), true);
});

test("a store whose making was cut off counts as none", () => {
  const path = folder();
  mkdirSync(join(path, "log"));
  writeFileSync(join(path, `${STAMP_FILE}.new`), "{");
  assert.equal(checkFolder(path), false);
});

test("a folder with something else in it is refused and left alone", () => {
  const path = folder();
  writeFileSync(join(path, "thesis.tex"), "");
  assert.throws(() => checkFolder(path), ForeignFolderError);
  assert.deepEqual(readdirSync(path), ["thesis.tex"]);
  assert.throws(() => checkFolder(join(path, "thesis.tex")), ForeignFolderError);
});

for (const text of [
  "",
  "{",
  "null",
  "[]",
  '{"kind":"other","format":1}',
  '{"kind":"heddle-store","format":"1"}',
]) {
  test(`a stamp of ${JSON.stringify(text)} is a foreign one`, () => {
    const path = folder();
    writeFileSync(join(path, STAMP_FILE), text);
    assert.throws(() => checkFolder(path), ForeignFolderError);
  });
}

test("a newer and an older format are refused by their names", () => {
  const path = folder();
  writeStamp(path, FORMAT + 1);
  assert.throws(() => checkFolder(path), { name: "NewerFolderError", expected: FORMAT, met: FORMAT + 1 });
  assert.ok(NewerFolderError.name !== OlderFolderError.name);
});

test("a folder that this process has is refused, and free when it is given back", () => {
  const path = folder();
  const giveBack = takeLock(path);
  assert.throws(() => takeLock(path), { name: "StoreLockedError", pid: process.pid });
  giveBack();
  takeLock(path)();
  assert.deepEqual(readdirSync(path), []);
});

const HOLDER = fileURLToPath(new URL("./support/lock-holder.ts", import.meta.url));

test("a folder that another process has is refused, and taken over when that was killed", async () => {
  const path = folder();
  const child = spawn(process.execPath, ["--conditions=@heddle/source", HOLDER, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => child.on("exit", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  assert.throws(
    () => takeLock(path),
    (error) => error instanceof StoreLockedError && error.pid === child.pid,
  );
  child.kill("SIGKILL");
  await exited;
  assert.ok(existsSync(join(path, LOCK_FILE)));
  takeLock(path)();
});

test("a lock of a process whose number another one has now is taken over", {
  skip: process.platform !== "linux",
}, () => {
  const path = folder();
  writeFileSync(join(path, LOCK_FILE), JSON.stringify({ pid: process.pid, started: "another boot:1" }));
  takeLock(path)();
});

for (const text of ["", "{", '{"pid":-1}', '{"pid":"x"}']) {
  test(`a lock file of ${JSON.stringify(text)} holds nobody`, () => {
    const path = folder();
    writeFileSync(join(path, LOCK_FILE), text);
    takeLock(path)();
  });
}
