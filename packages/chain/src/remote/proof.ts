// Accounts and slots of a remote, proven against a state root (EIP-1186): what a remote says is not taken on trust.

import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, type Hex } from "@heddle/engine";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as Bytes from "ox/Bytes";
import * as HexOf from "ox/Hex";
import * as Rlp from "ox/Rlp";
import { type Answer, data, list, object } from "./decode.ts";
import { findInTrie } from "./trie-walk.ts";

/** An account as its leaf has it. */
export interface ProvenAccount {
  nonce: bigint;
  balance: bigint;
  storageRoot: Hex;
  codeHash: Hex;
}

const number = (digits: Hex): bigint => (digits === "0x" ? 0n : BigInt(digits));

/** What the nodes prove of a key; undefined: that there is nothing. @throws RemoteError where they prove neither */
function proven(from: Answer, root: Hex, key: Uint8Array, nodes: unknown, what: string): Hex | undefined {
  if (root === EMPTY_TRIE_ROOT) return undefined;
  const known = new Map<Hex, Uint8Array>();
  for (const node of list(from, nodes, `the proof of ${what}`)) {
    const bytes = Bytes.fromHex(data(from, node, `a node in the proof of ${what}`));
    known.set(HexOf.fromBytes(keccak_256(bytes)), bytes);
  }
  let value: Hex | undefined | null = null;
  try {
    value = findInTrie(root, key, (hash) => known.get(hash));
  } catch {
    // Nodes that are none prove nothing.
  }
  if (value === null) {
    throw from.client.error("UNPROVEN", from.method, `a proof of ${what} against ${root}`, "another one");
  }
  return value;
}

/** @throws RemoteError where the claimed value is not the proven one */
function compare(from: Answer, what: string, claimed: unknown, value: bigint): void {
  const said =
    typeof claimed === "string" && /^0x[0-9a-fA-F]{1,64}$/.test(claimed) ? BigInt(claimed) : claimed;
  if (said === value) return;
  throw from.client.error("UNPROVEN", from.method, `${what} ${value}, as is proven`, String(claimed));
}

/**
 * The account that an answer of eth_getProof proves; undefined where it proves that there is none.
 * @throws RemoteError where nothing is proven, or something else than what the answer says
 */
export function provenAccount(
  from: Answer,
  answer: unknown,
  stateRoot: Hex,
  address: Hex,
): ProvenAccount | undefined {
  const claim = object(from, answer);
  const leaf = proven(from, stateRoot, Bytes.fromHex(address), claim["accountProof"], `account ${address}`);
  const [nonce, balance, storageRoot, codeHash] = (
    leaf === undefined ? ["0x", "0x", EMPTY_TRIE_ROOT, EMPTY_CODE_HASH] : Rlp.toHex(leaf)
  ) as [Hex, Hex, Hex, Hex];
  const account = { nonce: number(nonce), balance: number(balance), storageRoot, codeHash };
  compare(from, `the balance of ${address} to be`, claim["balance"], account.balance);
  compare(from, `the nonce of ${address} to be`, claim["nonce"], account.nonce);
  return leaf === undefined ? undefined : account;
}

/** The value of a slot that an answer of eth_getProof for it alone proves. @throws RemoteError as `provenAccount` */
export function provenSlot(from: Answer, answer: unknown, stateRoot: Hex, address: Hex, key: Hex): bigint {
  const account = provenAccount(from, answer, stateRoot, address);
  const [slot] = list(from, object(from, answer)["storageProof"], "storageProof");
  const claim = object(from, slot, "storageProof[0]");
  const root = account?.storageRoot ?? EMPTY_TRIE_ROOT;
  const what = `slot ${key} of ${address}`;
  const leaf = proven(from, root, Bytes.fromHex(key), claim["proof"], what);
  const value = leaf === undefined ? 0n : number(Rlp.toHex(leaf) as Hex);
  compare(from, `${what} to be`, claim["value"], value);
  return value;
}
