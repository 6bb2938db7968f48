// An access list that came with a block (EIP-7928): handed to the kernel, and what is said where it is wrong.

import { ClaimsProblem, codeName, Invalid } from "@heddle/kernel";
import { decodeAccountAccess } from "./block-access-list.ts";
import { DecodingError, InvalidBlockError } from "./errors.ts";
import { type Hex, toHex } from "./hex.ts";
import { IndexTable } from "./index-tables.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import { readAccessList } from "./result.ts";
import { rlpItems, rlpWhole } from "./rlp.ts";

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

/**
 * Whether a list may be used for execution. Every change that a block makes is paid with gas, 20 and more for each of its
 * bytes: what is far longer is none of the block's, and would take memory that the block does not need.
 */
export function isWorthUsing(list: Uint8Array, gasLimit: bigint): boolean {
  return BigInt(list.length) <= gasLimit / 16n + 2n ** 20n;
}

/** Has the block executed on what the list claims; `alone`: in this thread. */
export function useClaims(kernel: KernelInstance, alone: boolean): void {
  const { exports, layout } = kernel;
  exports.internReserve(IndexTable.Accounts, kernel.getU32(layout.CLAIMS + layout.Claims_accountCount));
  exports.internReserve(IndexTable.Slots, kernel.getU32(layout.CLAIMS + layout.Claims_slotCount));
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
const FIELD = "blockAccessList";
/** Longer entries are not taken apart for an error: whoever sends a wrong list must not choose what that costs. */
const SHOWN_BYTES = 2 ** 16;

function formError(kernel: KernelInstance, list: Uint8Array, problem: number): InvalidBlockError {
  if (problem === ClaimsProblem.TooManyItems) {
    const reason = codeName(Invalid, Invalid.AccessListTooLarge);
    return new InvalidBlockError(FIELD, "no longer than the gas limit allows", list, reason);
  }
  const position = kernel.getU32(kernel.layout.CLAIMS + kernel.layout.Claims_problemAccount);
  const field = `${FIELD}[${position}]`;
  try {
    const account = rlpItems(list, rlpWhole(list, FIELD), FIELD)[position]!;
    if (problem === ClaimsProblem.AccountOrder) {
      const met = toHex(list.slice(account.payload + 1, account.payload + 21));
      return new InvalidBlockError(field, "of an address behind the one before", met, REASON);
    }
    if (problem === ClaimsProblem.IndexRange) {
      return new InvalidBlockError(field, "without an index behind the block's last", list, REASON);
    }
    if (account.end - account.start <= SHOWN_BYTES) decodeAccountAccess(list, account, field);
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
  const [expected, met] = [accounts(actual), accounts(given)];
  const position = expected.findIndex((account, i) => Buffer.compare(account, met[i] ?? NONE) !== 0);
  const i = position < 0 ? expected.length : position;
  const [right = NONE, wrong = NONE] = [expected[i], met[i]];
  const address = [right, wrong]
    .filter(({ length }) => length > 0)
    .map(addressOf)
    .sort()[0];
  throw new InvalidBlockError(
    `${FIELD}[${i}]`,
    `what the block accessed of ${address}: ${describe(right, address)}`,
    describe(wrong, address),
    REASON,
  );
}

const NONE = new Uint8Array(0);

/** The accounts of a list that is well-formed, each as its bytes. */
function accounts(list: Uint8Array): Uint8Array[] {
  return rlpItems(list, rlpWhole(list, FIELD), FIELD).map(({ start, end }) => list.subarray(start, end));
}

function addressOf(account: Uint8Array): Hex {
  const { payload } = rlpWhole(account, FIELD);
  return toHex(account.slice(payload + 1, payload + 21));
}

/** An account's entry, where it is that of `address`. */
function describe(account: Uint8Array, address: Hex | undefined): string {
  if (account.length === 0 || addressOf(account) !== address) return "nothing";
  if (account.length > SHOWN_BYTES) return `an entry of ${account.length} bytes`;
  return JSON.stringify(decodeAccountAccess(account, rlpWhole(account, FIELD), FIELD), (_, value) =>
    typeof value === "bigint" ? `0x${value.toString(16)}` : value,
  );
}
