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

  #post(body: string): Promise<string> {
    const length = Buffer.byteLength(body);
    const socket = this.#socket ?? this.#open();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      socket.write(
        `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`,
      );
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

/** Calls one after the other on each of the connections, which share them out in turn. */
export async function callAll(clients: readonly Client[], calls: readonly Call[]): Promise<unknown[]> {
  const results: unknown[] = new Array(calls.length);
  await Promise.all(
    clients.map(async (client, first) => {
      for (let i = first; i < calls.length; i += clients.length) results[i] = await client.call(...calls[i]!);
    }),
  );
  return results;
}
