// An access list that came with a block (EIP-7928): handed to the kernel, and what is said where it is wrong.

import { ClaimsProblem, codeName, Invalid } from "@heddle/kernel";
import { decodeBlockAccessList } from "./block-access-list.ts";
import { DecodingError, InvalidBlockError } from "./errors.ts";
import { toHex } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import { readAccessList } from "./result.ts";

const INDEX_ACCOUNTS = 0;
const INDEX_SLOTS = 1;

/**
 * Takes the list for the open block.
 * @throws InvalidBlockError where its form is wrong
 */
export function checkClaims(kernel: KernelInstance, list: Uint8Array): void {
  const at = kernel.allocate(list.length + 8);
  kernel.write(at, list);
  const problem = kernel.exports.claimsCheck(at, list.length);
  if (problem !== ClaimsProblem.None) throw formError(kernel, list, problem);
}

/** Has the block executed on what the list claims; `alone`: in this thread. */
export function useClaims(kernel: KernelInstance, alone: boolean): void {
  const { exports, layout } = kernel;
  exports.internReserve(INDEX_ACCOUNTS, kernel.getU32(layout.CLAIMS + layout.Claims_accountCount));
  exports.internReserve(INDEX_SLOTS, kernel.getU32(layout.CLAIMS + layout.Claims_slotCount));
  exports.claimsUse(alone ? 1 : 0);
}

/** Every location that the list names: accounts by their balance, slots. The records are made for it. */
export function* claimedLocations(kernel: KernelInstance): Generator<number> {
  const { exports, layout } = kernel;
  exports.claimsIntern();
  const at = (field: number) => kernel.getU32(layout.CLAIMS + field);
  const accounts = at(layout.Claims_accounts);
  for (let i = 0; i < at(layout.Claims_accountCount); i++) {
    yield kernel.getU32(accounts + i * layout.ClaimedAccount_size + layout.ClaimedAccount_record) +
      layout.FIELD_BALANCE;
  }
  const slots = at(layout.Claims_slots);
  for (let i = 0; i < at(layout.Claims_slotCount); i++)
    yield kernel.getU32(slots + i * 4) + layout.FIELD_SLOT;
}

const REASON = "InvalidBlockAccessList";

function formError(kernel: KernelInstance, list: Uint8Array, problem: number): InvalidBlockError {
  const account = kernel.getU32(kernel.layout.CLAIMS + kernel.layout.Claims_problemAccount);
  const field = `blockAccessList[${account}]`;
  if (problem === ClaimsProblem.TooManyItems) {
    const expected = "no longer than the gas limit allows";
    return new InvalidBlockError(
      "blockAccessList",
      expected,
      list,
      codeName(Invalid, Invalid.AccessListTooLarge),
    );
  }
  if (problem === ClaimsProblem.IndexRange) {
    return new InvalidBlockError(field, "without an index behind the block's last", list, REASON);
  }
  try {
    decodeBlockAccessList(list);
  } catch (error) {
    if (!(error instanceof DecodingError)) throw error;
    return new InvalidBlockError(error.field ?? field, "well-formed", error.met, REASON);
  }
  return new InvalidBlockError(field, "well-formed", list, REASON);
}

/**
 * Compares the list that came with a block with the one in the kernel, which the block gave.
 * @throws InvalidBlockError naming the first account in which they differ
 */
export function compareLists(kernel: KernelInstance, given: Uint8Array): void {
  const actual = readAccessList(kernel).blockAccessList;
  if (actual === undefined || Buffer.compare(actual, given) === 0) return;
  const expected = decodeBlockAccessList(actual);
  const met = decodeBlockAccessList(given);
  for (let i = 0; i < Math.max(expected.length, met.length); i++) {
    const [right, wrong] = [expected[i], met[i]];
    if (describe(right) === describe(wrong)) continue;
    const first = [right?.address, wrong?.address].filter((address) => address !== undefined).sort()[0];
    throw new InvalidBlockError(
      `blockAccessList[${i}]`,
      `what the block accessed of ${first}: ${describe(right?.address === first ? right : undefined)}`,
      describe(wrong?.address === first ? wrong : undefined),
      REASON,
    );
  }
  throw new InvalidBlockError("blockAccessList", toHex(actual), toHex(given), REASON);
}

function describe(account: unknown): string {
  return account === undefined
    ? "nothing"
    : JSON.stringify(account, (_, value) => (typeof value === "bigint" ? `0x${value.toString(16)}` : value));
}
