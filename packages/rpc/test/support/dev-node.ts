// A local chain, answered over JSON-RPC.

import { type DevChain, type DevChainOptions, openDevChain } from "@heddle/chain";
import { type DevMethodsOptions, devMethods, type RpcServer, startRpcServer, translate } from "@heddle/rpc";
import pino from "pino";
import { Registry } from "prom-client";
import { type Answer, call, post } from "./server.ts";

export interface TestDevNode {
  dev: DevChain;
  server: RpcServer;
  /** The answer to one request: its result, or an error is thrown with code and data. */
  request(method: string, ...params: unknown[]): Promise<Answer>;
  close(): Promise<void>;
}

/** What a request was answered with in place of a result. */
export class AnsweredError extends Error {
  readonly code: number;
  readonly data: Answer;
  constructor({ code, message, data }: Answer) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export async function startDevNode(
  chainOptions: DevChainOptions = {},
  options: Partial<DevMethodsOptions> = {},
): Promise<TestDevNode> {
  const dev = await openDevChain({ workers: 0, memoryLimit: 2 ** 28, ...chainOptions });
  const server = await startRpcServer({
    methods: devMethods(dev, { clientVersion: "heddle/test", ...options }),
    translate,
    log: pino({ level: "silent" }),
    registry: new Registry(),
    port: 0,
  });
  return {
    dev,
    server,
    async request(method, ...params) {
      const { error, result } = (await post(server.url, call(method, ...params))).json;
      if (error !== undefined) throw new AnsweredError(error);
      return result;
    },
    async close() {
      await server.close();
      await dev.close();
    },
  };
}
