// Accounts given as a whole: genesis allocations and the pre-states of tests, into the kernel's state and trie.

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

/** An address of a genesis file, with or without 0x. */
function address(key: string): Uint8Array {
  return toBytes((key.startsWith("0x") ? key : `0x${key}`) as Hex, `alloc[${key}]`, 20);
}

/**
 * Adds accounts to the state, which must not hold any of them yet, and commits them. With the trie enabled the
 * state root is at RESULT_STATE_ROOT afterwards.
 * @throws InvalidArgumentError naming the first field that is wrong; then nothing was added
 */
export function importAccounts(kernel: KernelInstance, alloc: Allocation): void {
  const accounts = Object.entries(alloc).map(([key, account]) => {
    const field = `alloc[${key}]`;
    const storage: [bigint, bigint][] = [];
    for (const [slot, value] of Object.entries(account.storage ?? {})) {
      const word = toQuantity(value === "0x" ? 0n : value, `${field}.storage[${slot}]`, 256);
      if (word !== 0n) storage.push([toQuantity(slot, `${field}.storage`, 256), word]);
    }
    return {
      address: address(key),
      nonce: toQuantity(account.nonce ?? 0n, `${field}.nonce`, 64),
      balance: toQuantity(account.balance ?? 0n, `${field}.balance`, 256),
      code: toBytes(account.code ?? "0x", `${field}.code`),
      codeHash:
        account.codeHash === undefined ? undefined : toBytes(account.codeHash, `${field}.codeHash`, 32),
      storage,
    };
  });
  const slots = accounts.reduce((sum, { storage }) => sum + storage.length, 0);
  const longest = accounts.reduce((most, { code }) => Math.max(most, code.length), 0);

  const { exports } = kernel;
  exports.blockOpen();
  exports.importBegin(accounts.length, slots);
  const first = kernel.allocate(64);
  const second = first + 32;
  const codeBytes = kernel.allocate(longest + 8);
  for (const { address, nonce, balance, code, codeHash, storage } of accounts) {
    kernel.setWordBytes(first, address);
    kernel.setWord(second, balance);
    kernel.write(codeBytes, code);
    exports.importAccountAdd(first, nonce, second, codeBytes, code.length);
    if (codeHash !== undefined) {
      kernel.write(first, codeHash);
      exports.importCodeHash(first);
    }
    for (const [key, value] of storage) {
      kernel.setWord(first, key);
      kernel.setWord(second, value);
      exports.importSlotAdd(first, second);
    }
  }
  exports.importEnd();
  exports.sequentialStateRoot();
  exports.blockCommit();
}
