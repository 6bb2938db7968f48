// The accounts that a local chain begins with: keys from a mnemonic that everybody knows.

import { pbkdf2Sync } from "node:crypto";
import { type Hex, keccak256 } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { children, keyAt, masterKey, publicKeyOf } from "./hd-keys.ts";

/** An account whose key the node has. */
export interface DevAccount {
  /** Lower case. */
  address: Hex;
  privateKey: Hex;
}

/** Known to everybody: what it holds anywhere but on a local chain is anybody's. */
export const DEV_MNEMONIC = "test test test test test test test test test test test junk";
/** BIP-44: Ethereum's first account; the number of the key follows. */
export const DEV_PATH = "m/44'/60'/0'/0/";

/**
 * The first accounts of a mnemonic (BIP-39, BIP-44).
 *
 * @example
 * ```ts
 * devAccounts(1)[0].address; // "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
 * ```
 */
export function devAccounts(
  count: number,
  { mnemonic = DEV_MNEMONIC, path = DEV_PATH }: { mnemonic?: string; path?: string } = {},
): DevAccount[] {
  // BIP-39; Node's own is many times as fast as any library, and a node has to do it before it answers.
  const seed = pbkdf2Sync(mnemonic.normalize("NFKD"), "mnemonic", 2048, 64, "sha512");
  const parent = keyAt(masterKey(seed), path.replace(/\/+$/, ""));
  return children(parent, [...Array(count).keys()]).map(({ key }) => {
    const address = keccak256(publicKeyOf(key, "uncompressed").subarray(1)).subarray(12);
    return { address: HexOf.fromBytes(address), privateKey: HexOf.fromBytes(key) };
  });
}
