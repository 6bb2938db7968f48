// Times of calls by method, counted in buckets: a histogram whose counting costs little.

import { Histogram, type MetricObjectWithValues, type MetricValueWithName, type Registry } from "prom-client";

type Label = "method" | "le";

interface Counts {
  /** By bucket, each with its own alone; the last is for what is longer than all. */
  buckets: Float64Array;
  sum: number;
  count: number;
}

/** prom-client's histogram finds its labels' values by a text made of them at each call; this one has a map. */
export class Durations extends Histogram<Label> {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #byMethod = new Map<string, Counts>();

  constructor(name: string, help: string, bounds: number[], registers: Registry[]) {
    super({ name, help, labelNames: ["method"], buckets: bounds, registers });
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
  }

  record(method: string, seconds: number): void {
    let counts = this.#byMethod.get(method);
    if (counts === undefined) {
      counts = { buckets: new Float64Array(this.#bounds.length + 1), sum: 0, count: 0 };
      this.#byMethod.set(method, counts);
    }
    let bucket = 0;
    while (bucket < this.#bounds.length && seconds > this.#bounds[bucket]!) bucket++;
    counts.buckets[bucket]!++;
    counts.sum += seconds;
    counts.count++;
  }

  #values(): MetricValueWithName<Label>[] {
    const values: MetricValueWithName<Label>[] = [];
    for (const [method, { buckets, sum, count }] of this.#byMethod) {
      let total = 0;
      for (const [i, le] of [...this.#bounds, "+Inf"].entries()) {
        total += buckets[i]!;
        values.push({ labels: { le, method }, value: total, metricName: `${this.#name}_bucket` });
      }
      values.push({ labels: { method }, value: sum, metricName: `${this.#name}_sum` });
      values.push({ labels: { method }, value: count, metricName: `${this.#name}_count` });
    }
    return values;
  }

  override get(): Promise<MetricObjectWithValues<MetricValueWithName<Label>>> {
    return this.getForPromString();
  }

  /** What the registry writes as text; prom-client has it beside `get`. */
  async getForPromString(): Promise<MetricObjectWithValues<MetricValueWithName<Label>>> {
    const about = { name: this.#name, help: this.#help, type: "histogram", aggregator: "sum" };
    return { ...about, values: this.#values() } as unknown as MetricObjectWithValues<
      MetricValueWithName<Label>
    >;
  }
}
