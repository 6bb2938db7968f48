// Times counted in buckets: a histogram whose counting costs little, and needs no library before somebody reads it.

import type { Histogram, MetricObjectWithValues, MetricValueWithName, Registry } from "prom-client";

type Label = "method" | "le";
type HistogramValues = MetricObjectWithValues<MetricValueWithName<Label>>;

interface Counts {
  /** By bucket, each with its own alone; the last is for what is longer than all. */
  buckets: Float64Array;
  sum: number;
  count: number;
}

/** Counts times by method, or of one thing alone. */
export class Durations {
  readonly bounds: readonly number[];
  readonly byMethod = new Map<string | undefined, Counts>();

  /** `bounds`: the buckets' largest values, in seconds. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
  }

  record(seconds: number, method?: string): void {
    const { bounds } = this;
    const counts = this.#countsOf(method);
    let bucket = 0;
    while (bucket < bounds.length && seconds > bounds[bucket]!) bucket++;
    counts.buckets[bucket]!++;
    counts.sum += seconds;
    counts.count++;
  }

  #countsOf(method: string | undefined): Counts {
    let counts = this.byMethod.get(method);
    if (counts === undefined) {
      counts = { buckets: new Float64Array(this.bounds.length + 1), sum: 0, count: 0 };
      this.byMethod.set(method, counts);
    }
    return counts;
  }

  /** As Prometheus has them: a bucket counts what is in the smaller ones too. */
  values(name: string): MetricValueWithName<Label>[] {
    const values: MetricValueWithName<Label>[] = [];
    for (const [method, { buckets, sum, count }] of this.byMethod) {
      const labels = method === undefined ? {} : { method };
      let total = 0;
      for (const [i, le] of [...this.bounds, "+Inf"].entries()) {
        total += buckets[i]!;
        values.push({ labels: { le, ...labels }, value: total, metricName: `${name}_bucket` });
      }
      values.push({ labels, value: sum, metricName: `${name}_sum` });
      values.push({ labels, value: count, metricName: `${name}_count` });
    }
    return values;
  }
}

/** A metric of times that are counted elsewhere. `Base` is prom-client's Histogram: whoever reads has loaded it. */
export function durationHistogram(
  Base: typeof Histogram,
  {
    name,
    help,
    durations,
    registry,
  }: { name: string; help: string; durations: Durations; registry: Registry },
): Histogram<Label> {
  class DurationHistogram extends Base<Label> {
    override get(): Promise<HistogramValues> {
      return this.getForPromString();
    }

    /** What the registry writes as text; prom-client has it beside `get`. */
    async getForPromString(): Promise<HistogramValues> {
      const about = { name, help, type: "histogram", aggregator: "sum" };
      return { ...about, values: durations.values(name) } as unknown as HistogramValues;
    }
  }
  return new DurationHistogram({ name, help, buckets: [...durations.bounds], registers: [registry] });
}
