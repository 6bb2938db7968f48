// A node behind HTTP that answers what a fork asks of it, from a local chain, and that can be made to fail in every way.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Hex } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import type { BlockEntry, DevChain } from "../../src/index.ts";

export interface Request {
  id: number;
  method: string;
  params: unknown[];
}

const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`;

function header({ header: of, hash }: BlockEntry): Record<string, unknown> {
  const { ommersHash, coinbase, ...fields } = of;
  const named = { ...fields, sha3Uncles: ommersHash, miner: coinbase, hash, transactions: [] };
  return Object.fromEntries(
    Object.entries(named).map(([name, value]) => [name, typeof value === "bigint" ? quantity(value) : value]),
  );
}

async function answer({ chain }: DevChain, { method, params }: Request): Promise<unknown> {
  const at = (i: number) => chain.state(BigInt(params[i] as string));
  const address = params[0] as Hex;
  switch (method) {
    case "eth_chainId":
      return quantity(chain.chainId);
    case "eth_blockNumber":
      return quantity(chain.head.number);
    case "eth_getBlockByNumber": {
      const block = chain.block(BigInt(params[0] as string));
      return block === undefined ? null : header(block);
    }
    case "eth_getBalance":
      return quantity((await at(1).account(address))?.balance ?? 0n);
    case "eth_getTransactionCount":
      return quantity((await at(1).account(address))?.nonce ?? 0n);
    case "eth_getCode":
      return HexOf.fromBytes(await at(1).code(address));
    case "eth_getStorageAt":
      return HexOf.fromNumber(await at(2).storage(address, params[1] as Hex), { size: 32 });
    case "eth_getProof": {
      const proof = await at(2).prove(address, params[1] as Hex[]);
      return JSON.parse(
        JSON.stringify(proof, (_, value) => (typeof value === "bigint" ? quantity(value) : value)),
      );
    }
  }
  throw new Error("the method does not exist");
}

/** What stands in the way of an answer; true: it was answered otherwise. */
export type Fault = (requests: Request[], response: ServerResponse) => boolean | Promise<boolean>;

export class FakeRemote {
  readonly #dev: DevChain;
  readonly #server: Server;
  /** Methods that were asked for, in order. */
  readonly asked: string[] = [];
  /** HTTP requests: a batch is one. */
  trips = 0;
  /** Met before a request is answered. */
  fault: Fault = () => false;
  /** Changes a result. */
  lie: (request: Request, result: unknown) => unknown = (_, result) => result;

  private constructor(dev: DevChain) {
    this.#dev = dev;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(dev: DevChain): Promise<FakeRemote> {
    const remote = new FakeRemote(dev);
    await new Promise<void>((resolve) => remote.#server.listen(0, "127.0.0.1", resolve));
    return remote;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const part of request) text += part;
    const read = JSON.parse(text) as Request | Request[];
    const requests = [read].flat();
    this.trips++;
    this.asked.push(...requests.map(({ method }) => method));
    if (await this.fault(requests, response)) return;
    const answers = await Promise.all(
      requests.map(async (one) => {
        try {
          return { jsonrpc: "2.0", id: one.id, result: this.lie(one, await answer(this.#dev, one)) };
        } catch (error) {
          return { jsonrpc: "2.0", id: one.id, error: { code: -32601, message: (error as Error).message } };
        }
      }),
    );
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(Array.isArray(read) ? answers : answers[0]));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
