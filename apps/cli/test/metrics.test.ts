import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { type DevChain, openDevChain } from "@heddle/chain";
import { Registry } from "prom-client";
import { ChainCounts } from "../src/metrics/chain-counts.ts";
import { registerChainMetrics, registerProcessMetrics } from "../src/metrics/chain-metrics.ts";
import { start } from "./support/heddle.ts";

let dev: DevChain;
before(async () => {
  dev = await openDevChain({ workers: 1, memoryLimit: 2 ** 27 });
});
after(() => dev.close());

test("metrics of a chain count blocks, transactions and gas, and tell head and pool", async () => {
  const registry = new Registry();
  registerChainMetrics(registry, new ChainCounts(dev.chain));
  const value = async (name: string, labels: Record<string, string> = {}): Promise<number | undefined> => {
    const { values } = await registry.getSingleMetric(name)!.get();
    return values.find((one) => Object.entries(labels).every(([key, wanted]) => one.labels[key] === wanted))
      ?.value;
  };
  const [alice, bob] = dev.accounts;
  const send = () => dev.sendTransaction(alice!.address, { to: bob!.address, value: 1n, gas: 21_000n });
  await send();
  await send();
  assert.equal(await value("heddle_blocks_total"), 2);
  assert.equal(await value("heddle_transactions_total"), 2);
  assert.equal(await value("heddle_gas_total"), 42_000);
  assert.equal(await value("heddle_block_number", { tag: "latest" }), 2);
  assert.equal(await value("heddle_block_number", { tag: "finalized" }), 0);
  assert.equal(await value("heddle_head_timestamp_seconds"), Number(dev.chain.head.header.timestamp));
  const seconds = await registry.getSingleMetric("heddle_block_seconds")!.get();
  const observed = seconds.values as { metricName?: string; value: number }[];
  assert.equal(observed.find(({ metricName }) => metricName === "heddle_block_seconds_count")?.value, 2);
  dev.setMining({ kind: "manual" });
  await send();
  assert.equal(await value("heddle_pool_transactions"), 1);
  assert.ok((await value("heddle_pool_bytes"))! > 100);
  await dev.rollback(1);
  assert.equal(await value("heddle_reorgs_total"), 1);
  assert.equal(await value("heddle_reorged_blocks_total"), 1);
  assert.equal(await value("heddle_block_number", { tag: "latest" }), 1);
});

test("metrics of a process tell its memory and its time on processors, which only grows", async () => {
  const registry = new Registry();
  registerProcessMetrics(registry, "1.2.3");
  const value = async (name: string) => (await registry.getSingleMetric(name)!.get()).values[0]!.value;
  const before = await value("process_cpu_seconds_total");
  assert.ok(before > 0);
  assert.ok((await value("process_cpu_seconds_total")) >= before);
  assert.ok((await value("process_resident_memory_bytes")) > 10 * 2 ** 20);
  assert.match(await registry.metrics(), /heddle_info\{version="1\.2\.3",node="\d+\.\d+\.\d+"\} 1/);
});

test("docs/metrics.md has every metric that a node answers, and no other", async () => {
  const node = start("dev", "--port", "0");
  const [, address] = await node.saw(/^Listening on (\S+)$/m);
  const text = await (await fetch(`http://${address}/metrics`)).text();
  node.child.kill("SIGTERM");
  await node.ended;
  const answered = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => `${name} ${kind}`);
  const document = readFileSync(new URL("../../../docs/metrics.md", import.meta.url), "utf8");
  const documented = [...document.matchAll(/^\| `(\w+)` +\| (\w+)/gm)].map(
    ([, name, kind]) => `${name} ${kind}`,
  );
  assert.deepEqual(answered.sort(), documented.sort());
  assert.ok(answered.length > 20);
});
