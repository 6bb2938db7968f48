// How the main thread and its workers talk: 32-bit words in a shared buffer, one row a worker. A message port would
// cost a turn of the event loop on both sides for every block.

/** Words of a worker's row. */
export const ROW = {
  /** Counts commands; the worker sleeps on it. */
  sequence: 0,
  /** Command: what to do. */
  command: 1,
  /** The last sequence that is done. */
  done: 2,
  /** Grows while the worker makes progress that the kernel's scheduler does not show. */
  heartbeat: 3,
  /** Bytes of the error report behind the words; 0 = the command went well. */
  errorLength: 4,
  /** A test may ask the worker to misbehave: Fault. */
  fault: 5,
  /** 1 = the instance is there and waits for commands. */
  ready: 6,
  /** Tests with the test kernel: the point, and its index (-1 = any), at which the worker stands still for good. */
  stopPoint: 7,
  stopIndex: 8,
  /** 1 = it stands there. */
  stopped: 9,
  /** Stops at this step of what it writes to tries, as if it were the point STEP_TO_DIE_AT; -1 = at none. */
  stopStep: 10,
} as const;

export const Command = { Work: 1, Stop: 2 } as const;

/** Tests only: what a worker does wrong at its next command. */
export const Fault = { None: 0, Throw: 1, Exit: 2, Hang: 3 } as const;

const ROW_WORDS = 16;
const ERROR_BYTES = 2048;
const ROW_BYTES = ROW_WORDS * 4 + ERROR_BYTES;

/** An error of a worker, as it crosses to the main thread. */
export interface ErrorReport {
  name: string;
  message: string;
  stack: string;
  /** Constructor arguments of the kernel's own errors. */
  values: number[];
}

/** One worker's row of the control buffer; both sides use it. */
export class WorkerRow {
  readonly words: Int32Array<SharedArrayBuffer>;
  private readonly text: Uint8Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer, worker: number) {
    this.words = new Int32Array(buffer, worker * ROW_BYTES, ROW_WORDS);
    this.text = new Uint8Array(buffer, worker * ROW_BYTES + ROW_WORDS * 4, ERROR_BYTES);
  }

  static buffer(workers: number): SharedArrayBuffer {
    return new SharedArrayBuffer(workers * ROW_BYTES);
  }

  /** Main thread: starts a command. */
  start(command: number): void {
    this.words[ROW.command] = command;
    Atomics.store(this.words, ROW.errorLength, 0);
    Atomics.add(this.words, ROW.sequence, 1);
    Atomics.notify(this.words, ROW.sequence);
  }

  get isDone(): boolean {
    return Atomics.load(this.words, ROW.done) === Atomics.load(this.words, ROW.sequence);
  }

  get isReady(): boolean {
    return Atomics.load(this.words, ROW.ready) === 1;
  }

  /** Main thread: prepares the row for the worker that replaces a dead one. */
  reset(): void {
    this.words.fill(0);
    this.words[ROW.stopStep] = -1;
  }

  setError(report: ErrorReport): void {
    let json = JSON.stringify(report);
    if (json.length > ERROR_BYTES / 3) {
      json = JSON.stringify({
        ...report,
        message: report.message.slice(0, 200),
        stack: report.stack.slice(0, 300),
      });
    }
    const bytes = new TextEncoder().encode(json);
    this.text.set(bytes.subarray(0, ERROR_BYTES));
    Atomics.store(this.words, ROW.errorLength, bytes.length);
  }

  get error(): ErrorReport | undefined {
    const length = Atomics.load(this.words, ROW.errorLength);
    if (length === 0) return undefined;
    return JSON.parse(new TextDecoder().decode(new Uint8Array(this.text.subarray(0, length))));
  }
}
