// What the server counts, for Prometheus.

import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { CallReport } from "../dispatch.ts";

/** From a lookup in memory to a long trace. Seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The server's metrics, registered once. */
export class RpcMetrics {
  readonly #requests: Counter<"method" | "outcome">;
  readonly #durations: Histogram<"method">;
  readonly #bytes: Counter<"direction">;
  readonly #refused: Counter<"reason">;

  constructor(registry: Registry, sockets: () => { http: number; websocket: number }) {
    const registers = [registry];
    this.#requests = new Counter({
      name: "heddle_rpc_requests_total",
      help: "Calls by method and outcome: ok or the error's code",
      labelNames: ["method", "outcome"],
      registers,
    });
    this.#durations = new Histogram({
      name: "heddle_rpc_duration_seconds",
      help: "Time from a call's arrival to its answer",
      labelNames: ["method"],
      buckets: BUCKETS,
      registers,
    });
    this.#bytes = new Counter({
      name: "heddle_rpc_bytes_total",
      help: "Bytes of messages, uncompressed",
      labelNames: ["direction"],
      registers,
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
    this.#requests.inc({ method, outcome });
    this.#durations.observe({ method }, seconds);
  }

  received(bytes: number): void {
    this.#bytes.inc({ direction: "in" }, bytes);
  }

  sent(bytes: number): void {
    this.#bytes.inc({ direction: "out" }, bytes);
  }

  refused(reason: "host" | "origin" | "size" | "memory" | "slow" | "type"): void {
    this.#refused.inc({ reason });
  }
}
