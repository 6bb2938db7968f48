// One connection that has sent nothing but plain requests: their bytes, their answers, and how far it is.

import type { Socket } from "node:net";
import { promisify } from "node:util";
import { deflate, gzip } from "node:zlib";
import type { MaybePromise } from "@heddle/engine";
import type { Caller } from "../dispatch.ts";
import type { ByteBudget } from "./byte-budget.ts";
import type { RpcMetrics } from "./metrics.ts";
import type { RpcLimits } from "./options.ts";
import { type PlainHead, readPlainHead } from "./plain-head.ts";

export interface PlainHttpOptions {
  limits: RpcLimits;
  budget: ByteBudget;
  metrics: RpcMetrics;
  isAllowedHost(host: string): boolean;
  /** The answer to a body. Never throws. */
  answer(text: string, caller: Caller): MaybePromise<string | undefined>;
  /** Goes on with a connection as Node's HTTP does; `received` was read of it and not answered. */
  handOver(socket: Socket, received: Buffer): void;
}

/** What a connection shares with the others. */
export interface PlainPlace {
  readonly options: PlainHttpOptions;
  /** Counts the server's looks at its connections: their clock. */
  readonly tick: number;
  readonly isStopping: boolean;
  /** An answer without content. */
  readonly noContent: string;
  /** Status line and headers before the last, the length. */
  headOf(compression: PlainHead["compression"]): string;
  forget(connection: PlainConnection): void;
}

/** Bytes of a head, as Node's HTTP takes them. */
export const MOST_HEAD_BYTES = 16_384;
/** Read ahead while a call runs, and written at once: then the other side has to wait. */
const AHEAD = 65_536;
/** Heads of a connection that are remembered, and bytes of one: what ten thousand connections may hold is small. */
const KNOWN_HEADS = 16;
const LONGEST_KNOWN = 1024;
const PIECE = 1024;
const NO_BYTES = Buffer.alloc(0);
const HEAD_END = "\r\n\r\n";
/** What a request begins with that may be plain. */
const FIRST_BYTE = "P".charCodeAt(0);
const LEVEL = 1;
const compressors = { gzip: promisify(gzip), deflate: promisify(deflate) };

/** What a connection waits for: a first byte, the rest of a head or of a body, its call, its peer's reading, the next request. */
type Step = "first" | "head" | "body" | "call" | "peer" | "next";

/** How long it may; a call has a time of its own. */
const PATIENCE: Record<
  Step,
  "idleTimeout" | "headersTimeout" | "requestTimeout" | "keepAliveTimeout" | undefined
> = {
  first: "idleTimeout",
  head: "headersTimeout",
  body: "requestTimeout",
  call: undefined,
  peer: "idleTimeout",
  next: "keepAliveTimeout",
};

export class PlainConnection {
  readonly #place: PlainPlace;
  readonly #socket: Socket;
  readonly #caller: Caller = { connection: undefined, running: new Set() };
  #step: Step = "first";
  /** The tick at which the step began. */
  #since: number;
  /** Received and not used; the budget knows of it. */
  #kept: Buffer[] = [];
  #keptBytes = 0;
  /** Where small pieces are put together: a byte that comes alone must not cost a hundred. The last one kept, if it has any. */
  #piece = NO_BYTES;
  #pieceLength = 0;
  /** Kept bytes with which something can be done. */
  #needed = 0;
  /** Answers that are not written yet. */
  #unsent = "";
  /** Heads and what they said: a client's differ in the length of the body alone. */
  readonly #heads = new Map<string, PlainHead>();
  readonly #listeners;

  constructor(place: PlainPlace, socket: Socket) {
    this.#place = place;
    this.#socket = socket;
    this.#since = place.tick;
    this.#listeners = {
      data: (chunk: Buffer) => this.#receive(chunk),
      end: () => this.#ended(),
      drain: () => this.#drained(),
      close: () => this.#closed(),
      error: () => undefined,
    };
    for (const [event, listener] of Object.entries(this.#listeners)) socket.on(event, listener);
  }

  get isCalling(): boolean {
    return this.#step === "call";
  }

  #enter(step: Step): void {
    // A request's time begins with its head.
    if (step !== "body" || this.#step !== "head") this.#since = this.#place.tick;
    this.#step = step;
  }

  #receive(chunk: Buffer): void {
    if (this.#step === "call" || this.#step === "peer") {
      if (!this.#keep(chunk)) this.destroy();
      else if (this.#keptBytes > AHEAD) this.#socket.pause();
    } else if (this.#keptBytes === 0) {
      this.#work(chunk);
    } else if (!this.#keep(chunk)) {
      this.#handOver(Buffer.concat([this.#takeKept(), chunk]));
    } else if (this.#keptBytes >= this.#needed) {
      this.#work(this.#takeKept());
    }
  }

  #keep(chunk: Buffer): boolean {
    if (!this.#place.options.budget.take(chunk.length)) return false;
    this.#keptBytes += chunk.length;
    if (chunk.length >= PIECE) {
      this.#kept.push(chunk);
      this.#pieceLength = 0;
      return true;
    }
    const hasRoom = this.#pieceLength > 0 && this.#pieceLength + chunk.length <= PIECE;
    if (hasRoom) this.#kept.pop();
    else {
      this.#piece = Buffer.allocUnsafeSlow(PIECE);
      this.#pieceLength = 0;
    }
    chunk.copy(this.#piece, this.#pieceLength);
    this.#pieceLength += chunk.length;
    this.#kept.push(this.#piece.subarray(0, this.#pieceLength));
    return true;
  }

  #takeKept(): Buffer {
    const all = this.#kept.length === 1 ? this.#kept[0]! : Buffer.concat(this.#kept, this.#keptBytes);
    this.#place.options.budget.give(this.#keptBytes);
    this.#kept = [];
    this.#keptBytes = 0;
    this.#pieceLength = 0;
    return all;
  }

  /** Answers the requests that `bytes` consist of, one after the other. */
  #work(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      const end = this.#answerAt(bytes, at);
      if (end === undefined) return;
      at = end;
    }
    this.#enter("next");
    this.#send();
  }

  /** Answers the request at `at`: where it ends, or undefined where what comes is done with later, or elsewhere. */
  #answerAt(bytes: Buffer, at: number): number | undefined {
    const { limits, budget, metrics, isAllowedHost, answer } = this.#place.options;
    const headEnd = bytes.indexOf(HEAD_END, at, "latin1");
    if (bytes[at] !== FIRST_BYTE || (headEnd < 0 ? bytes.length : headEnd) - at > MOST_HEAD_BYTES) {
      this.#handOver(bytes.subarray(at));
      return undefined;
    }
    if (headEnd < 0) {
      this.#await("head", bytes.subarray(at), bytes.length - at + 1);
      return undefined;
    }
    const head = this.#readHead(bytes.toString("latin1", at, headEnd));
    if (head === undefined || !isAllowedHost(head.host) || head.bodyLength > limits.requestBytes) {
      this.#handOver(bytes.subarray(at));
      return undefined;
    }
    const bodyAt = headEnd + HEAD_END.length;
    const end = bodyAt + head.bodyLength;
    if (end > bytes.length) {
      this.#await("body", bytes.subarray(at), end - at);
      return undefined;
    }
    if (!budget.take(head.bodyLength)) {
      this.#handOver(bytes.subarray(at));
      return undefined;
    }
    metrics.received(head.bodyLength);
    const given = answer(bytes.toString("utf8", bodyAt, end), this.#caller);
    if (given instanceof Promise || this.#isLong(given, head)) {
      this.#enter("call");
      this.#flush();
      void this.#answerLater(given, head, bytes.subarray(end));
      return undefined;
    }
    budget.give(head.bodyLength);
    this.#unsent += this.#textOf(given);
    if (head.closes || this.#place.isStopping) {
      this.#end();
      return undefined;
    }
    if (this.#unsent.length < AHEAD || end === bytes.length || this.#send()) return end;
    this.#keepOrEnd(bytes.subarray(end));
    return undefined;
  }

  #readHead(text: string): PlainHead | undefined {
    const known = this.#heads.get(text);
    if (known !== undefined) return known;
    const head = readPlainHead(text);
    if (head === undefined || text.length > LONGEST_KNOWN) return head;
    if (this.#heads.size >= KNOWN_HEADS) this.#heads.clear();
    this.#heads.set(text, head);
    return head;
  }

  #await(step: "head" | "body", rest: Buffer, needed: number): void {
    if (this.#keep(rest)) {
      this.#needed = needed;
      this.#enter(step);
      this.#send();
    } else {
      this.#handOver(rest);
    }
  }

  #keepOrEnd(rest: Buffer): void {
    if (rest.length > 0 && !this.#keep(rest)) this.destroy();
  }

  async #answerLater(given: MaybePromise<string | undefined>, head: PlainHead, rest: Buffer): Promise<void> {
    this.#keepOrEnd(rest);
    const answer = await given;
    const packed = this.#isLong(answer, head) ? await this.#compress(answer!, head.compression!) : undefined;
    this.#place.options.budget.give(head.bodyLength);
    if (this.#socket.destroyed) return;
    this.#enter("next");
    if (packed === undefined) {
      this.#unsent = this.#textOf(answer);
      this.#send();
    } else {
      this.#unsent = `${this.#place.headOf(head.compression)}${packed.length}${HEAD_END}`;
      this.#flush();
      if (!this.#socket.write(packed)) this.#enter("peer");
    }
    if (head.closes || this.#place.isStopping) this.#end();
    else if (this.#step === "next") this.#goOn();
  }

  async #compress(answer: string, encoding: "gzip" | "deflate"): Promise<Buffer> {
    this.#place.options.metrics.sent(Buffer.byteLength(answer));
    return compressors[encoding](answer, { level: LEVEL });
  }

  #isLong(answer: string | undefined, { compression }: PlainHead): boolean {
    return (
      compression !== undefined &&
      answer !== undefined &&
      answer.length >= this.#place.options.limits.compressFrom
    );
  }

  #textOf(answer: string | undefined): string {
    if (answer === undefined) return this.#place.noContent;
    const bytes = Buffer.byteLength(answer);
    this.#place.options.metrics.sent(bytes);
    return `${this.#place.headOf(undefined)}${bytes}${HEAD_END}${answer}`;
  }

  #flush(): boolean {
    const text = this.#unsent;
    if (text === "") return true;
    this.#unsent = "";
    return this.#socket.write(text);
  }

  /** False where the peer has to read first; then it is waited for. */
  #send(): boolean {
    if (this.#flush()) return true;
    this.#enter("peer");
    return false;
  }

  /** Takes up what came meanwhile. */
  #goOn(): void {
    const kept = this.#takeKept();
    this.#enter("next");
    if (this.#socket.isPaused()) this.#socket.resume();
    if (kept.length > 0) this.#work(kept);
  }

  #drained(): void {
    if (this.#step === "peer" && this.#socket.writable) this.#goOn();
  }

  /** Says the last and closes. */
  #end(): void {
    this.#flush();
    this.#enter("peer");
    this.#socket.destroySoon();
  }

  /** The peer has closed its half: what runs for it has nobody to be told to. */
  #ended(): void {
    if (this.isCalling) this.destroy();
    else this.#end();
  }

  #closed(): void {
    this.#takeKept();
    this.#place.forget(this);
    for (const call of this.#caller.running) call.abort(new Error("the connection was closed"));
  }

  #handOver(received: Buffer): void {
    this.#flush();
    for (const [event, listener] of Object.entries(this.#listeners)) this.#socket.off(event, listener);
    this.#place.forget(this);
    this.#place.options.handOver(this.#socket, received);
  }

  /** Ends a connection that has waited for longer than it may; `interval` are the milliseconds of a tick. */
  check(interval: number): void {
    const patience = PATIENCE[this.#step];
    if (patience === undefined) return;
    const { limits, metrics } = this.#place.options;
    if ((this.#place.tick - this.#since) * interval <= limits[patience]) return;
    if (this.#step !== "head" && this.#step !== "body") {
      this.destroy();
      return;
    }
    metrics.refused("slow");
    this.#unsent = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    this.#end();
  }

  /** Closes it unless something of it is being answered or received. */
  endIfIdle(): void {
    if (this.#step === "first" || this.#step === "next") this.#end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
