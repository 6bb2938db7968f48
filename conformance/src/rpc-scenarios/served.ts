// Nodes in processes of their own, so that the wall time of each is its own and that of the same client.

import { type ChildProcess, fork, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { type ScenarioConfig, ScenarioError } from "./scenario.ts";

/** The node itself, Hardhat's (EDR behind a plain HTTP server, as `hardhat node` is), or Anvil. */
export const PEERS = ["heddle", "hardhat", "anvil"] as const;
export type Peer = (typeof PEERS)[number];

/** A running node. */
export interface Served {
  port: number;
  close(): Promise<void>;
}

/** Milliseconds that a node may take to answer for the first time. */
const START = 30_000;

/** Seconds of the recorded genesis. */
export function genesisTime({ network }: ScenarioConfig): number {
  return Math.floor(Date.parse(network.Local.genesisBlockTime) / 1000);
}

function closing(child: ChildProcess): () => Promise<void> {
  const kill = () => {
    child.kill("SIGKILL");
  };
  process.once("exit", kill);
  return async () => {
    process.off("exit", kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    if (child.kill("SIGKILL")) await ended;
  };
}

/** Starts one of the files beside this one, which tells its port when it answers. */
async function serveFile(file: string, config: ScenarioConfig): Promise<Served> {
  const child = fork(new URL(file, import.meta.url), [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const close = closing(child);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once("message", (port) => resolve(port as number));
  child.once("exit", (code) => reject(new ScenarioError(`${file} ended with code ${code}`)));
  child.once("error", reject);
  child.send(config);
  try {
    return { port: await promise, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The native program of the npm package. @throws ScenarioError where it is not installed */
function anvilProgram(): string {
  try {
    const require = createRequire(createRequire(import.meta.url).resolve("@foundry-rs/anvil/package.json"));
    const architecture = process.arch === "x64" ? "amd64" : process.arch;
    const name = `@foundry-rs/anvil-${process.platform}-${architecture}`;
    return join(require.resolve(`${name}/package.json`), "..", "bin", "anvil");
  } catch (error) {
    throw new ScenarioError("Anvil is not installed for this machine", { cause: error });
  }
}

async function serveAnvil(config: ScenarioConfig): Promise<Served> {
  const port = await freePort();
  const options = ["--silent", "--host", "127.0.0.1", "--port", String(port)];
  options.push("--chain-id", String(config.chainId), "--accounts", String(config.ownedAccounts.length));
  options.push("--hardfork", config.hardfork.toLowerCase(), "--timestamp", String(genesisTime(config)));
  options.push("--gas-limit", String(config.mining.blockGasLimit), "--disable-console-log");
  if (config.allowUnlimitedContractSize) options.push("--disable-code-size-limit");
  const child = spawn(anvilProgram(), options, { stdio: "ignore" });
  const close = closing(child);
  const end = performance.now() + START;
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 0, method: "eth_chainId", params: [] }),
    }).then(
      (response) => response.text(),
      () => undefined,
    );
    if (answered !== undefined) return { port, close };
    if (child.exitCode !== null || performance.now() > end) {
      await close();
      throw new ScenarioError("Anvil does not start");
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Starts a node as the recorded one was. @throws ScenarioError where it does not start */
export function serve(peer: Peer, config: ScenarioConfig): Promise<Served> {
  if (peer === "anvil") return serveAnvil(config);
  return serveFile(peer === "heddle" ? "./serve-heddle.ts" : "./serve-edr.ts", config);
}
