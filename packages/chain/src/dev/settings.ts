// What is set on a local chain: whom the node acts for, its time, what blocks are built with, when they are made. Kept where
// the chain has a directory.

import { keccak256 } from "@heddle/engine";
import { DiskFullError } from "@heddle/store";
import * as Bytes from "ox/Bytes";
import * as HexOf from "ox/Hex";
import type { BuildAttributes } from "../building.ts";
import type { Chain } from "../chain.ts";
import type { Clock } from "./clock.ts";
import { type DevSettings, type MiningMode, settingsNotes } from "./kept-settings.ts";
import type { Senders } from "./senders.ts";

export class Settings {
  readonly senders: Senders;
  readonly clock: Clock;
  mining: MiningMode = { kind: "manual" };
  lastSnapshot = 0;
  /** Of all blocks until they are set otherwise. */
  #blocks: BuildAttributes = {};
  /** Of the next block alone. */
  #next: BuildAttributes = {};
  readonly #chain: Chain;

  constructor(chain: Chain, senders: Senders, clock: Clock) {
    this.#chain = chain;
    this.senders = senders;
    this.clock = clock;
  }

  get state(): DevSettings {
    return {
      ...this.senders.impersonation,
      clock: this.clock.state,
      blocks: this.#blocks,
      next: this.#next,
      nextNumber: this.#chain.head.number + 1n,
      mining: this.mining,
      lastSnapshot: this.lastSnapshot,
    };
  }

  set state(state: DevSettings) {
    this.senders.impersonation = state;
    this.clock.state = state.clock;
    this.#blocks = state.blocks;
    this.#next = state.next;
    this.mining = state.mining;
    this.lastSnapshot = state.lastSnapshot;
    this.#tellDefaults();
  }

  keep(): void {
    this.#chain.note(() => settingsNotes(this.state));
  }

  /** Changes settings and keeps them; where they cannot be kept nothing is changed. */
  change(work: () => void): void {
    const before = this.state;
    work();
    try {
      this.keep();
    } catch (error) {
      this.state = before;
      throw error;
    }
  }

  /** Sets attributes of all blocks from now on. */
  setBlocks(attributes: BuildAttributes): void {
    this.change(() => {
      this.#blocks = { ...this.#blocks, ...attributes };
    });
    this.#tellDefaults();
  }

  /** Sets attributes of the next block alone. */
  setNext(attributes: BuildAttributes): void {
    this.change(() => {
      this.#next = { ...this.#next, ...attributes };
    });
    this.#tellDefaults();
  }

  /** A block was made at `timestamp`: what was set for it alone is used up. */
  passed(timestamp: bigint): void {
    const wasSet = this.clock.state.next !== undefined || Object.keys(this.#next).length > 0;
    this.clock.passed(timestamp);
    if (!wasSet) return;
    this.#next = {};
    this.#tellDefaults();
    try {
      this.keep();
    } catch (error) {
      // A restart sees by itself that the block is there for which something was set: this may fail.
      if (!(error instanceof DiskFullError)) throw error;
    }
  }

  #tellDefaults(): void {
    const chain = this.#chain;
    const { clock } = this;
    chain.setDefaults({
      // Of the head and the time that there are when they are asked for.
      get timestamp() {
        return clock.peek(chain.head.header.timestamp);
      },
      get prevRandao() {
        return HexOf.fromBytes(keccak256(Bytes.fromHex(chain.head.hash)));
      },
      ...this.#blocks,
      ...this.#next,
    });
  }
}
