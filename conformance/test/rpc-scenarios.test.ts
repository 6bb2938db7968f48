import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { readScenarios, ScenarioError, SnapshotNumbers } from "../src/rpc-scenarios/scenario.ts";

describe("recordings of test suites", () => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-scenarios-"));
  after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, lines: unknown[], failures: unknown) => {
    const text = `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
    writeFileSync(join(folder, `${name}.jsonl.gz`), gzipSync(text));
    writeFileSync(join(folder, `${name}.failures.json`), JSON.stringify({ failures }));
  };

  it("hold the node's configuration, requests in order, and the indexes of those that fail", () => {
    write("one", [{ providerConfig: { chainId: 5 } }, { method: "a" }, [{ method: "b" }]], [1]);
    const [scenario] = readScenarios(folder, "one");
    assert.deepEqual(
      [scenario!.name, scenario!.config.chainId, scenario!.requests, [...scenario!.failures]],
      ["one", 5, [{ method: "a" }, [{ method: "b" }]], [1]],
    );
    assert.deepEqual(readScenarios(folder, "none"), []);
    write("two", [{}], [1]);
    assert.throws(() => readScenarios(folder, "two"), ScenarioError);
  });
});

describe("numbers of snapshots in recordings", () => {
  const revert = (id: string) => ({ method: "evm_revert", params: [id] });
  const sent = { method: "eth_sendTransaction" };
  const snapshot = { method: "evm_snapshot" };

  it("count the transactions before them that made blocks, and become those that the node gave", () => {
    const numbers = new SnapshotNumbers();
    numbers.answered(sent, "0x");
    numbers.answered(snapshot, "0x0");
    numbers.answered({ method: "evm_setAutomine", params: [false] }, true);
    numbers.answered(sent, "0x");
    numbers.answered(snapshot, "0x1");
    assert.deepEqual(numbers.translate(revert("0x2")), revert("0x0"));
    assert.deepEqual(numbers.translate(revert("0x3")), revert("0x1"));
    assert.deepEqual(numbers.translate(sent), sent);
    assert.throws(() => numbers.translate(revert("0x4")), ScenarioError);
    numbers.answered({ method: "hardhat_reset", params: [] }, true);
    numbers.answered(snapshot, "0x7");
    assert.deepEqual(numbers.translate(revert("0x1")), revert("0x7"));
  });
});
