import { setTimeout as sleep } from "node:timers/promises";
import type { Hex, SourceAccount, SourceCommit, StateSource } from "../../src/index.ts";

/** A state source over maps, that keeps what blocks change; every answer takes `latency` ms, 0 = at once. */
export class MemorySource implements StateSource {
  readonly accounts = new Map<Hex, SourceAccount>();
  readonly slots = new Map<string, Map<Hex, bigint>>();
  readonly codes = new Map<Hex, Uint8Array>();
  readonly nodes = new Map<Hex, Uint8Array>();
  latency = 0;
  concurrency?: number;
  reads = 0;
  /** Times that something was asked while nothing was awaited: round trips one after the other. */
  waves = 0;
  /** Most answers that were awaited at the same time. */
  peak = 0;
  failAt: Hex | undefined;
  private waiting = 0;

  private answer<T>(value: T): T | Promise<T> {
    this.reads++;
    if (this.latency === 0) return value;
    if (this.waiting === 0) this.waves++;
    this.peak = Math.max(this.peak, ++this.waiting);
    return sleep(this.latency).then(() => {
      this.waiting--;
      return value;
    });
  }

  account(address: Hex) {
    if (address === this.failAt) throw new Error("the disk is gone");
    return this.answer(this.accounts.get(address));
  }

  storage(address: Hex, key: Hex) {
    return this.answer(this.slots.get(address)?.get(key) ?? 0n);
  }

  listStorage(address: Hex) {
    return this.answer([...(this.slots.get(address) ?? [])].filter(([, value]) => value !== 0n));
  }

  code(hash: Hex) {
    return this.answer(this.codes.get(hash)!);
  }

  node(hash: Hex) {
    return this.answer(this.nodes.get(hash));
  }

  commit({ changes, codes, nodes }: SourceCommit): void {
    for (const { address, account, storageWiped, storage } of changes) {
      if (account === null) this.accounts.delete(address);
      else this.accounts.set(address, account);
      if (storageWiped || account === null) this.slots.delete(address);
      const slots = this.slots.get(address) ?? new Map<Hex, bigint>();
      for (const [key, value] of storage) slots.set(key, value);
      this.slots.set(address, slots);
    }
    for (const [hash, code] of codes) this.codes.set(hash, code);
    for (const [hash, rlp] of nodes) this.nodes.set(`0x${Buffer.from(hash).toString("hex")}`, rlp.slice());
  }
}
