// One transaction on a given state, on the engine's in-thread executor.

import { bytesToHex } from "@heddle/cli";
import type { ExecutionHeader, Rules } from "@heddle/engine/testing";
import type { TestAccount } from "./accounts.ts";
import { allocation, executor, stateTestHashes } from "./executor.ts";
import type { Refusal } from "./refusal.ts";

export interface StateRun {
  rules: Rules;
  header: ExecutionHeader;
  accounts: readonly TestAccount[];
  raw: Uint8Array;
  /** null: recovered from the signature. */
  sender: Uint8Array | null;
}

export interface StateOutcome {
  refusal: Refusal | null;
  stateRoot: string;
  /** Before the transaction. */
  preRoot: string;
  logsHash: string;
  gasUsed: bigint;
}

export async function runState({ rules, header, accounts, raw, sender }: StateRun): Promise<StateOutcome> {
  const local = await executor();
  local.reset();
  const preRoot = local.load(allocation(accounts));
  const from = sender === null ? undefined : bytesToHex(sender);
  const outcome = local.runTransaction(rules, header, raw, from, stateTestHashes(header.number));
  const { stateRoot, logsHash, gasUsed } = outcome;
  const refusal: Refusal | null =
    outcome.invalid === undefined ? null : { kind: "transaction", reason: outcome.invalid };
  return { refusal, stateRoot, preRoot, logsHash, gasUsed };
}
