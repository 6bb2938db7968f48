// POST / as clients of JSON-RPC send it, answered straight from the connection: what HTTP costs beside the answer is more than
// most answers cost. Whatever else comes on a connection goes to Node's HTTP, with the connection, for good.

import type { Socket } from "node:net";
import { PlainConnection, type PlainHttpOptions, type PlainPlace } from "./plain-connection.ts";
import type { PlainHead } from "./plain-head.ts";

/** Most milliseconds between two looks at all connections. */
const LONGEST_TICK = 5_000;

/** The connections that are answered so. */
export class PlainHttp implements PlainPlace {
  readonly options: PlainHttpOptions;
  readonly #connections = new Set<PlainConnection>();
  readonly #interval: number;
  readonly #timer: NodeJS.Timeout;
  /** The date of the headers, RFC 9110 5.6.7, and the second that it stands for. */
  #second = 0;
  #date = "";
  #head = "";
  tick = 0;
  isStopping = false;

  constructor(options: PlainHttpOptions) {
    this.options = options;
    this.#interval = Math.min(LONGEST_TICK, options.limits.headersTimeout);
    this.#timer = setInterval(() => this.#check(), this.#interval);
    this.#timer.unref();
  }

  /** Calls that connections wait for. */
  get calls(): number {
    let calls = 0;
    for (const connection of this.#connections) if (connection.isCalling) calls++;
    return calls;
  }

  accept(socket: Socket): void {
    this.#connections.add(new PlainConnection(this, socket));
  }

  forget(connection: PlainConnection): void {
    this.#connections.delete(connection);
  }

  #check(): void {
    this.tick++;
    for (const connection of this.#connections) connection.check(this.#interval);
  }

  #renew(): void {
    const second = Math.floor(Date.now() / 1000);
    if (second === this.#second && this.#head !== "") return;
    this.#second = second;
    this.#date = `Date: ${new Date(second * 1000).toUTCString()}\r\nVary: Origin`;
    this.#head = this.#headWith("");
  }

  #headWith(more: string): string {
    const { keepAliveTimeout } = this.options.limits;
    const connection = this.isStopping
      ? "Connection: close"
      : `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveTimeout / 1000)}`;
    return `HTTP/1.1 200 OK\r\n${this.#date}${more}\r\n${connection}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: `;
  }

  headOf(compression: PlainHead["compression"]): string {
    this.#renew();
    if (compression === undefined) return this.#head;
    return this.#headWith(`, accept-encoding\r\nContent-Encoding: ${compression}`);
  }

  get noContent(): string {
    this.#renew();
    return `HTTP/1.1 204 No Content\r\n${this.#date}\r\n\r\n`;
  }

  /** Ends what is idle; the others are ended behind their answers. */
  stop(): void {
    this.isStopping = true;
    this.#head = "";
    for (const connection of this.#connections) connection.endIfIdle();
  }

  /** Ends all. */
  close(): void {
    clearInterval(this.#timer);
    for (const connection of this.#connections) connection.destroy();
  }
}
