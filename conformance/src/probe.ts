// What the kernel makes of raw transaction bytes by themselves: no state, no block.

import { KernelProbe, type TransactionInspection } from "@heddle/engine/testing";
import { rulesOf } from "./executor.ts";

let started: Promise<KernelProbe> | undefined;

/** The probe of this thread, made on first use. */
export function probe(): Promise<KernelProbe> {
  started ??= KernelProbe.create();
  return started;
}

export async function inspectTransaction(
  raw: Uint8Array,
  { fork, chainId }: { fork: string; chainId: bigint },
): Promise<TransactionInspection> {
  return (await probe()).inspectTransaction(rulesOf(fork, { chainId }), raw);
}
