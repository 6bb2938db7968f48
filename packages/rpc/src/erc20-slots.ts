// The slot in which an ERC-20 token keeps a balance or an allowance: among those that its own method reads, the one that
// changes what it answers.

import type { Chain } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import * as AbiParameters from "ox/AbiParameters";
import * as HexOf from "ox/Hex";
import { createAccessList } from "./access-list.ts";
import { prepareCall, runCall } from "./call.ts";
import { LATEST } from "./decode/block-ref.ts";
import { callObject } from "./decode/call-object.ts";
import type { AccountOverride } from "./decode/overrides.ts";

/** Selectors of balanceOf(address) and allowance(address,address). */
const BALANCE_OF = "0x70a08231";
const ALLOWANCE = "0xdd62ed3e";

/** The call with which a token tells a balance. */
export function balanceOf(holder: Hex): Hex {
  return HexOf.concat(BALANCE_OF, AbiParameters.encode([{ type: "address" }] as const, [holder]));
}

/** The call with which a token tells what one may spend of another's. */
export function allowanceOf(owner: Hex, spender: Hex): Hex {
  const types = [{ type: "address" }, { type: "address" }] as const;
  return HexOf.concat(ALLOWANCE, AbiParameters.encode(types, [owner, spender]));
}

/** What a slot is overridden with to see whether it is the one: nothing else answers this by chance. */
const PROBE = 0x5e7b_19c3_d204_8af6n;

/**
 * The slot that holds exactly what a view method of a token answers, and the contract that it is of (a proxy's slots are its
 * own); undefined where no single slot does.
 */
export async function findAnsweringSlot(
  chain: Chain,
  token: Hex,
  input: Hex,
  signal: AbortSignal,
): Promise<{ address: Hex; key: Hex } | undefined> {
  const call = callObject({ to: token, data: input }, "call");
  const { accessList } = await createAccessList(
    chain,
    await prepareCall(chain, call, LATEST, [], undefined),
    signal,
  );
  const expected = HexOf.fromNumber(PROBE, { size: 32 });
  for (const { address, storageKeys } of accessList) {
    for (const key of storageKeys) {
      const overrides: [Hex, AccountOverride][] = [[address, { stateDiff: [[key, expected]] }]];
      const prepared = await prepareCall(chain, call, LATEST, overrides, undefined);
      const { success, output } = await runCall(prepared, { signal });
      if (success && HexOf.fromBytes(output) === expected) return { address, key };
    }
  }
  return undefined;
}
