// Makes a case that shows a difference as small as it gets while the difference remains.

import type { Hex } from "@heddle/engine";
import type { CaseBlock, CaseTransaction, FuzzCase } from "./case.ts";

/** What shrinking may cost and is told. */
export interface ShrinkOptions {
  /** True where the difference is still there. */
  remains: (candidate: FuzzCase) => Promise<boolean>;
  /** Milliseconds after which the smallest case so far is taken. */
  limit: number;
  /** Is told after every try that succeeded. */
  onSmaller?: (smallest: FuzzCase) => void;
}

/** Bytes, roughly: what shrinking makes less of. */
export function caseSize(fuzzCase: FuzzCase): number {
  return JSON.stringify(fuzzCase).length;
}

/** A fee recipient that nothing else has to do with. */
const COINBASE: Hex = `0x${"fe".repeat(20)}`;
/** JUMPDEST. */
const NO_OP = "5b";

class Shrinker {
  readonly #options: ShrinkOptions;
  readonly #end: number;
  #best: FuzzCase;

  constructor(fuzzCase: FuzzCase, options: ShrinkOptions) {
    this.#best = fuzzCase;
    this.#options = options;
    this.#end = performance.now() + options.limit;
  }

  get #over(): boolean {
    return performance.now() > this.#end;
  }

  async run(): Promise<FuzzCase> {
    for (let size = Number.POSITIVE_INFINITY; caseSize(this.#best) < size && !this.#over; ) {
      size = caseSize(this.#best);
      await this.#blocks();
      await this.#transactions();
      await this.#accounts();
      await this.#simplify();
      await this.#code();
      await this.#data();
    }
    return this.#best;
  }

  /** Takes the candidate where the difference remains with it. A case without a block is none. */
  async #try(candidate: FuzzCase): Promise<boolean> {
    if (this.#over || candidate.blocks.length === 0) return false;
    if (!(await this.#options.remains(candidate))) return false;
    this.#best = candidate;
    this.#options.onSmaller?.(candidate);
    return true;
  }

  /** Removes pieces of a list, halves first, then ever smaller ones. */
  async #pieces<T>(list: readonly T[], use: (rest: T[]) => FuzzCase): Promise<void> {
    let rest = [...list];
    for (let piece = Math.ceil(rest.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
      for (let at = 0; at < rest.length && !this.#over; ) {
        const candidate = [...rest.slice(0, at), ...rest.slice(at + piece)];
        if (await this.#try(use(candidate))) rest = candidate;
        else at += piece;
      }
    }
  }

  async #blocks(): Promise<void> {
    await this.#pieces(this.#best.blocks, (blocks) => ({ ...this.#best, blocks }));
  }

  #withBlock(index: number, change: Partial<CaseBlock>): FuzzCase {
    const blocks = this.#best.blocks.map((block, i) => (i === index ? { ...block, ...change } : block));
    return { ...this.#best, blocks };
  }

  async #transactions(): Promise<void> {
    for (let i = 0; i < this.#best.blocks.length; i++) {
      await this.#pieces(this.#best.blocks[i]!.transactions, (transactions) =>
        this.#withBlock(i, { transactions }),
      );
    }
  }

  async #accounts(): Promise<void> {
    await this.#pieces(Object.entries(this.#best.accounts), (entries) => ({
      ...this.#best,
      accounts: Object.fromEntries(entries),
    }));
    for (const address of Object.keys(this.#best.accounts) as Hex[]) {
      await this.#pieces(Object.entries(this.#best.accounts[address]!.storage), (entries) =>
        this.#withAccount(address, { storage: Object.fromEntries(entries) }),
      );
    }
  }

  #withAccount(address: Hex, change: Partial<FuzzCase["accounts"][Hex]>): FuzzCase {
    const account = { ...this.#best.accounts[address]!, ...change };
    return { ...this.#best, accounts: { ...this.#best.accounts, [address]: account } };
  }

  #withTransaction(block: number, index: number, change: Partial<CaseTransaction>): FuzzCase {
    const transactions = this.#best.blocks[block]!.transactions.map((transaction, i) =>
      i === index ? { ...transaction, ...change } : transaction,
    );
    return this.#withBlock(block, { transactions });
  }

  /** Values that say nothing in place of what is there. */
  async #simplify(): Promise<void> {
    const simpler: ((t: CaseTransaction) => Partial<CaseTransaction>)[] = [
      () => ({ type: 0, accessList: [], authorizations: [], blobs: [] }),
      ({ type }) => (type > 2 ? { type: 2, authorizations: [], blobs: [] } : {}),
      () => ({ accessList: [] }),
      () => ({ value: "0x0" }),
      () => ({ maxPriorityFeePerGas: "0x0" }),
      () => ({ data: "0x" }),
      () => ({ gasLimit: 1_000_000 }),
      () => ({ nonceShift: 0 }),
    ];
    for (const [b, { transactions }] of this.#best.blocks.entries()) {
      const changes: Partial<CaseBlock>[] = [
        { baseFee: "0x0" },
        { gasLimit: 30_000_000 },
        { coinbase: COINBASE },
      ];
      for (const change of changes) {
        await this.#trySet(this.#best.blocks[b]!, change, (used) => this.#withBlock(b, used));
      }
      for (const t of transactions.keys()) {
        const now = () => this.#best.blocks[b]!.transactions[t]!;
        for (const change of simpler) {
          await this.#trySet(now(), change(now()), (used) => this.#withTransaction(b, t, used));
        }
        await this.#pieces(now().authorizations, (authorizations) =>
          this.#withTransaction(b, t, { authorizations }),
        );
      }
    }
  }

  /** Tries a change, unless it changes nothing. */
  async #trySet<T extends object>(
    old: T,
    change: Partial<T>,
    use: (change: Partial<T>) => FuzzCase,
  ): Promise<void> {
    if (JSON.stringify({ ...old, ...change }) !== JSON.stringify(old)) await this.#try(use(change));
  }

  async #code(): Promise<void> {
    for (const address of Object.keys(this.#best.accounts) as Hex[]) {
      const { code } = this.#best.accounts[address]!;
      // A delegation is one thing.
      if (code.startsWith("0xef0100")) await this.#try(this.#withAccount(address, { code: "0x" }));
      else {
        const use = (smaller: Hex) => this.#withAccount(address, { code: smaller });
        await this.#bytes(code, use);
        await this.#pushes(this.#best.accounts[address]!.code, use);
      }
    }
  }

  async #data(): Promise<void> {
    for (const [b, block] of this.#best.blocks.entries()) {
      for (const [t, { data }] of block.transactions.entries()) {
        await this.#bytes(data, (smaller) => this.#withTransaction(b, t, { data: smaller }));
      }
    }
  }

  /** Pieces of bytes left out; where that moves too much, no-ops in their place. */
  async #bytes(hex: Hex, use: (smaller: Hex) => FuzzCase): Promise<void> {
    let bytes: string[] = hex.slice(2).match(/../g) ?? [];
    for (
      let piece = Math.ceil(bytes.length / 2);
      piece >= 1;
      piece = piece === 1 ? 0 : Math.ceil(piece / 2)
    ) {
      for (let at = 0; at < bytes.length && !this.#over; ) {
        const [before, cut, after] = [
          bytes.slice(0, at),
          bytes.slice(at, at + piece),
          bytes.slice(at + piece),
        ];
        const without = [...before, ...after];
        const still = [...before, ...cut.map(() => NO_OP), ...after];
        if (await this.#try(use(`0x${without.join("")}`))) bytes = without;
        else {
          at += piece;
          if (cut.some((byte) => byte !== NO_OP) && (await this.#try(use(`0x${still.join("")}`))))
            bytes = still;
        }
      }
    }
  }

  /** Pushes of zero, or of one byte, in place of longer ones. */
  async #pushes(hex: Hex, use: (smaller: Hex) => FuzzCase): Promise<void> {
    let bytes: string[] = hex.slice(2).match(/../g) ?? [];
    for (let at = 0; at < bytes.length && !this.#over; at++) {
      const immediate = Number.parseInt(bytes[at]!, 16) - 0x5f;
      if (immediate < 1 || immediate > 32) continue;
      if (immediate > 1 || bytes[at + 1] !== "00") {
        for (const value of ["00", bytes[at + immediate] ?? "00"]) {
          const shorter = [...bytes.slice(0, at), "60", value, ...bytes.slice(at + 1 + immediate)];
          if (shorter.join() === bytes.join() || !(await this.#try(use(`0x${shorter.join("")}`)))) continue;
          bytes = shorter;
          break;
        }
      }
      at += Number.parseInt(bytes[at]!, 16) - 0x5f;
    }
  }
}

/** The smallest case found that shows the difference which `fuzzCase` shows. */
export function shrinkCase(fuzzCase: FuzzCase, options: ShrinkOptions): Promise<FuzzCase> {
  return new Shrinker({ ...fuzzCase, seed: -1 }, options).run();
}
