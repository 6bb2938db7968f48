// One thing after another: what moves the state, and what reads it, must not meet.

/** Runs pieces of work in the order in which they were handed over, each when the one before has ended. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #running = 0;

  /** Nothing runs or waits. */
  get isIdle(): boolean {
    return this.#running === 0;
  }

  run<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#running++;
    const end = () => {
      this.#running--;
    };
    this.#last = result.then(end, end);
    return result;
  }

  /** Resolves when all that was handed over until now has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
