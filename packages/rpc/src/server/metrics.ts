// What the server counts. It becomes metrics when somebody reads them: registered-metrics.ts.

import type { CallReport } from "../dispatch.ts";
import { Durations } from "./durations.ts";

/** From a lookup in memory to a long trace. Seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Why a message or a connection was not taken. */
type Refusal = "host" | "origin" | "size" | "memory" | "slow" | "type";

/** The server's counts. */
export class RpcMetrics {
  /** By method and outcome. */
  readonly calls = new Map<string, Map<string, number>>();
  readonly durations = new Durations(BUCKETS);
  readonly refusals = new Map<Refusal, number>();
  bytesIn = 0;
  bytesOut = 0;

  call({ method, outcome, seconds }: CallReport): void {
    let outcomes = this.calls.get(method);
    if (outcomes === undefined) {
      outcomes = new Map();
      this.calls.set(method, outcomes);
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    this.durations.record(seconds, method);
  }

  received(bytes: number): void {
    this.bytesIn += bytes;
  }

  sent(bytes: number): void {
    this.bytesOut += bytes;
  }

  refused(reason: Refusal): void {
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
  }
}
