// Reading a result out of the kernel's memory as long as it is still there.

import { EngineError } from "./errors.ts";
import type { KernelInstance } from "./kernel-instance.ts";

/** A result's bytes are read after the next block has taken their memory. */
export class ResultGoneError extends EngineError {
  override readonly name = "ResultGoneError";
  constructor() {
    super("RESULT_GONE", "the result's memory was given to a later block; call result.retain() to keep it");
  }
}

/** The kernel's memory of one block, as long as it is that block's. */
export class ResultMemory {
  readonly kernel: KernelInstance;
  private readonly epoch: number;

  constructor(kernel: KernelInstance) {
    this.kernel = kernel;
    this.epoch = this.currentEpoch();
  }

  private currentEpoch(): number {
    const { kernel } = this;
    return kernel.getU32(kernel.layout.CONTROL + kernel.layout.Control_epoch);
  }

  get isGone(): boolean {
    return this.currentEpoch() !== this.epoch;
  }

  /** The instance to read with. @throws ResultGoneError */
  read(): KernelInstance {
    if (this.isGone) throw new ResultGoneError();
    return this.kernel;
  }
}

/** Bytes that the kernel writes at once. */
const PIECE = 60_000;

/** What the kernel writes piece by piece until there is no more, copied out of its memory. */
export function* writtenPieces(
  kernel: KernelInstance,
  write: (out: number, capacity: number) => number,
): Generator<Uint8Array> {
  const buffer = kernel.allocate(PIECE);
  for (let length = write(buffer, PIECE); length > 0; length = write(buffer, PIECE)) {
    yield kernel.copy(buffer, length);
  }
}
