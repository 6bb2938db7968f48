// `heddle dev` as a process of its own, asked over HTTP.

import { readFileSync } from "node:fs";
import { type Running, start } from "../support/heddle.ts";

/** What the node holds at a moment. Bytes. */
export interface Memory {
  resident: number;
  heap: number;
  external: number;
}

export class Node {
  readonly url: string;
  readonly #running: Running;

  private constructor(url: string, running: Running) {
    this.url = url;
    this.#running = running;
  }

  static async start(...args: string[]): Promise<Node> {
    const running = start("dev", "--port", "0", ...args);
    const [, address] = await running.saw(/Listening on (\S+)/);
    return new Node(`http://${address}`, running);
  }

  /** A result. @throws Error with what was answered in place of one */
  async request(method: string, ...params: unknown[]): Promise<unknown> {
    const [result] = await this.batch([[method, ...params]]);
    return result;
  }

  /** Results of calls that go in one request. */
  async batch(calls: readonly (readonly [method: string, ...params: unknown[]])[]): Promise<unknown[]> {
    const body = calls.map(([method, ...params], id) => ({ jsonrpc: "2.0", id, method, params }));
    const response = await fetch(this.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body.length === 1 ? body[0] : body),
    });
    const answers = [(await response.json()) as { result: unknown; error?: { message: string } }].flat();
    return answers.map(({ result, error }, i) => {
      if (error !== undefined) throw new Error(`${JSON.stringify(calls[i])}: ${error.message}`);
      return result;
    });
  }

  async memory(): Promise<Memory> {
    const metrics = await (await fetch(`${this.url}/metrics`)).text();
    const metric = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(metrics)?.[1]);
    return {
      resident: metric("process_resident_memory_bytes"),
      heap: metric("nodejs_heap_size_used_bytes"),
      external: metric("nodejs_external_memory_bytes"),
    };
  }

  /** CPU seconds of all its threads. */
  get cpu(): number {
    const fields = readFileSync(`/proc/${this.#running.child.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Tells it to stop. @throws Error where it does not end well */
  async stop(): Promise<void> {
    this.#running.child.kill("SIGTERM");
    const { code, err } = await this.#running.ended;
    if (code !== 0 || err !== "") throw new Error(`the node ended with ${code}: ${err}`);
  }

  kill(): void {
    this.#running.child.kill("SIGKILL");
  }
}
