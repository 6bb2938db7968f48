// Accounts given as a whole: genesis allocations and the pre-states of tests, into the kernel's state and trie.

import { InvalidArgumentError } from "./errors.ts";
import { type Hex, toBytes, toQuantity } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";

type Quantity = bigint | number | string;

/** One account of an allocation, in the field names of genesis files; what is left out is zero or empty. */
export interface AllocatedAccount {
  nonce?: Quantity;
  balance?: Quantity;
  code?: Hex | Uint8Array;
  /** In place of `code`, where the code itself is not known and is never run. */
  codeHash?: Hex;
  /** Slots by key; keys and values are hex of at most 32 bytes. Zero values are left out. */
  storage?: Record<string, Quantity>;
}

/** Accounts by address. */
export type Allocation = Readonly<Record<string, AllocatedAccount>>;

const EMPTY = new Uint8Array(0);

/** An address of a genesis file, with or without 0x. */
function address(key: string): Uint8Array {
  return toBytes((key.startsWith("0x") ? key : `0x${key}`) as Hex, `alloc[${key}]`, 20);
}

/**
 * Adds accounts to the state, which must not hold any of them yet, and commits them. With the trie enabled the
 * state root is at RESULT_STATE_ROOT afterwards. Each account is read and written by itself: a genesis may hold millions.
 * @throws InvalidArgumentError naming the first field that is wrong; then nothing was added
 */
export function importAccounts(kernel: KernelInstance, alloc: Allocation): void {
  let accounts = 0;
  let slots = 0;
  let longest = 0;
  const otherwiseWritten = new Set<string>();
  for (const key in alloc) {
    const canonical = `0x${key.replace(/^0x/, "").toLowerCase()}`;
    if (canonical !== key) {
      if (Object.hasOwn(alloc, canonical) || otherwiseWritten.has(canonical)) {
        throw new InvalidArgumentError(`alloc[${key}]`, "given once", canonical);
      }
      otherwiseWritten.add(canonical);
    }
    const account: unknown = alloc[key];
    if (typeof account !== "object" || account === null) {
      throw new InvalidArgumentError(`alloc[${key}]`, "an account", account);
    }
    const { storage, code } = alloc[key]!;
    accounts++;
    if (storage !== undefined) slots += Object.keys(storage).length;
    // Digits or bytes: enough room either way.
    if (code !== undefined) longest = Math.max(longest, code.length);
  }
  const { exports } = kernel;
  exports.blockOpen();
  exports.importBegin(accounts, slots);
  const first = kernel.allocate(64);
  const second = first + 32;
  const codeBytes = kernel.allocate(longest + 8);
  // Until importEnd all that is written is records that are not loaded yet: they count for nothing.
  for (const key in alloc) {
    const account = alloc[key]!;
    const field = `alloc[${key}]`;
    const code = toBytes(account.code ?? EMPTY, `${field}.code`);
    const nonce = toQuantity(account.nonce ?? 0n, `${field}.nonce`, 64);
    kernel.setWordBytes(first, address(key));
    kernel.setWord(second, toQuantity(account.balance ?? 0n, `${field}.balance`, 256));
    kernel.write(codeBytes, code);
    exports.importAccountAdd(first, nonce, second, codeBytes, code.length);
    if (account.codeHash !== undefined) {
      kernel.write(first, toBytes(account.codeHash, `${field}.codeHash`, 32));
      exports.importCodeHash(first);
    }
    const slots = new Set<bigint>();
    for (const slot in account.storage) {
      const value = account.storage[slot]!;
      const word = toQuantity(value === "0x" ? 0n : value, `${field}.storage[${slot}]`, 256);
      if (word === 0n) continue;
      const number = toQuantity(slot, `${field}.storage`, 256);
      if (slots.has(number)) throw new InvalidArgumentError(`${field}.storage[${slot}]`, "given once", slot);
      slots.add(number);
      kernel.setWord(first, number);
      kernel.setWord(second, word);
      exports.importSlotAdd(first, second);
    }
  }
  exports.importEnd();
  exports.sequentialStateRoot();
  exports.blockCommit();
}
