// What the server counts, for Prometheus.

import { Counter, Gauge, type Registry } from "prom-client";
import type { CallReport } from "../dispatch.ts";
import { Durations } from "./durations.ts";

/** From a lookup in memory to a long trace. Seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The server's metrics, registered once. What is counted for each call is a sum here and becomes a metric when it is read. */
export class RpcMetrics {
  /** By method and outcome. */
  readonly #calls = new Map<string, Map<string, number>>();
  readonly #durations: Durations;
  #bytesIn = 0;
  #bytesOut = 0;
  readonly #refused: Counter<"reason">;

  constructor(registry: Registry, sockets: () => { http: number; websocket: number }) {
    const registers = [registry];
    const calls = this.#calls;
    new Counter({
      name: "heddle_rpc_requests_total",
      help: "Calls by method and outcome: ok or the error's code",
      labelNames: ["method", "outcome"],
      registers,
      collect() {
        this.reset();
        for (const [method, outcomes] of calls) {
          for (const [outcome, count] of outcomes) this.inc({ method, outcome }, count);
        }
      },
    });
    this.#durations = new Durations(
      "heddle_rpc_duration_seconds",
      "Time from a call's arrival to its answer",
      BUCKETS,
      registers,
    );
    const bytes = () => ({ in: this.#bytesIn, out: this.#bytesOut });
    new Counter({
      name: "heddle_rpc_bytes_total",
      help: "Bytes of messages, uncompressed",
      labelNames: ["direction"],
      registers,
      collect() {
        this.reset();
        for (const [direction, count] of Object.entries(bytes())) this.inc({ direction }, count);
      },
    });
    this.#refused = new Counter({
      name: "heddle_rpc_refused_total",
      help: "Messages and connections that were refused before any call",
      labelNames: ["reason"],
      registers,
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

  call({ method, outcome, seconds }: CallReport): void {
    let outcomes = this.#calls.get(method);
    if (outcomes === undefined) {
      outcomes = new Map();
      this.#calls.set(method, outcomes);
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    this.#durations.record(method, seconds);
  }

  received(bytes: number): void {
    this.#bytesIn += bytes;
  }

  sent(bytes: number): void {
    this.#bytesOut += bytes;
  }

  refused(reason: "host" | "origin" | "size" | "memory" | "slow" | "type"): void {
    this.#refused.inc({ reason });
  }
}
