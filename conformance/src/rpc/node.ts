// A node as hive starts one: a chain from genesis.json and chain.rlp, its pointers set, answering on a free port.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Chain, openChain, parseGenesis } from "@heddle/chain";
import { type Hex, rlpItem } from "@heddle/engine";
import { chainMethods, type RpcServer, startRpcServer, translate } from "@heddle/rpc";
import pino from "pino";
import { Registry } from "prom-client";

export interface TestNode {
  chain: Chain;
  server: RpcServer;
  close(): Promise<void>;
}

/** The blocks of chain.rlp: one behind the other. */
function* rlpSequence(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const { end } = rlpItem(bytes, at, bytes.length, "chain.rlp");
    yield bytes.subarray(at, end);
    at = end;
  }
}

/** Starts a node on the chain of `folder`. */
export async function startNode(folder: string): Promise<TestNode> {
  const chain = await openChain({
    genesis: parseGenesis(readFileSync(join(folder, "genesis.json"), "utf8")),
    workers: 1,
    memoryLimit: 512 * 2 ** 20,
  });
  try {
    for (const block of rlpSequence(readFileSync(join(folder, "chain.rlp")))) await chain.import(block);
    const choice = JSON.parse(readFileSync(join(folder, "headfcu.json"), "utf8")).params[0];
    await chain.setForkChoice({
      head: choice.headBlockHash as Hex,
      safe: choice.safeBlockHash as Hex,
      finalized: choice.finalizedBlockHash as Hex,
    });
    const server = await startRpcServer({
      methods: chainMethods(chain, { clientVersion: "heddle/conformance", testing: true }),
      translate,
      log: pino({ level: "warn" }, pino.destination(2)),
      registry: new Registry(),
      port: 0,
    });
    const close = async () => {
      await server.close();
      await chain.close();
    };
    return { chain, server, close };
  } catch (error) {
    await chain.close();
    throw error;
  }
}
