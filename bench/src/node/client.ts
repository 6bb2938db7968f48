// A client of a node's HTTP: one connection that stays open, as libraries keep it, with as little of its own work as can be.

import { connect, type Socket } from "node:net";
import { PeerError } from "../peers/peer.ts";
import { takeAnswers } from "../peers/pipeline.ts";

/** A call: its method and parameters. */
export type Call = readonly [method: string, ...params: readonly unknown[]];

interface Answer {
  result?: unknown;
  error?: { message: string };
}

interface Waiting {
  resolve: (body: string) => void;
  reject: (error: Error) => void;
}

const postOf = (body: string): string =>
  `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const request = ([method, ...params]: Call, id: number) => ({ jsonrpc: "2.0", id, method, params });

function resultOf({ result, error }: Answer): unknown {
  if (error !== undefined) throw new PeerError(error.message);
  return result;
}

/** A connection, opened again where the node has closed it in a pause. Answers come in the order of the requests. */
export class Client {
  readonly #port: number;
  #socket: Socket | undefined;
  readonly #waiting: Waiting[] = [];
  #received: Buffer = Buffer.alloc(0);
  #id = 0;

  constructor(port: number) {
    this.#port = port;
  }

  #open(): Socket {
    const socket = connect(this.#port, "127.0.0.1");
    socket.setNoDelay(true);
    this.#received = Buffer.alloc(0);
    socket.on("data", (data: Buffer) => {
      try {
        const all = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
        this.#received = takeAnswers(all, (body) => this.#waiting.shift()?.resolve(body));
      } catch (error) {
        this.#end(socket, error as Error);
      }
    });
    socket.on("error", (error) => this.#end(socket, error));
    socket.on("close", () => this.#end(socket, new PeerError("the node closed the connection")));
    this.#socket = socket;
    return socket;
  }

  #end(socket: Socket, error: Error): void {
    socket.destroy();
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #send(message: string | Uint8Array, waiting: Waiting): void {
    const socket = this.#socket ?? this.#open();
    this.#waiting.push(waiting);
    socket.write(message);
  }

  #post(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#send(postOf(body), { resolve, reject });
    });
  }

  /** Sends every `step`th of the messages from `first` on, each when the one before is answered, and puts the answers at their places. */
  exchange(messages: readonly Uint8Array[], first: number, step: number, answers: string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const next = (at: number): void => {
        if (at >= messages.length) {
          resolve();
          return;
        }
        const answered = (body: string) => {
          answers[at] = body;
          next(at + step);
        };
        this.#send(messages[at]!, { resolve: answered, reject });
      };
      next(first);
    });
  }

  /** @throws PeerError where the node answers with an error */
  async call(...call: Call): Promise<unknown> {
    return resultOf(JSON.parse(await this.#post(JSON.stringify(request(call, ++this.#id)))) as Answer);
  }

  /** Calls in one request (JSON-RPC's batch). @throws PeerError where one is answered with an error */
  async batch(calls: readonly Call[]): Promise<unknown[]> {
    const body = JSON.stringify(calls.map((call) => request(call, ++this.#id)));
    return (JSON.parse(await this.#post(body)) as Answer[]).map(resultOf);
  }

  close(): void {
    this.#waiting.length = 0;
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}

/** Calls as they go over the wire: written before the time is taken, so that a node is timed and not who asks. */
export const written = (calls: readonly Call[]): Uint8Array[] =>
  calls.map((call, id) => Buffer.from(postOf(JSON.stringify(request(call, id)))));

/** Sends written calls one after the other on each of the connections, which share them out in turn; the answers as they came. */
export async function exchangeAll(
  clients: readonly Client[],
  messages: readonly Uint8Array[],
): Promise<string[]> {
  const answers: string[] = new Array(messages.length);
  await Promise.all(
    clients.map((client, first) => client.exchange(messages, first, clients.length, answers)),
  );
  return answers;
}

/** What the answers say. @throws PeerError where one is an error */
export const read = (answers: readonly string[]): unknown[] =>
  answers.map((answer) => resultOf(JSON.parse(answer) as Answer));
