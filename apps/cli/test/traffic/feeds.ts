// What subscribers are told, compared among each other as it comes: all who listen to the same hear the same in the same order.

import assert from "node:assert/strict";

/** The kinds of subscriptions, with their parameters. */
export const KINDS = {
  heads: ["newHeads"],
  pending: ["newPendingTransactions"],
  logs: ["logs", {}],
  logsOfOne: ["logs", { address: "0x10c0000000000000000000000000000000000001" }],
  logsOfTopic: ["logs", { topics: [`0x${"1".padStart(64, "0")}`] }],
} as const;
export type Kind = keyof typeof KINDS;

/** What one kind of subscription was told since the last comparison with the chain. */
export class Feed {
  readonly kind: Kind;
  /** As the first of the subscribers who heard it. */
  #told: string[] = [];
  /** How many were told before these. */
  #before = 0;

  constructor(kind: Kind) {
    this.kind = kind;
  }

  /** How many there were until now. */
  get length(): number {
    return this.#before + this.#told.length;
  }

  /** @throws AssertionError where another subscriber heard something else at this place */
  hear(index: number, what: string): void {
    const at = index - this.#before;
    if (at === this.#told.length) this.#told.push(what);
    assert.equal(what, this.#told[at], `${this.kind}, notification ${index}`);
  }

  /** How many were told since the last comparison. */
  get fresh(): number {
    return this.#told.length;
  }

  /** What was told since the last comparison; forgets it. */
  take(): string[] {
    const told = this.#told;
    this.#before += told.length;
    this.#told = [];
    return told;
  }
}

interface Head {
  hash: string;
  parentHash: string;
  number: string;
}

export interface Log {
  address: string;
  topics: string[];
  blockHash: string;
  transactionHash: string;
  logIndex: string;
  removed: boolean;
}

export const headText = ({ number, hash, parentHash }: Head): string => `${number} ${hash} on ${parentHash}`;
export const logText = ({ blockHash, logIndex, transactionHash }: Log, removed: boolean): string =>
  `${removed ? "-" : "+"} ${blockHash} ${transactionHash} ${logIndex}`;

function textOf(kind: Kind, result: unknown): string {
  if (kind === "heads") return headText(result as Head);
  if (kind === "pending") return result as string;
  return logText(result as Log, (result as Log).removed);
}

/** A socket with one subscription. */
export class Subscriber {
  readonly #socket: WebSocket;
  readonly #feed: Feed;
  /** The next notification's place in the feed. */
  #next = 0;
  #id: string | undefined;
  #failure: unknown;
  #isLeaving = false;

  private constructor(url: string, feed: Feed) {
    this.#feed = feed;
    this.#socket = new WebSocket(url.replace("http", "ws"));
  }

  /** Subscribes while the chain rests: what comes from now on is expected. */
  static async join(url: string, feed: Feed): Promise<Subscriber> {
    const one = new Subscriber(url, feed);
    const socket = one.#socket;
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", reject);
    });
    one.#next = feed.length;
    socket.addEventListener("close", ({ code }) => {
      if (!one.#isLeaving) one.#failure ??= new Error(`the node closed a socket (${feed.kind}, ${code})`);
    });
    await new Promise<void>((resolve) => {
      socket.addEventListener("message", ({ data }) => one.#receive(data as string, resolve));
      const request = { jsonrpc: "2.0", id: 1, method: "eth_subscribe", params: KINDS[feed.kind] };
      socket.send(JSON.stringify(request));
    });
    return one;
  }

  #receive(data: string, subscribed: () => void): void {
    try {
      const { id, result, error, params } = JSON.parse(data);
      if (id !== undefined) {
        assert.equal(error, undefined);
        this.#id = result;
        subscribed();
        return;
      }
      assert.equal(params.subscription, this.#id);
      this.#feed.hear(this.#next, textOf(this.#feed.kind, params.result));
      this.#next++;
    } catch (failure) {
      this.#failure ??= failure;
      subscribed();
    }
  }

  /** Whether it has heard all that others of its feed have. @throws what was wrong with what it heard */
  get isThere(): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#next === this.#feed.length;
  }

  leave(): void {
    this.#isLeaving = true;
    this.#socket.close();
  }
}
