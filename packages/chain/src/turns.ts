// One thing after another: what moves the state, and what reads it, must not meet.

/** Runs pieces of work in the order in which they were handed over, each when the one before has ended. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when all that was handed over until now has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
