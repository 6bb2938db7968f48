// WebSockets: messages answered as they come, notifications sent, and what is slow or gone is closed.

import type { IncomingMessage } from "node:http";
import type { RawData, WebSocket } from "ws";
import type { Caller, Dispatcher } from "../dispatch.ts";
import { answerMessage } from "../messages.ts";
import type { Connection } from "../method.ts";
import type { ByteBudget } from "./byte-budget.ts";
import type { RpcMetrics } from "./metrics.ts";
import type { RpcLimits } from "./options.ts";

/** RFC 6455, 7.4.1: try again later. */
const TRY_AGAIN = 1013;
const GOING_AWAY = 1001;

export interface SocketContext {
  dispatcher: Dispatcher;
  limits: RpcLimits;
  metrics: RpcMetrics;
  budget: ByteBudget;
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return Buffer.isBuffer(data) ? data.toString("utf8") : Buffer.from(data).toString("utf8");
}

/** One open socket. */
class Socket implements Connection {
  readonly #socket: WebSocket;
  readonly #request: IncomingMessage;
  readonly #context: SocketContext;
  readonly #running: Caller["running"] = new Set();
  readonly #listeners = new Set<() => void>();
  #calls = 0;
  #isAlive = true;
  /** Bytes that were read when the last message was whole, and those of control frames since then. */
  #delivered = 0;
  #unfinishedBefore = 0;

  constructor(socket: WebSocket, request: IncomingMessage, context: SocketContext) {
    this.#socket = socket;
    this.#request = request;
    this.#context = context;
    this.#delivered = request.socket.bytesRead;
    socket.on("message", (data: RawData) => void this.#receive(textOf(data)));
    socket.on("pong", (data: Buffer) => {
      this.#isAlive = true;
      this.#delivered += CONTROL_FRAME + data.length;
    });
    socket.on("ping", (data: Buffer) => {
      this.#delivered += CONTROL_FRAME + data.length;
    });
    socket.on("close", () => this.#closed());
  }

  get calls(): number {
    return this.#calls;
  }

  async #receive(text: string): Promise<void> {
    const { dispatcher, limits, metrics, budget } = this.#context;
    const bytes = Buffer.byteLength(text);
    this.#delivered = this.#request.socket.bytesRead;
    metrics.received(bytes);
    if (!budget.take(bytes)) {
      metrics.refused("memory");
      this.#socket.close(TRY_AGAIN, "too many requests are being received");
      return;
    }
    this.#calls++;
    if (this.#calls >= limits.callsPerSocket) this.#socket.pause();
    const caller: Caller = { connection: this, running: this.#running };
    try {
      const answer = await answerMessage(dispatcher, text, caller, limits);
      if (answer !== undefined) this.#send(answer);
    } finally {
      budget.give(bytes);
      this.#calls--;
      if (this.#calls < limits.callsPerSocket && this.#socket.isPaused) this.#socket.resume();
    }
  }

  #send(text: string): void {
    const { limits, metrics } = this.#context;
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    // Who does not read must not make us keep everything for him.
    if (this.#socket.bufferedAmount > limits.unreadBytes) {
      metrics.refused("slow");
      this.#socket.terminate();
      return;
    }
    metrics.sent(Buffer.byteLength(text));
    this.#socket.send(text, () => undefined);
  }

  notify(method: string, params: unknown): void {
    this.#send(JSON.stringify({ jsonrpc: "2.0", method, params }));
  }

  onClose(listener: () => void): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#listeners.add(listener);
    else listener();
  }

  #closed(): void {
    for (const call of this.#running) call.abort(new Error("the connection was closed"));
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** Called at every ping interval: whoever did not answer, or sends one message for longer than that, is gone. */
  check(): void {
    const unfinished = this.#request.socket.bytesRead - this.#delivered;
    const isSlow = this.#unfinishedBefore > MESSAGE_HEAD && unfinished >= this.#unfinishedBefore;
    // A paused socket's pong waits behind its messages.
    if (!this.#socket.isPaused && (!this.#isAlive || isSlow)) {
      this.#context.metrics.refused("slow");
      this.#socket.terminate();
      return;
    }
    this.#unfinishedBefore = unfinished;
    this.#isAlive = false;
    this.#socket.ping(() => undefined);
  }

  /** Bytes of a message that has not come as a whole. */
  get unfinished(): number {
    return this.#request.socket.bytesRead - this.#delivered;
  }

  close(): void {
    this.#socket.close(GOING_AWAY, "the server stops");
  }

  terminate(): void {
    this.#socket.terminate();
  }
}

/** The heads of frames count as unfinished as well. */
const MESSAGE_HEAD = 4096;
/** RFC 6455: opcode, length and mask of a client's ping or pong. */
const CONTROL_FRAME = 6;

/** All open sockets. */
export class Sockets {
  readonly #context: SocketContext;
  readonly #open = new Set<Socket>();
  readonly #pings: NodeJS.Timeout;

  constructor(context: SocketContext) {
    this.#context = context;
    this.#pings = setInterval(() => this.#check(), context.limits.pingInterval);
    this.#pings.unref();
  }

  get size(): number {
    return this.#open.size;
  }

  /** Calls that sockets wait for. */
  get calls(): number {
    let calls = 0;
    for (const socket of this.#open) calls += socket.calls;
    return calls;
  }

  add(socket: WebSocket, request: IncomingMessage): void {
    const open = new Socket(socket, request, this.#context);
    this.#open.add(open);
    socket.on("close", () => this.#open.delete(open));
  }

  #check(): void {
    let unfinished = 0;
    for (const socket of this.#open) {
      socket.check();
      unfinished += socket.unfinished;
      if (unfinished > this.#context.limits.pendingBytes) {
        this.#context.metrics.refused("memory");
        socket.terminate();
      }
    }
  }

  /** Says goodbye to all, and ends what does not answer within a second. */
  async close(): Promise<void> {
    clearInterval(this.#pings);
    for (const socket of this.#open) socket.close();
    for (let waited = 0; this.#open.size > 0 && waited < 1000; waited += 10) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const socket of this.#open) socket.terminate();
  }
}
