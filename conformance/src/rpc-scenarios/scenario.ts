// Recordings of test suites against Hardhat's node (NomicFoundation/edr, js/benchmark/scenarios): the requests in their order,
// and which of them are answered with an error.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

export interface ScenarioRequest {
  method: string;
  params?: unknown[];
}

/** The node that was recorded, as far as another one must be like it. */
export interface ScenarioConfig {
  allowBlocksWithSameTimestamp: boolean;
  allowUnlimitedContractSize: boolean;
  bailOnCallFailure: boolean;
  bailOnTransactionFailure: boolean;
  chainId: number;
  coinbase: string;
  defaultTransactionGasLimit: number;
  genesisState: Record<string, { balance: string }>;
  hardfork: string;
  mining: { blockGasLimit: number };
  network: { Local: { genesisBlockTime: string } };
  ownedAccounts: string[];
}

export interface Scenario {
  name: string;
  config: ScenarioConfig;
  /** One request, or a batch. */
  requests: (ScenarioRequest | ScenarioRequest[])[];
  /** Indexes of the requests that must fail; all others must not. */
  failures: ReadonlySet<number>;
}

export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
}

const RECORDING = ".jsonl.gz";

/** The scenarios of a folder whose names contain `filter`. @throws ScenarioError where a file is not one */
export function readScenarios(folder: string, filter: string): Scenario[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(RECORDING) && file.includes(filter))
    .sort()
    .map((file) => {
      const name = file.slice(0, -RECORDING.length);
      const text = gunzipSync(readFileSync(join(folder, file))).toString("utf8");
      const [head, ...lines] = text.trimEnd().split("\n");
      const { failures } = JSON.parse(readFileSync(join(folder, `${name}.failures.json`), "utf8"));
      const { providerConfig } = JSON.parse(head!);
      if (typeof providerConfig !== "object" || !Array.isArray(failures)) {
        throw new ScenarioError(`${file} is no recording`);
      }
      return {
        name,
        config: providerConfig,
        requests: lines.map((line) => JSON.parse(line)),
        failures: new Set(failures),
      };
    });
}

/**
 * Numbers of snapshots as the recorded node gave them, beside those that another node gives: Hardhat's counted each
 * transaction that made a block as one.
 */
export class SnapshotNumbers {
  #count = 0;
  #automatic = true;
  readonly #answered = new Map<number, unknown>();

  /** The request with the other node's number in place of the recorded one. @throws ScenarioError where there is none */
  translate(request: ScenarioRequest): ScenarioRequest {
    if (request.method !== "evm_revert") return request;
    const recorded = Number(request.params![0]);
    if (!this.#answered.has(recorded)) throw new ScenarioError(`snapshot ${recorded} was never made`);
    return { ...request, params: [this.#answered.get(recorded)] };
  }

  /** Counts with what was answered. */
  answered({ method, params }: ScenarioRequest, result: unknown): void {
    if (method === "evm_snapshot") this.#answered.set(++this.#count, result);
    else if (method === "evm_setAutomine") this.#automatic = params![0] as boolean;
    else if (method === "hardhat_reset") {
      this.#count = 0;
      this.#automatic = true;
    } else if (this.#automatic && (method === "eth_sendTransaction" || method === "eth_sendRawTransaction")) {
      this.#count++;
    }
  }
}
