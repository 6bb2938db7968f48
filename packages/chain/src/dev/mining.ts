// When a local chain makes blocks by itself: as soon as a transaction can be executed, or by the clock.

import type { TransactionPool } from "../pool/pool.ts";
import type { Turns } from "../turns.ts";
import { isAutomatic, type MiningMode } from "./kept-settings.ts";

/** What makes the blocks. */
export interface MiningPlace {
  pool: TransactionPool;
  /** Taken for as long as blocks are made. */
  turns: Turns;
  /** Makes one from the pool; how many transactions it has. */
  mine(): Promise<{ transactionCount: number }>;
}

export class Mining {
  readonly #place: MiningPlace;
  readonly #settings: { readonly mining: MiningMode };
  #timer: NodeJS.Timeout | undefined;
  #automatic: Promise<void> | undefined;
  #isEnded = false;

  /** Mining is begun by `begin`. */
  constructor(place: MiningPlace, settings: { readonly mining: MiningMode }) {
    this.#place = place;
    this.#settings = settings;
  }

  /** Makes blocks from now on as it is set. */
  begin(): void {
    clearTimeout(this.#timer);
    const mode = this.#settings.mining;
    if ("milliseconds" in mode) this.#wait(mode.milliseconds);
    if (isAutomatic(mode) && this.#place.pool.size > 0) this.#mineReady().catch(() => undefined);
  }

  #wait(milliseconds: number): void {
    const { turns } = this.#place;
    this.#timer = setTimeout(async () => {
      // A block that fails is told to nobody here; the next one is tried again.
      await turns.run(() => this.#place.mine()).catch(() => undefined);
      const mode = this.#settings.mining;
      if ("milliseconds" in mode && !this.#isEnded) this.#wait(mode.milliseconds);
    }, milliseconds);
    this.#timer.unref();
  }

  /** A transaction has come: resolves when it is in a block, where blocks are made at once and it can be executed. */
  async arrived(): Promise<void> {
    if (isAutomatic(this.#settings.mining)) await this.#mineReady();
  }

  /** Makes blocks as long as there is something for them; those who ask meanwhile wait for the same. */
  #mineReady(): Promise<void> {
    const { pool, turns } = this.#place;
    this.#automatic ??= turns.run(async () => {
      this.#automatic = undefined;
      while (pool.size > 0 && (await pool.hasReady())) {
        const { transactionCount } = await this.#place.mine();
        if (transactionCount === 0) break;
      }
    });
    return this.#automatic;
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
  }
}
