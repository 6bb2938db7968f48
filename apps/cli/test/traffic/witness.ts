// What the chain did, as its blocks tell it: whoever subscribed must have heard exactly that.

import assert from "node:assert/strict";
import { type Feed, headText, KINDS, type Kind, type Log, logText } from "./feeds.ts";
import type { Node } from "./node.ts";

interface Block {
  number: string;
  hash: string;
  parentHash: string;
  logs: Log[];
}

const WANTED: Readonly<Record<Exclude<Kind, "heads" | "pending">, (log: Log) => boolean>> = {
  logs: () => true,
  logsOfOne: ({ address }) => address === KINDS.logsOfOne[1].address,
  logsOfTopic: ({ topics }) => topics[0] === KINDS.logsOfTopic[1].topics[0],
};

/** Notifications by the kind of their subscription, in their order. */
type Expected = Record<Exclude<Kind, "pending">, string[]>;

/** Follows the main line by its parents' hashes, from one moment of rest to the next. */
export class Witness {
  readonly #node: Node;
  /** The main line from where it began to be followed. */
  #line: Block[] = [];
  /** How often the head had gone back when a transaction was told last. */
  readonly #toldAt = new Map<string, number>();
  #reorgs = 0;

  constructor(node: Node) {
    this.#node = node;
  }

  get head(): number {
    return Number(this.#line.at(-1)!.number);
  }

  get reorgs(): number {
    return this.#reorgs;
  }

  async #block(ref: string): Promise<Block> {
    const method = ref === "latest" ? "eth_getBlockByNumber" : "eth_getBlockByHash";
    const block = (await this.#node.request(method, ref, false)) as Block;
    const logs = (await this.#node.request("eth_getLogs", { blockHash: block.hash })) as Log[];
    const { number, hash, parentHash } = block;
    return { number, hash, parentHash, logs };
  }

  /** Begins at the head. */
  async begin(): Promise<void> {
    this.#line = [await this.#block("latest")];
  }

  /** Looks what became of the main line: blocks that left it, newest first, and those that came, oldest first. */
  async #moved(replaced: number): Promise<{ removed: Block[]; added: Block[] }> {
    const added: Block[] = [];
    let block = await this.#block("latest");
    const first = Number(this.#line[0]!.number);
    const kept = this.#line.length - replaced;
    for (;;) {
      assert.ok(Number(block.number) >= first, "the chain went back behind where it was followed from");
      const place = Number(block.number) - first;
      if (place < kept && this.#line[place]!.hash === block.hash) break;
      added.unshift(block);
      block = await this.#block(block.parentHash);
    }
    const removed = this.#line.splice(Number(block.number) - first + 1).toReversed();
    this.#line.push(...added);
    if (removed.length > 0) this.#reorgs++;
    return { removed, added };
  }

  /**
   * What must have been told of the main line since the last look.
   * @param replaced blocks at its end that were taken back, and made again
   */
  async look(replaced: number): Promise<Expected> {
    const { removed, added } = await this.#moved(replaced);
    const expected: Expected = { heads: added.map(headText), logs: [], logsOfOne: [], logsOfTopic: [] };
    for (const [kind, isWanted] of Object.entries(WANTED)) {
      const texts = (blocks: readonly Block[], isRemoved: boolean) =>
        blocks.flatMap(({ logs }) => logs.filter(isWanted).map((log) => logText(log, isRemoved)));
      expected[kind as keyof typeof WANTED] = [...texts(removed, true), ...texts(added, false)];
    }
    return expected;
  }

  /**
   * Compares what was told since the last time with what happened.
   * @param sent hashes of the transactions that the node took since then
   * @throws AssertionError where something was missed, told twice, or in another order
   */
  compare(feeds: Readonly<Record<Kind, Feed>>, expected: Expected, sent: readonly string[]): void {
    for (const [kind, texts] of Object.entries(expected)) {
      assert.deepEqual(feeds[kind as Kind].take(), texts, kind);
    }
    this.#comparePending(feeds.pending.take(), sent);
  }

  #comparePending(told: readonly string[], sent: readonly string[]): void {
    const fresh = new Set<string>();
    for (const hash of told) {
      // Whose nonce was taken back with a block waits for it, and is told again when it can follow.
      assert.notEqual(this.#toldAt.get(hash), this.#reorgs, `${hash} was told twice as pending`);
      if (!this.#toldAt.has(hash)) fresh.add(hash);
      this.#toldAt.set(hash, this.#reorgs);
    }
    assert.deepEqual([...fresh].sort(), sent.toSorted(), "newPendingTransactions");
  }

  /** Forgets what cannot be told again: nothing waits, and what was followed begins anew at the head. */
  async beginAgain(): Promise<void> {
    this.#toldAt.clear();
    await this.begin();
  }
}
