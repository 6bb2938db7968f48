// Suite rpc-fuzz: requests made from the schemas of openrpc.json, right and wrong, to a node. It must answer each, in time, with a
// result or an error that has a code of its own, and be the same node afterwards.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Chain } from "@heddle/chain";
import { chainMethods } from "@heddle/rpc";
import * as HexOf from "ox/Hex";
import { startNode } from "./node.ts";
import { type FuzzedMethod, type KnownValues, ParamsMaker } from "./random-params.ts";
import type { Schema } from "./schema.ts";

export interface RpcFuzzOptions {
  /** Folder with the suites' files. */
  corpus: string;
  /** What the requests are made of: the same seed makes the same ones. */
  seed: number;
  requests: number;
  /** Only methods whose name contains it. */
  filter: string;
}

export interface RpcFuzzReport {
  /** How many answers had which outcome: "result", or the error's code. */
  outcomes: Map<string, number>;
  problems: string[];
}

/** Milliseconds that an answer may take: a little more than the server gives a call. */
const MOST_TIME = 45_000;
/** Requests that are under way at once. */
const CONCURRENT = 8;

/** Methods that the node answers, with the schemas of their parameters as far as there are some. */
function fuzzedMethods(
  openRpc: { methods: { name: string; params: { schema: Schema }[] }[] },
  chain: Chain,
  filter: string,
): FuzzedMethod[] {
  const specified = new Map(
    openRpc.methods.map(({ name, params }) => [name, params.map(({ schema }) => schema)]),
  );
  const table = chainMethods(chain, { clientVersion: "heddle/fuzz", testing: true });
  return Object.entries(table)
    .filter(([name]) => name.includes(filter))
    .map(([name, { parameterNames }]) => ({
      name,
      params: specified.get(name) ?? parameterNames.map(() => ({})),
    }));
}

function knownValues(chain: Chain): KnownValues {
  const blocks = Array.from({ length: Number(chain.head.number) + 1 }, (_, i) => chain.block(i)!);
  const full = blocks.filter(({ transactionCount }) => transactionCount > 0);
  const precompiles = ["1", "4", "5", "a", "100"].map((digits) => `0x${digits.padStart(40, "0")}`);
  const senders = full.slice(-8).map((block) => block.sender(0));
  const targets = full.slice(-8).map((block) => block.transaction(0).to ?? precompiles[0]!);
  return {
    addresses: [...senders, ...targets, ...precompiles, `0x${"77".repeat(20)}`],
    hashes: [
      ...full.slice(-6).flatMap((block) => [block.hash, block.transactionHash(0)]),
      `0x${"00".repeat(32)}`,
      `0x${"ff".repeat(32)}`,
    ],
    transactions: full.slice(-6).map((block) => HexOf.fromBytes(block.rawTransaction(0))),
  };
}

/** What is wrong with an answer; undefined = nothing. */
function problemOf(id: number, status: number, text: string): { outcome: string; problem?: string } {
  // Nested too deeply, or too long: refused before anybody reads what it asks.
  if (status === 413) return { outcome: "413" };
  let answer: {
    jsonrpc?: unknown;
    id?: unknown;
    result?: unknown;
    error?: { code?: unknown; message?: unknown };
  };
  try {
    answer = JSON.parse(text);
  } catch {
    return { outcome: "none", problem: `HTTP ${status}, no JSON: ${text.slice(0, 200)}` };
  }
  const { error } = answer;
  if (answer.jsonrpc !== "2.0" || (answer.id !== id && error === undefined)) {
    return { outcome: "none", problem: `no answer to it: ${text.slice(0, 200)}` };
  }
  if (error === undefined) {
    return "result" in answer
      ? { outcome: "result" }
      : { outcome: "none", problem: "neither result nor error" };
  }
  const { code, message } = error;
  if (!Number.isInteger(code) || typeof message !== "string")
    return { outcome: "none", problem: `error ${text.slice(0, 200)}` };
  // What nobody expected; eth_simulateV1 has the same code for one thing that is expected.
  if (message === "internal error") return { outcome: String(code), problem: message };
  return { outcome: String(code) };
}

/** Sends requests to a node on the chain of execution-apis. */
export async function fuzzRpc({ corpus, seed, requests, filter }: RpcFuzzOptions): Promise<RpcFuzzReport> {
  const folder = join(corpus, "execution-apis");
  const node = await startNode(join(folder, "tests"));
  const { chain, server } = node;
  const outcomes = new Map<string, number>();
  const problems: string[] = [];
  const ask = async (id: number, request: { method: string; params: unknown }): Promise<void> => {
    const body = JSON.stringify({ jsonrpc: "2.0", id, ...request });
    const tell = (problem: string) => problems.push(`request ${id}: ${problem}\n    ${body.slice(0, 600)}`);
    try {
      const signal = AbortSignal.timeout(MOST_TIME);
      const headers = { "content-type": "application/json" };
      const response = await fetch(server.url, { method: "POST", headers, body, signal });
      const { outcome, problem } = problemOf(id, response.status, await response.text());
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (problem !== undefined) tell(problem);
    } catch (error) {
      tell(String(error));
    }
  };
  try {
    const methods = fuzzedMethods(
      JSON.parse(readFileSync(join(folder, "openrpc.json"), "utf8")),
      chain,
      filter,
    );
    const maker = new ParamsMaker(seed, knownValues(chain));
    const { head } = chain;
    const root = chain.engine.stateRoot;
    let next = 0;
    const worker = async () => {
      while (next < requests) await ask(next++, maker.request(methods));
    };
    await Promise.all(Array.from({ length: CONCURRENT }, worker));
    await ask(requests, { method: "eth_blockNumber", params: [] });
    if (chain.head !== head || chain.engine.stateRoot !== root || chain.state().block !== head) {
      problems.push(
        `the chain is at ${chain.head.hash} with root ${chain.engine.stateRoot}, not ${head.hash} with ${root}`,
      );
    }
  } finally {
    await node.close();
  }
  return { outcomes, problems };
}

/** The command `conformance rpc-fuzz`; the exit code. */
export async function rpcFuzzCommand(options: RpcFuzzOptions & { failures: number }): Promise<number> {
  const { outcomes, problems } = await fuzzRpc(options);
  for (const problem of problems.slice(0, options.failures)) process.stdout.write(`✗ ${problem}\n`);
  const told = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${outcome} ${count}`);
  process.stdout.write(
    `rpc-fuzz: seed ${options.seed}, ${options.requests} requests: ${told.join(", ")}; ${problems.length} problems\n`,
  );
  return problems.length === 0 ? 0 : 1;
}
