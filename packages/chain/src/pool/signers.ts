// Who signed transactions that arrive: recovering is most of what taking one costs, and many at once are spread over all
// workers.

/** Recovers senders, 20 bytes each, one behind the other; zeros where an envelope has none. */
export type RecoverSenders = (envelopes: readonly Uint8Array[]) => Promise<Uint8Array>;

interface Arrival {
  envelope: Uint8Array;
  tell: (sender: Uint8Array | undefined) => void;
}

/** Fewer are done in this thread before workers are awake. */
const WORTH_WAKING = 8;
const ADDRESS = 20;

/** Gathers what arrives in one turn of the event loop, from however many connections: nothing waits for more to come. */
export class Signers {
  readonly #recover: RecoverSenders;
  #arrived: Arrival[] = [];
  /** Settles when all that came before have been told. */
  #told: Promise<void> = Promise.resolve();

  constructor(recover: RecoverSenders) {
    this.#recover = recover;
  }

  /** The sender of a transaction; undefined: it has to be looked at by itself, as so few came or it has none. */
  of(envelope: Uint8Array): Promise<Uint8Array | undefined> {
    return new Promise((tell) => {
      if (this.#arrived.push({ envelope, tell }) === 1) setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    // What came later must not overtake: it may be of the same sender, and who came first is first in a block.
    this.#told = this.#told.then(() => this.#tell(arrived));
  }

  async #tell(arrived: readonly Arrival[]): Promise<void> {
    // What fails for all, such as memory for them together, may not fail for each.
    const senders =
      arrived.length < WORTH_WAKING
        ? undefined
        : await this.#recover(arrived.map(({ envelope }) => envelope)).catch(() => undefined);
    arrived.forEach(({ tell }, i) => {
      const sender = senders?.subarray(i * ADDRESS, (i + 1) * ADDRESS);
      tell(sender?.some((byte) => byte !== 0) ? sender : undefined);
    });
  }
}
