// Anvil (revm): a process of its own, spoken to by JSON-RPC on the loopback interface.

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Allocation, Header } from "@heddle/engine";
import type { Round } from "../follower.ts";
import { PeerError } from "./peer.ts";
import { requestInOrder } from "./pipeline.ts";

/** Milliseconds that Anvil may take to answer. */
const PATIENCE = 180_000;
/** Milliseconds that it may take to start: it reads the genesis, which may be large. */
const START = 120_000;

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
export const quantity = (value: bigint): string => `0x${value.toString(16)}`;
const word = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;

/** A chain's beginning in geth's form, which both Anvil and others read. */
export interface Beginning {
  chainId: number;
  genesis: Header;
  alloc: Allocation;
}

/** The parts of the file: a million accounts are too long for one string. */
function* genesisParts({ chainId, genesis, alloc }: Beginning): Generator<string> {
  const blocks = "homestead eip150 eip155 eip158 byzantium constantinople petersburg istanbul berlin london";
  const head = JSON.stringify({
    config: {
      chainId,
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
    number: quantity(genesis.number),
    baseFeePerGas: quantity(genesis.baseFeePerGas ?? 0n),
  });
  yield `${head.slice(0, -1)},"alloc":{`;
  let comma = "";
  for (const [address, account] of Object.entries(alloc)) {
    const storage = Object.entries(account.storage ?? {}).map(([slot, value]) => [
      word(BigInt(slot)),
      word(BigInt(value)),
    ]);
    const fields = {
      nonce: quantity(BigInt(account.nonce ?? 0)),
      balance: quantity(BigInt(account.balance ?? 0)),
      code: typeof account.code === "string" ? account.code : hex(account.code ?? new Uint8Array(0)),
      ...(storage.length === 0 ? {} : { storage: Object.fromEntries(storage) }),
    };
    yield `${comma}${JSON.stringify(address)}:${JSON.stringify(fields)}`;
    comma = ",";
  }
  yield "}}";
}

function writeGenesis(file: string, beginning: Beginning): void {
  const handle = openSync(file, "w");
  try {
    let text = "";
    for (const part of genesisParts(beginning)) {
      text += part;
      if (text.length < 2 ** 20) continue;
      writeSync(handle, text);
      text = "";
    }
    writeSync(handle, text);
  } finally {
    closeSync(handle);
  }
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

interface Answer {
  result?: unknown;
  error?: { message: string };
}

/** A running Anvil. */
export class AnvilProcess {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #port: number;
  #id = 0;
  /** Milliseconds of a request that does nothing. */
  #overhead = 0;

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#process = child;
    this.#folder = folder;
    this.#port = port;
    process.once("exit", this.#leave);
  }

  /** What this process must not leave behind, however it ends. */
  readonly #leave = (): void => {
    this.#process.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  };

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
    const child = spawn(program(), options, { stdio: "ignore" });
    const anvil = new AnvilProcess(child, folder, port);
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
    let failed: Error | undefined;
    this.#process.once("error", (error) => {
      failed = error;
    });
    for (;;) {
      try {
        await this.request("eth_chainId");
        return;
      } catch (error) {
        if (failed !== undefined || this.#process.exitCode !== null || performance.now() > end) {
          throw new PeerError("Anvil does not start", { cause: failed ?? error });
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
    const pid = this.#process.pid!;
    const cpuBefore = cpuOf(pid);
    const begun = performance.now();
    await this.request("evm_mine");
    const wall = performance.now() - begun;
    const cpu = cpuOf(pid) - cpuBefore;
    const mined = (await this.request("eth_getBlockByNumber", "latest", false)) as Record<string, string>;
    if (BigInt(mined["gasUsed"]!) !== header.gasUsed) {
      throw new PeerError(`gas used is ${BigInt(mined["gasUsed"]!)}, not ${header.gasUsed}`);
    }
    if (mined["receiptsRoot"] !== header.receiptsRoot) throw new PeerError("the receipts are others");
    // The way of the request is not Anvil's work; what its threads computed meanwhile is.
    return { wall: Math.max(cpu, wall - this.#overhead), cpu };
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
