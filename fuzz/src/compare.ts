// A difference between two sides, told so that a person sees at once where it is.

import type { Header, Hex } from "@heddle/engine";
import type { Outcome } from "./heddle.ts";
import { decodeReceipt } from "./receipt.ts";
import type { Revm, RevmReceipt } from "./revm.ts";

/** Two runs of one block came out differently. */
export interface Difference {
  /** Who disagrees: with revm, or two ways of ours. `refusal`: about whether a transaction is valid. `list`: about access lists. `crash`: an error of ours. */
  kind: "revm" | "refusal" | "parallel" | "stepping" | "list" | "crash";
  /** Position of the block in its case. */
  block: number;
  /** The fields that differ, or what the refusal is about. */
  what: string[];
  /** Lines for a person. */
  report: string[];
}

const FIELDS = [
  "gasUsed",
  "receiptsRoot",
  "logsBloom",
  "transactionsRoot",
  "stateRoot",
  "blobGasUsed",
  "requestsHash",
] as const;
type Field = (typeof FIELDS)[number];
/** What only ours have. */
const OWN_FIELDS = [...FIELDS, "accessList"] as const;

/** The fields of a header that an outcome contradicts. */
export function differingFields(outcome: Outcome, header: Pick<Header, Field>): Field[] {
  return FIELDS.filter((field) => {
    const [ours, theirs] = [outcome[field], header[field]];
    if (theirs === undefined) return false;
    return typeof ours === "string" ? ours.toLowerCase() !== String(theirs).toLowerCase() : ours !== theirs;
  });
}

/** The first receipts that differ between two ways of ours. */
export function compareOutcomes(name: string, expected: Outcome, met: Outcome): string[] {
  const show = ({ invalid }: Outcome) =>
    invalid === undefined ? "valid" : `not valid at ${invalid.transaction}: ${invalid.reason}`;
  if (show(expected) !== show(met)) return [`in order ${show(expected)}, ${name} ${show(met)}`];
  if (expected.invalid !== undefined) return [];
  const fields = OWN_FIELDS.filter((field) => expected[field] !== met[field]);
  const lines = fields.map((field) => `${field}: in order ${expected[field]}, ${name} ${met[field]}`);
  const first = expected.receipts.findIndex((receipt, i) => receipt !== met.receipts[i]);
  if (first >= 0) lines.push(`first different receipt: transaction ${first}`);
  return lines;
}

/** An account as one side sees it. */
export interface AccountView {
  balance: bigint;
  nonce: bigint;
  code: Hex;
  storage: Map<Hex, bigint>;
}

function receiptLines(index: number, ours: RevmReceipt, theirs: RevmReceipt): string[] {
  const lines: string[] = [];
  const at = `transaction ${index}:`;
  if (ours.success !== theirs.success)
    lines.push(`${at} success: revm ${theirs.success}, ours ${ours.success}`);
  if (ours.gasUsed !== theirs.gasUsed)
    lines.push(`${at} gasUsed: revm ${theirs.gasUsed}, ours ${ours.gasUsed}`);
  const [a, b] = [JSON.stringify(theirs.logs), JSON.stringify(ours.logs)];
  if (a !== b) lines.push(`${at} logs: revm ${a.slice(0, 400)}, ours ${b.slice(0, 400)}`);
  return lines;
}

/** The first transaction whose receipts differ. */
export async function diffReceipts(revm: Revm, hashes: readonly Hex[], outcome: Outcome): Promise<string[]> {
  let before = 0n;
  for (const [index, hash] of hashes.entries()) {
    const theirs = await revm.receipt(hash);
    if (theirs === undefined) return [`transaction ${index}: revm has no receipt`];
    const { cumulativeGasUsed, success, logs } = decodeReceipt(outcome.receipts[index]!);
    const lines = receiptLines(index, { success, gasUsed: cumulativeGasUsed - before, logs }, theirs);
    if (lines.length > 0) return lines;
    before = cumulativeGasUsed;
  }
  return [];
}

/** What differs between an account of ours and revm's. */
export async function diffAccount(revm: Revm, address: Hex, ours: AccountView): Promise<string[]> {
  const lines: string[] = [];
  const note = (name: string, theirs: unknown, own: unknown) => {
    if (theirs !== own) lines.push(`${address} ${name}: revm ${theirs}, ours ${own}`);
  };
  note("balance", BigInt(await revm.request("eth_getBalance", address, "latest")), ours.balance);
  note("nonce", await revm.nonce(address), ours.nonce);
  note("code", await revm.request("eth_getCode", address, "latest"), ours.code);
  for (const [key, value] of ours.storage) {
    note(`slot ${key}`, BigInt(await revm.request("eth_getStorageAt", address, key, "latest")), value);
  }
  return lines;
}
