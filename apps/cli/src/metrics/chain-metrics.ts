// What is counted of a chain and of the process, for Prometheus: docs/metrics.md explains every name.

import { performance } from "node:perf_hooks";
import { durationHistogram } from "@heddle/rpc";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { ChainCounts } from "./chain-counts.ts";

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

/** Registers the metrics of the chain that is counted, with what was counted of it and of those before. */
export function registerChainMetrics(registry: Registry, counts: ChainCounts): void {
  const registers = [registry];
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  counter("heddle_blocks_total", "Blocks executed and kept", () => counts.blocks);
  counter("heddle_transactions_total", "Transactions in these blocks", () => counts.transactions);
  counter("heddle_gas_total", "Gas used by these blocks", () => counts.gas);
  counter(
    "heddle_aborts_total",
    "Executions repeated because what they had read was changed",
    () => counts.aborts,
  );
  counter("heddle_reorgs_total", "How often the head went to another line, or back", () => counts.reorgs);
  counter("heddle_reorged_blocks_total", "Blocks that left the main line", () => counts.removed);
  durationHistogram(Histogram, {
    name: "heddle_block_seconds",
    help: "Time to execute a block, with roots",
    durations: counts.seconds,
    registry,
  });
  gauge(
    registry,
    "heddle_block_workers",
    "Worker threads that the last block was executed on",
    () => counts.workers,
  );
  new Gauge({
    name: "heddle_block_number",
    help: "Number of the head, and of the blocks that count as safe and as finalized",
    labelNames: ["tag"],
    registers,
    collect() {
      const { chain } = counts;
      for (const tag of ["safe", "finalized"] as const) this.set({ tag }, Number(chain[tag].number));
      this.set({ tag: "latest" }, Number(chain.head.number));
    },
  });
  gauge(registry, "heddle_head_timestamp_seconds", "Time of the head", () =>
    Number(counts.chain.head.header.timestamp),
  );
  gauge(registry, "heddle_base_fee_wei", "Base fee of the head", () =>
    Number(counts.chain.head.header.baseFeePerGas ?? 0n),
  );
  gauge(registry, "heddle_pool_transactions", "Transactions that wait", () => counts.chain.pool.size);
  gauge(registry, "heddle_pool_bytes", "Bytes of these, with their blobs", () => counts.chain.pool.bytes);
}

/**
 * Registers the metrics of the process. prom-client's own set has a timer that never rests; these are read when they are
 * asked for, under the same names.
 */
export function registerProcessMetrics(registry: Registry, version: string): void {
  new Gauge({
    name: "heddle_info",
    help: "Version of heddle and of Node",
    labelNames: ["version", "node"],
    registers: [registry],
  }).set({ version, node: process.versions.node }, 1);
  let counted = 0;
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Time on processors, all threads",
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      const spent = (user + system) / 1e6;
      this.inc(spent - counted);
      counted = spent;
    },
  });
  const started = Date.now() / 1000 - process.uptime();
  gauge(registry, "process_start_time_seconds", "When the process began", () => started);
  gauge(registry, "process_resident_memory_bytes", "Memory in use, all of it", () =>
    process.memoryUsage.rss(),
  );
  gauge(registry, "nodejs_heap_size_used_bytes", "JavaScript objects", () => process.memoryUsage().heapUsed);
  gauge(registry, "nodejs_external_memory_bytes", "Buffers outside of the heap, without the kernel's", () => {
    const { external } = process.memoryUsage();
    return external;
  });
  let before = performance.eventLoopUtilization();
  gauge(
    registry,
    "nodejs_eventloop_utilization",
    "Part of the time, since last asked, that the main thread was busy",
    () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
  );
}
