// `heddle dev` as a user starts it: the command, in a process of its own.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

const HEDDLE = join(createRequire(import.meta.url).resolve("@heddle/cli/package.json"), "../bin/heddle.mjs");

/** A running node. */
export interface Dev {
  readonly url: string;
  /** What it has written on its terminal. */
  printed(): string;
  /** The result of a request; its error is thrown. */
  request(method: string, ...params: unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts one on a free port. @throws Error with its words where it ends before it listens */
export async function startDev(...options: string[]): Promise<Dev> {
  const child = spawn(process.execPath, [HEDDLE, "dev", "--port", "0", ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = () => void child.kill("SIGTERM");
  process.once("exit", stop);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let out = "";
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const collect = (part: Buffer) => {
    out += part;
    const [, address] = /^Listening on (\S+)$/m.exec(out) ?? [];
    if (address !== undefined) resolve(`http://${address}`);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  child.once("error", reject);
  void ended.then(() => reject(new Error(`heddle dev ended:\n${out}`)));
  const url = await promise;
  return {
    url,
    printed: () => out,
    async request(method, ...params) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      });
      const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
      if (error !== undefined) throw Object.assign(new Error(error.message), error);
      return result;
    },
    async close() {
      process.off("exit", stop);
      stop();
      await ended;
    },
  };
}

/** Private key and address of the first of its accounts, which every local chain has. */
export const KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
export const ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
/** The second account. */
export const OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
