// The state of a local chain as a file, in the form that Anvil writes and reads.

import { DecodingError, type Hex, type StateEdit } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import type { Chain } from "../chain.ts";

/** One account of a dump. */
export interface DumpedAccount {
  nonce: number;
  balance: Hex;
  code: Hex;
  storage: Record<Hex, Hex>;
}

/** All accounts, and the block that they are of. */
export interface StateDump {
  block: { number: Hex; timestamp: Hex; gas_limit: number; basefee: number };
  accounts: Record<Hex, DumpedAccount>;
  best_block_number: number;
}

/** Reads all accounts of the head's state. @throws HistoryGoneError where not all history is kept */
export async function dumpState(chain: Chain): Promise<StateDump> {
  const { head } = chain;
  const state = chain.state(head.hash);
  const accounts: Record<Hex, DumpedAccount> = {};
  for (const [address, keys] of [...chain.touched()].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const account = await state.account(address);
    if (account === undefined) continue;
    const storage: Record<Hex, Hex> = {};
    for (const key of [...keys].sort()) {
      const value = await state.storage(address, key);
      if (value !== 0n) storage[key] = HexOf.fromNumber(value, { size: 32 });
    }
    accounts[address] = {
      nonce: Number(account.nonce),
      balance: HexOf.fromNumber(account.balance),
      code: HexOf.fromBytes(await state.code(address)),
      storage,
    };
  }
  return {
    block: {
      number: HexOf.fromNumber(head.number),
      timestamp: HexOf.fromNumber(head.header.timestamp),
      gas_limit: Number(head.header.gasLimit),
      basefee: Number(head.header.baseFeePerGas ?? 0n),
    },
    accounts,
    best_block_number: Number(head.number),
  };
}

function wrong(path: string, expected: string): DecodingError {
  return new DecodingError(path, `must be ${expected}`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A number as a dump has it: JSON's, or hex. */
function numberAt(value: unknown, path: string): bigint {
  const isNumber = typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
  if (!isNumber && !(typeof value === "string" && /^0x[0-9a-fA-F]{1,64}$/.test(value))) {
    throw wrong(path, "a number of at most 256 bits");
  }
  return BigInt(value as number | string);
}

function codeAt(value: unknown, path: string): Hex {
  if (typeof value !== "string" || !/^0x(?:[0-9a-fA-F]{2})*$/.test(value)) throw wrong(path, "bytes in hex");
  return value as Hex;
}

/** The accounts of a dump, ours or Anvil's, as changes of a state. @throws DecodingError where it is none */
export function dumpedAccounts(dump: unknown): StateEdit[] {
  if (!isObject(dump) || !isObject(dump["accounts"])) throw wrong("accounts", "accounts by address");
  return Object.entries(dump["accounts"]).map(([address, account]) => {
    const path = `accounts.${address.slice(0, 42)}`;
    if (!/^0x[0-9a-fA-F]{40}$/.test(address)) throw wrong(path, "named by an address");
    if (!isObject(account)) throw wrong(path, "an account");
    const { nonce, balance, code, storage = {} } = account;
    if (!isObject(storage)) throw wrong(`${path}.storage`, "values by slot");
    return {
      address: address.toLowerCase() as Hex,
      deleted: false,
      nonce: numberAt(nonce, `${path}.nonce`),
      balance: numberAt(balance, `${path}.balance`),
      code: codeAt(code, `${path}.code`),
      clearStorage: true,
      storage: Object.entries(storage).map(
        ([key, value]) =>
          [
            HexOf.fromNumber(numberAt(key, `${path}.storage`), { size: 32 }),
            numberAt(value, `${path}.storage.${key.slice(0, 66)}`),
          ] as const,
      ),
    };
  });
}
