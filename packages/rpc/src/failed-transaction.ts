// What a transaction that failed in its block is answered with, where sending it is to fail (Hardhat's way).

import type { Chain } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
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

/**
 * Why the transaction failed; undefined where it did not, or is in no block. It is run again on the state before its block for
 * its reason: where others were before it in the block it may have had another one.
 */
export async function transactionFailure(
  chain: Chain,
  transactionHash: Hex,
  artifacts?: Artifacts,
): Promise<RpcError | undefined> {
  const found = chain.transaction(transactionHash);
  if (found === undefined) return undefined;
  const { block, index } = found;
  if (block.succeeded(index)) return undefined;
  const { to, data: input, value, gas } = block.transaction(index);
  const message = {
    from: block.sender(index),
    to,
    data: input,
    value,
    gas,
    gasPrice: block.receipt(index).effectiveGasPrice,
  };
  const { halt, output } = await chain.state(block.header.parentHash).callOnce(message, block.header);
  const data = HexOf.fromBytes(output);
  const explained =
    artifacts === undefined
      ? undefined
      : await explainTransaction(chain, artifacts, block, index).catch(() => undefined);
  const text = failureMessage(halt, data, explained?.error);
  const stack = explained && { stack: explained.frames.map(frameText) };
  return new RpcError(ErrorCode.server, text, { message: text, data, transactionHash, ...stack });
}
