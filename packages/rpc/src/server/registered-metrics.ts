// The server's counts for Prometheus.

import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { durationHistogram } from "./durations.ts";
import type { RpcMetrics } from "./metrics.ts";

/** Registers what a server counts; it is read when the metrics are. */
export function registerRpcMetrics(
  registry: Registry,
  metrics: RpcMetrics,
  sockets: () => { http: number; websocket: number },
): void {
  const registers = [registry];
  new Counter({
    name: "heddle_rpc_requests_total",
    help: "Calls by method and outcome: ok or the error's code",
    labelNames: ["method", "outcome"],
    registers,
    collect() {
      this.reset();
      for (const [method, outcomes] of metrics.calls) {
        for (const [outcome, count] of outcomes) this.inc({ method, outcome }, count);
      }
    },
  });
  durationHistogram(Histogram, {
    name: "heddle_rpc_duration_seconds",
    help: "Time from a call's arrival to its answer",
    durations: metrics.durations,
    registry,
  });
  new Counter({
    name: "heddle_rpc_bytes_total",
    help: "Bytes of messages, uncompressed",
    labelNames: ["direction"],
    registers,
    collect() {
      this.reset();
      this.inc({ direction: "in" }, metrics.bytesIn);
      this.inc({ direction: "out" }, metrics.bytesOut);
    },
  });
  new Counter({
    name: "heddle_rpc_refused_total",
    help: "Messages and connections that were refused before any call",
    labelNames: ["reason"],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of metrics.refusals) this.inc({ reason }, count);
    },
  });
  new Gauge({
    name: "heddle_rpc_sockets",
    help: "Open connections",
    labelNames: ["kind"],
    registers,
    collect() {
      const { http, websocket } = sockets();
      this.set({ kind: "http" }, http);
      this.set({ kind: "websocket" }, websocket);
    },
  });
}
