import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkCores, checkMemory, checkNode, checkWebAssembly } from "../src/doctor/machine.ts";
import { checkDisk, checkFolder } from "../src/doctor/place.ts";
import { heddle } from "./support/heddle.ts";

const folder = mkdtempSync(join(tmpdir(), "heddle-doctor-"));

test("heddle doctor says of each part of the machine how it is, and that a node can run", async () => {
  const { code, out } = await heddle("doctor", "--data-dir", folder, "--port", "0");
  assert.equal(code, 0, out);
  for (const subject of [
    "Node",
    "Memory",
    "Cores",
    "WebAssembly",
    "Engine",
    "Database",
    "Folder",
    "Disk",
    "Port",
  ])
    assert.match(out, new RegExp(`^[✓!] ${subject} `, "m"));
  assert.match(out, /A node can run here\.\n$/);
});

test("heddle doctor tells programs the same, and what is bad by its exit code", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const { code, out } = await heddle("doctor", "--json", "--data-dir", file, "--port", String(port));
  server.close();
  assert.equal(code, 1);
  const { ok, findings } = JSON.parse(out);
  assert.equal(ok, false);
  const of = (subject: string) =>
    findings.find((finding: { subject: string }) => finding.subject === subject);
  assert.deepEqual([of("Folder").state, of("Engine").state], ["bad", "good"]);
  assert.equal(of("Port").state, "poor");
  assert.match(of("Port").advice, /--port/);
});

test("what is not good comes with what to do", () => {
  const told = [
    checkNode("20.11.0"),
    checkMemory(2 ** 27, 2 ** 30),
    checkMemory(2 ** 29, 2 ** 30),
    checkCores(1),
    checkWebAssembly(() => false),
    checkFolder("/dev/null/data"),
  ];
  assert.deepEqual(
    told.map(({ state }) => state),
    ["bad", "bad", "poor", "poor", "bad", "bad"],
  );
  for (const { advice } of told) assert.ok(advice !== undefined && advice.length > 10);
  assert.match(told[4]!.met, /threads and SIMD/);
  assert.equal(checkNode("22.0.0").state, "good");
  assert.equal(checkCores(2).state, "good");
});

test("a folder that is not there yet is judged by the one it would be made in", () => {
  assert.equal(checkFolder(join(folder, "a", "b")).state, "good");
  assert.match(checkFolder(join(folder, "a", "b")).met, new RegExp(folder));
  assert.match(checkDisk(join(folder, "a")).met, /GiB free/);
});
