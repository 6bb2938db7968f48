// Suite rpc-scenarios: recorded test suites replayed against a node; exactly the recorded failures must fail.

import { Agent, request as httpRequest } from "node:http";
import { join } from "node:path";
import { readScenarios, type Scenario, type ScenarioRequest, SnapshotNumbers } from "./scenario.ts";
import { type Peer, serve } from "./served.ts";

export interface ScenarioOptions {
  /** Folder with the suites' files. */
  corpus: string;
  /** Only scenarios whose name contains it. */
  filter: string;
  peer: Peer;
}

/** Of the command: whether to end with a line of JSON, and how many deviations of a scenario to show. */
export interface ScenarioCommandOptions extends ScenarioOptions {
  json: boolean;
  failures: number;
}

/** A request that went otherwise than recorded. */
export interface Deviation {
  index: number;
  method: string;
  params: unknown;
  /** The error that should not have been, or undefined where one is missing. */
  error: unknown;
}

export interface ScenarioReport {
  name: string;
  requests: number;
  failures: number;
  deviations: Deviation[];
  /** Milliseconds from the first request to the last answer. */
  wall: number;
}

/** Requests one after another on one connection. */
class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;
  #id = 0;

  constructor(port: number) {
    this.#port = port;
  }

  async call({ method, params = [] }: ScenarioRequest): Promise<{ result?: unknown; error?: unknown }> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: ++this.#id, method, params });
    const text = await new Promise<string>((resolve, reject) => {
      const request = httpRequest(
        {
          agent: this.#agent,
          host: "127.0.0.1",
          port: this.#port,
          method: "POST",
          headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
          response.on("error", reject);
        },
      );
      request.on("error", reject);
      request.end(body);
    });
    return JSON.parse(text);
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function runScenario(scenario: Scenario, peer: Peer): Promise<ScenarioReport> {
  const served = await serve(peer, scenario.config);
  const client = new Client(served.port);
  const numbers = new SnapshotNumbers();
  const deviations: Deviation[] = [];
  try {
    const begun = performance.now();
    for (const [index, recorded] of scenario.requests.entries()) {
      const isExpected = scenario.failures.has(index);
      for (const one of Array.isArray(recorded) ? recorded : [recorded]) {
        const { result, error } = await client.call(numbers.translate(one));
        numbers.answered(one, result);
        // A snapshot that is not there any more is answered with false, which nothing after it would forgive.
        const isLost = one.method === "evm_revert" && result === false;
        if ((error !== undefined) === isExpected && !isLost) continue;
        const { method, params } = one;
        deviations.push({ index, method, params, error: isLost ? "answered false" : error });
      }
    }
    const wall = performance.now() - begun;
    const { name, requests, failures } = scenario;
    return { name, requests: requests.length, failures: failures.size, deviations, wall };
  } finally {
    client.close();
    await served.close();
  }
}

const shown = (value: unknown) => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
};

/** The command `conformance rpc-scenarios`; the exit code. */
export async function scenariosCommand(options: ScenarioCommandOptions): Promise<number> {
  const { corpus, filter, peer, json, failures } = options;
  const scenarios = readScenarios(join(corpus, "rpc-scenarios"), filter);
  const reports: ScenarioReport[] = [];
  for (const scenario of scenarios) {
    const report = await runScenario(scenario, peer);
    reports.push(report);
    const { deviations } = report;
    for (const { index, method, params, error } of deviations.slice(0, failures)) {
      const what =
        error === undefined ? "succeeded, and was to fail" : `failed, and was to succeed: ${shown(error)}`;
      process.stdout.write(`✗ ${report.name} ${index} ${method} ${what}\n    ${shown(params)}\n`);
    }
    if (deviations.length > failures) process.stdout.write(`… and ${deviations.length - failures} more\n`);
    process.stdout.write(
      `${report.name} on ${peer}: ${report.requests - deviations.length} of ${report.requests} as recorded ` +
        `(${report.failures} must fail), ${(report.wall / 1000).toFixed(2)} s\n`,
    );
  }
  if (json) {
    const scenariosOut = reports.map(({ deviations, ...rest }) => ({
      ...rest,
      deviations: deviations.map(({ index }) => index),
    }));
    process.stdout.write(`${JSON.stringify({ suite: "rpc-scenarios", peer, scenarios: scenariosOut })}\n`);
  }
  return reports.length > 0 && reports.every(({ deviations }) => deviations.length === 0) ? 0 : 1;
}
