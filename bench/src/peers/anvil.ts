// Anvil (revm) as a peer: a process of its own, spoken to by JSON-RPC on the loopback interface.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Block } from "@heddle/engine";
import type { BenchmarkCase } from "../blocks/cases.ts";
import type { Time } from "../blocks/heddle.ts";
import { PeerError } from "./peer.ts";

/** Milliseconds that Anvil may take to answer. */
const PATIENCE = 180_000;

/** The native program of the npm package; its own `bin.mjs` would be a process in between. */
function program(): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${architecture}`;
  const require = createRequire(createRequire(import.meta.url).resolve("@foundry-rs/anvil/package.json"));
  return join(require.resolve(`${name}/package.json`), "..", "bin", "anvil");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;
const quantity = (value: bigint): string => `0x${value.toString(16)}`;
const word = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;

/** The case's genesis in geth's form. */
function genesisFile({ config, genesis, alloc }: BenchmarkCase): string {
  const accounts = Object.entries(alloc).map(([address, account]) => [
    address,
    {
      nonce: quantity(BigInt(account.nonce ?? 0)),
      balance: quantity(BigInt(account.balance ?? 0)),
      code: typeof account.code === "string" ? account.code : hex(account.code ?? new Uint8Array(0)),
      storage: Object.fromEntries(
        Object.entries(account.storage ?? {}).map(([slot, value]) => [
          word(BigInt(slot)),
          word(BigInt(value)),
        ]),
      ),
    },
  ]);
  const blocks = "homestead eip150 eip155 eip158 byzantium constantinople petersburg istanbul berlin london";
  return JSON.stringify({
    config: {
      chainId: Number(config.chainId),
      ...Object.fromEntries(blocks.split(" ").map((name) => [`${name}Block`, 0])),
      terminalTotalDifficulty: 0,
      shanghaiTime: 0,
      cancunTime: 0,
      pragueTime: 0,
      osakaTime: 0,
    },
    nonce: genesis.nonce,
    timestamp: quantity(genesis.timestamp),
    extraData: genesis.extraData,
    gasLimit: quantity(genesis.gasLimit),
    difficulty: "0x0",
    mixHash: genesis.mixHash,
    coinbase: genesis.coinbase,
    number: "0x0",
    baseFeePerGas: quantity(genesis.baseFeePerGas ?? 0n),
    alloc: Object.fromEntries(accounts),
  });
}

/** CPU milliseconds of all threads that a process has now. */
function cpuOf(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // A thread that ended meanwhile.
    }
  }
  return nanoseconds / 1e6;
}

/** An Anvil with a case's state. */
export class AnvilPeer {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #url: string;
  readonly #case: BenchmarkCase;
  #id = 0;
  /** Milliseconds of a request that does nothing. */
  #overhead = 0;

  private constructor(child: ChildProcess, folder: string, port: number, benchmark: BenchmarkCase) {
    this.#process = child;
    this.#folder = folder;
    this.#url = `http://127.0.0.1:${port}`;
    this.#case = benchmark;
    process.once("exit", this.#leave);
  }

  /** What this process must not leave behind, however it ends. */
  readonly #leave = (): void => {
    this.#process.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  };

  /**
   * Starts Anvil on the case's genesis and mines the blocks before the measured one.
   * @throws PeerError where it does not take them
   */
  static async create(benchmark: BenchmarkCase): Promise<AnvilPeer> {
    const folder = mkdtempSync(join(tmpdir(), "heddle-anvil-"));
    const file = join(folder, "genesis.json");
    writeFileSync(file, genesisFile(benchmark));
    const port = await freePort();
    const options = ["--init", file, "--host", "127.0.0.1", "--port", String(port), "--silent"];
    options.push("--no-mining", "--order", "fifo", "--hardfork", "osaka", "--accounts", "0");
    options.push(
      "--gas-limit",
      String(benchmark.genesis.gasLimit),
      "--chain-id",
      String(benchmark.config.chainId),
    );
    options.push("--disable-default-create2-deployer", "--disable-console-log", "--no-request-size-limit");
    const child = spawn(program(), options, { stdio: "ignore" });
    const peer = new AnvilPeer(child, folder, port, benchmark);
    try {
      await peer.#answering();
      for (const block of benchmark.setup) await peer.#mine(block);
      const overheads = [];
      for (let i = 0; i < 20; i++) {
        const begun = performance.now();
        await peer.#request("eth_chainId");
        overheads.push(performance.now() - begun);
      }
      peer.#overhead = Math.min(...overheads);
    } catch (error) {
      await peer.close();
      throw error;
    }
    return peer;
  }

  async #answering(): Promise<void> {
    const end = performance.now() + 20_000;
    let failed: Error | undefined;
    this.#process.once("error", (error) => {
      failed = error;
    });
    for (;;) {
      try {
        await this.#request("eth_chainId");
        return;
      } catch (error) {
        if (failed !== undefined || this.#process.exitCode !== null || performance.now() > end) {
          throw new PeerError("Anvil does not start", { cause: failed ?? error });
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }

  async #request(method: string, ...params: unknown[]): Promise<unknown> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: ++this.#id, method, params }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
    if (error !== undefined) throw new PeerError(`${method}: ${error.message}`);
    return result;
  }

  /** Gives Anvil the block's transactions, mines them and compares what came of it with the block's header. */
  async #mine({ header, transactions }: Block): Promise<Time> {
    await this.#request("anvil_setCoinbase", header.coinbase);
    await this.#request("anvil_setNextBlockBaseFeePerGas", quantity(header.baseFeePerGas ?? 0n));
    await this.#request("evm_setNextBlockTimestamp", Number(header.timestamp));
    for (const transaction of transactions) await this.#request("eth_sendRawTransaction", hex(transaction));
    const pid = this.#process.pid!;
    const cpuBefore = cpuOf(pid);
    const begun = performance.now();
    await this.#request("evm_mine");
    const wall = performance.now() - begun;
    const cpu = cpuOf(pid) - cpuBefore;
    const mined = (await this.#request("eth_getBlockByNumber", "latest", false)) as Record<string, string>;
    if (BigInt(mined["gasUsed"]!) !== header.gasUsed) {
      throw new PeerError(`gas used is ${BigInt(mined["gasUsed"]!)}, not ${header.gasUsed}`);
    }
    if (mined["receiptsRoot"] !== header.receiptsRoot) throw new PeerError("the receipts are others");
    // The way of the request is not Anvil's work; what its threads computed meanwhile is.
    return { wall: Math.max(cpu, wall - this.#overhead), cpu };
  }

  /**
   * Mines the measured block, whose transactions are in the pool by then, and takes it back.
   * @throws PeerError where it does not take the transactions or gives another result
   */
  async run(): Promise<Time> {
    const snapshot = await this.#request("evm_snapshot");
    const time = await this.#mine(this.#case.block);
    await this.#request("evm_revert", snapshot);
    return time;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = new Promise((resolve) => this.#process.once("exit", resolve));
      if (this.#process.kill("SIGKILL")) await ended;
    }
    process.off("exit", this.#leave);
    this.#leave();
  }
}
