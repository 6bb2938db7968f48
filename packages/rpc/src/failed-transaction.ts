// What a transaction that failed in its block is answered with, where sending it is to fail (Hardhat's way).

import type { BlockEntry, Chain } from "@heddle/chain";
import type { Hex, NotableTransaction } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { ErrorCode, RpcError } from "./errors.ts";
import { haltMessage, revertReason } from "./revert.ts";
import type { Artifacts } from "./solidity/artifacts.ts";
import { explainTransaction } from "./solidity/explain.ts";
import { frameText } from "./solidity/stack-tracer.ts";

/** In Hardhat's words, which its matchers of reverts know. */
function failureMessage(halt: string, data: Hex, error: string | undefined): string {
  const told = "VM Exception while processing transaction:";
  if (halt !== "Revert") return `${told} ${haltMessage(halt as Parameters<typeof haltMessage>[0])}`;
  if (data === "0x") return "Transaction reverted without a reason";
  const reason = revertReason(data);
  if (error !== undefined) return `${told} reverted with custom error '${error}'`;
  if (reason === undefined) return `${told} reverted with custom error (return data: ${data})`;
  if (data.startsWith("0x08c379a0")) return `${told} reverted with reason string '${reason}'`;
  return `${told} reverted with panic code 0x${data.slice(-2)} (${reason})`;
}

/** How a transaction ended that failed. */
type Failure = Pick<NotableTransaction, "halt" | "output">;

/** Failures that are kept until they are asked for. */
const MOST_KEPT = 1024;

/** Why transactions failed: noted when their blocks are executed, as each found exactly its own state then. */
export class Failures {
  readonly #chain: Chain;
  readonly #artifacts: Artifacts | undefined;
  readonly #noted = new Map<Hex, Failure>();

  /** Listens to the chain from now on; with `artifacts` custom errors and lines are named. */
  constructor(chain: Chain, artifacts?: Artifacts) {
    this.#chain = chain;
    this.#artifacts = artifacts;
    chain.on("executed", ({ block, notable }) => {
      for (const { index, halt, output } of notable()) {
        if (halt !== "Success") this.#note(block.transactionHash(index), { halt, output });
      }
    });
  }

  #note(hash: Hex, failure: Failure): void {
    this.#noted.set(hash, failure);
    if (this.#noted.size > MOST_KEPT) this.#noted.delete(this.#noted.keys().next().value!);
  }

  /** The error for a transaction that failed; undefined where it did not, or is in no block. */
  async of(transactionHash: Hex): Promise<RpcError | undefined> {
    const found = this.#chain.transaction(transactionHash);
    if (found === undefined) return undefined;
    const { block, index } = found;
    if (block.succeeded(index)) return undefined;
    const { halt, output } = this.#noted.get(transactionHash) ?? (await this.#traced(block, index));
    const data = HexOf.fromBytes(output);
    const explained =
      this.#artifacts === undefined
        ? undefined
        : await explainTransaction(this.#chain, this.#artifacts, block, index).catch(() => undefined);
    const text = failureMessage(halt, data, explained?.error);
    const stack = explained && { stack: explained.frames.map(frameText) };
    return new RpcError(ErrorCode.server, text, { message: text, data, transactionHash, ...stack });
  }

  async #traced(block: BlockEntry, index: number): Promise<Failure> {
    const [trace] = await this.#chain.trace(block, { tracer: () => ({}), index });
    return trace!;
  }
}
