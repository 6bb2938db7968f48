// The nodes of the comparison as their users start them: two programs with the same options, on the same genesis.

import { mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anvilProgram } from "../peers/anvil-process.ts";
import { KeptProcess } from "../peers/kept-process.ts";
import { type Beginning, freePort, writeGenesis } from "../peers/node-program.ts";
import { PeerError } from "../peers/peer.ts";
import { Client } from "./client.ts";

export const NODES = ["heddle", "anvil"] as const;
export type NodeName = (typeof NODES)[number];

/** Milliseconds that a node may take to start. */
const START = 60_000;

/** Program and first arguments. */
function commandOf(name: NodeName): string[] {
  if (name === "anvil") return [anvilProgram()];
  const require = createRequire(import.meta.url);
  const main = join(require.resolve("@heddle/cli/package.json"), "../src/main.ts");
  return [process.execPath, "--conditions=@heddle/source", main, "dev"];
}

/** A node that runs. */
export class NodeProcess {
  readonly name: NodeName;
  readonly port: number;
  readonly #process: KeptProcess;
  readonly #clients: Client[] = [];

  private constructor(name: NodeName, port: number, process: KeptProcess) {
    this.name = name;
    this.port = port;
    this.#process = process;
  }

  /**
   * Starts a node that mines when it is told to, under the rules that it has unless told otherwise.
   * @throws PeerError where it does not answer in time
   */
  static async start(name: NodeName, beginning: Beginning): Promise<NodeProcess> {
    const folder = mkdtempSync(join(tmpdir(), "heddle-node-"));
    const file = join(folder, "genesis.json");
    writeGenesis(file, beginning);
    const port = await freePort();
    const [program, ...first] = commandOf(name) as [string, ...string[]];
    const options = ["--init", file, "--port", String(port), "--silent", "--no-mining", "--order", "fifo"];
    // Anvil does not take them from the file.
    const { chainId, genesis } = beginning;
    const more = [
      "--hardfork",
      "osaka",
      "--chain-id",
      String(chainId),
      "--gas-limit",
      String(genesis.gasLimit),
    ];
    if (name === "anvil") options.push(...more);
    const kept = new KeptProcess(program, [...first, ...options], folder, ["ignore", "ignore", "inherit"]);
    const node = new NodeProcess(name, port, kept);
    try {
      await node.#answering();
    } catch (error) {
      await node.close();
      throw error;
    }
    return node;
  }

  async #answering(): Promise<void> {
    const end = performance.now() + START;
    for (;;) {
      try {
        await this.client().call("eth_chainId");
        return;
      } catch (error) {
        if (this.#process.hasEnded || performance.now() > end) {
          throw new PeerError(`${this.name} does not start`, { cause: this.#process.failure ?? error });
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** A connection that is closed with the node. */
  client(): Client {
    const client = new Client(this.port);
    this.#clients.push(client);
    return client;
  }

  /** CPU milliseconds of all its threads until now. */
  get cpu(): number {
    return this.#process.cpu;
  }

  /** Bytes of memory that it holds. */
  get memory(): number {
    const status = readFileSync(`/proc/${this.#process.child.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) * 1024;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.#process.close();
  }
}
