// A progress bar on a terminal; nothing where the output is a file or a pipe.

export interface ProgressOutput {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "--:--";
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return `${minutes}:${String(whole % 60).padStart(2, "0")}`;
}

/** Draws percent, rate and the time left, at most ten times a second. */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #total: number;
  readonly #unit: string;
  readonly #started = performance.now();
  #drawn = Number.NEGATIVE_INFINITY;
  #done = 0;

  constructor(total: number, unit: string, output: ProgressOutput = process.stderr) {
    this.#total = total;
    this.#unit = unit;
    this.#output = output;
  }

  /** `label` says what is being worked on. */
  update(done: number, label = ""): void {
    this.#done = done;
    const now = performance.now();
    if (!this.#output.isTTY || now - this.#drawn < 100) return;
    this.#drawn = now;
    const seconds = (now - this.#started) / 1000;
    const share = this.#total === 0 ? 1 : Math.min(1, done / this.#total);
    const rate = done / Math.max(seconds, 0.001);
    const left = (this.#total - done) / rate;
    const width = 24;
    const filled = Math.round(share * width);
    const bar = "█".repeat(filled) + "░".repeat(width - filled);
    const line =
      `${bar} ${(share * 100).toFixed(1).padStart(5)} %  ${done}/${this.#total} ${this.#unit}  ` +
      `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s  ${duration(left)} left  ${label}`;
    this.#output.write(`\r\x1b[2K${line.slice(0, (this.#output.columns ?? 100) - 1)}`);
  }

  get done(): number {
    return this.#done;
  }

  /** Removes the bar, so that what is written next stands on a clean line. */
  clear(): void {
    if (this.#output.isTTY) this.#output.write("\r\x1b[2K");
    this.#drawn = Number.NEGATIVE_INFINITY;
  }
}
