// A running Anvil, as it is from npm.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The native program: the package's own script would be a process in between. */
function program(): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const require = createRequire(createRequire(import.meta.url).resolve("@foundry-rs/anvil/package.json"));
  const folder = `@foundry-rs/anvil-${process.platform}-${architecture}`;
  return join(require.resolve(`${folder}/package.json`), "..", "bin", "anvil");
}

export interface Anvil {
  url: string;
  request(method: string, ...params: unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

/** An answer of JSON-RPC, or its error. */
export async function ask(url: string, method: string, ...params: unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (error !== undefined) throw Object.assign(new Error(`${method}: ${error.message}`), error);
  return result;
}

/** Starts one that listens on a free port. */
export async function startAnvil(...options: string[]): Promise<Anvil> {
  const child = spawn(program(), ["--port", "0", "--accounts", "2", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`Anvil ended with ${code}`)));
    child.stdout.on("data", (part: Buffer) => {
      text += part;
      const [, address] = /Listening on (\S+)/.exec(text) ?? [];
      if (address !== undefined) resolve(`http://${address}`);
    });
  });
  return {
    url,
    request: (method, ...params) => ask(url, method, ...params),
    async close() {
      process.off("exit", kill);
      const ended = new Promise((resolve) => child.once("exit", resolve));
      kill();
      await ended;
    },
  };
}
