// Anvil (revm): a process of its own, spoken to by JSON-RPC on the loopback interface.

import { mkdtempSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Header } from "@heddle/engine";
import type { Round } from "../follower.ts";
import { KeptProcess } from "./kept-process.ts";
import { type Beginning, freePort, hex, quantity, writeGenesis } from "./node-program.ts";
import { PeerError } from "./peer.ts";
import { requestInOrder } from "./pipeline.ts";

/** Milliseconds that Anvil may take to answer. */
const PATIENCE = 180_000;
/** Milliseconds that it may take to start: it reads the genesis, which may be large. */
const START = 120_000;

/** The native program of the npm package; its own `bin.mjs` would be a process in between. */
export function anvilProgram(): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${architecture}`;
  const require = createRequire(createRequire(import.meta.url).resolve("@foundry-rs/anvil/package.json"));
  return join(require.resolve(`${name}/package.json`), "..", "bin", "anvil");
}

interface Answer {
  result?: unknown;
  error?: { message: string };
}

/** A running Anvil. */
export class AnvilProcess {
  readonly #process: KeptProcess;
  readonly #port: number;
  #id = 0;
  /** Milliseconds of a request that does nothing. */
  #overhead = 0;

  private constructor(process: KeptProcess, port: number) {
    this.#process = process;
    this.#port = port;
  }

  /**
   * Starts Anvil on a genesis, under Osaka's rules; it mines when it is told to.
   * @throws PeerError where it does not start
   */
  static async start(beginning: Beginning): Promise<AnvilProcess> {
    const folder = mkdtempSync(join(tmpdir(), "heddle-anvil-"));
    const file = join(folder, "genesis.json");
    writeGenesis(file, beginning);
    const port = await freePort();
    const { genesis, chainId } = beginning;
    const options = ["--init", file, "--host", "127.0.0.1", "--port", String(port), "--silent"];
    options.push("--no-mining", "--order", "fifo", "--hardfork", "osaka", "--accounts", "0");
    options.push("--gas-limit", String(genesis.gasLimit), "--chain-id", String(chainId));
    if (genesis.number > 0n) options.push("--number", String(genesis.number));
    options.push("--disable-default-create2-deployer", "--disable-console-log", "--no-request-size-limit");
    const anvil = new AnvilProcess(new KeptProcess(anvilProgram(), options, folder, "ignore"), port);
    try {
      await anvil.#answering();
      const overheads = [];
      for (let i = 0; i < 20; i++) {
        const begun = performance.now();
        await anvil.request("eth_chainId");
        overheads.push(performance.now() - begun);
      }
      anvil.#overhead = Math.min(...overheads);
    } catch (error) {
      await anvil.close();
      throw error;
    }
    return anvil;
  }

  async #answering(): Promise<void> {
    const end = performance.now() + START;
    for (;;) {
      try {
        await this.request("eth_chainId");
        return;
      } catch (error) {
        if (this.#process.hasEnded || performance.now() > end) {
          throw new PeerError("Anvil does not start", { cause: this.#process.failure ?? error });
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }

  /** @throws PeerError where Anvil answers with an error */
  async request(method: string, ...params: unknown[]): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#port}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: ++this.#id, method, params }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const { result, error } = (await response.json()) as Answer;
    if (error !== undefined) throw new PeerError(`${method}: ${error.message}`);
    return result;
  }

  /** Sends raw transactions, which stand in the pool in this order then. @throws PeerError where one is not taken */
  send(transactions: readonly Uint8Array[]): Promise<void> {
    const params = transactions.map((raw) => [hex(raw)]);
    return requestInOrder(this.#port, "eth_sendRawTransaction", params);
  }

  /**
   * Mines one block of what is in the pool, as `header` says, and compares what came of it with the header.
   * @throws PeerError where it is another block
   */
  async mine(header: Header): Promise<Pick<Round, "wall" | "cpu">> {
    await this.request("anvil_setCoinbase", header.coinbase);
    await this.request("anvil_setNextBlockBaseFeePerGas", quantity(header.baseFeePerGas ?? 0n));
    await this.request("evm_setNextBlockTimestamp", Number(header.timestamp));
    const cpuBefore = this.#process.cpu;
    const begun = performance.now();
    await this.request("evm_mine");
    const wall = performance.now() - begun;
    const cpu = this.#process.cpu - cpuBefore;
    const mined = (await this.request("eth_getBlockByNumber", "latest", false)) as Record<string, string>;
    if (BigInt(mined["gasUsed"]!) !== header.gasUsed) {
      throw new PeerError(`gas used is ${BigInt(mined["gasUsed"]!)}, not ${header.gasUsed}`);
    }
    if (mined["receiptsRoot"] !== header.receiptsRoot) throw new PeerError("the receipts are others");
    // The way of the request is not Anvil's work; what its threads computed meanwhile is.
    return { wall: Math.max(cpu, wall - this.#overhead), cpu };
  }

  async close(): Promise<void> {
    await this.#process.close();
  }
}
