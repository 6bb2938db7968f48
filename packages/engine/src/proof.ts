// Merkle proofs of accounts and storage against the committed state root (EIP-1186).

import { EMPTY_CODE_HASH } from "./empty.ts";
import { ColdReadError } from "./errors.ts";
import { type Hex, toHex } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import type { StateReader } from "./state-reader.ts";

/** The proof of one slot: RLP of the nodes from the storage root down. */
export interface StorageProof {
  key: Hex;
  value: bigint;
  proof: Hex[];
}

/** What eth_getProof answers. */
export interface AccountProof {
  address: Hex;
  balance: bigint;
  nonce: bigint;
  codeHash: Hex;
  storageHash: Hex;
  /** RLP of the nodes from the state root down; it proves that there is no account where there is none. */
  accountProof: Hex[];
  storageProof: StorageProof[];
}

const NIBBLES = 64;

/** The nodes on the way to keccak256(preimage) in the trie that `root` gives. */
function proofOf(
  kernel: KernelInstance,
  reader: StateReader,
  root: () => number,
  preimage: Uint8Array,
): Promise<Hex[]> {
  const at = kernel.allocate(64);
  kernel.write(at, preimage);
  kernel.exports.keccak256(at + 32, at, preimage.length);
  return nodesTowards(kernel, reader, root, at + 32);
}

/** The nodes on the way to the hashed key at `key`. */
async function nodesTowards(
  kernel: KernelInstance,
  reader: StateReader,
  root: () => number,
  key: number,
): Promise<Hex[]> {
  const { exports } = kernel;
  let missing = 0;
  while (exports.trieProof(root(), key, NIBBLES) === 0) {
    const count = exports.trieMissingCount();
    if (count <= missing) throw new ColdReadError("trie node", new Error("the proof does not get on"));
    missing = count;
    await reader.bringNodes();
  }
  return Array.from({ length: exports.proofCount() }, (_, i) =>
    toHex(kernel.copy(exports.proofNode(i), exports.proofLength(i))),
  );
}

/** Proves the account at `address` and the slots at `keys`. */
export async function proveAccount(
  kernel: KernelInstance,
  reader: StateReader,
  address: Uint8Array,
  keys: readonly Uint8Array[],
): Promise<AccountProof> {
  const { exports, layout } = kernel;
  const account = await reader.account(address);
  const record = await reader.accountRecord(address);
  const stateTrie = () => kernel.getU32(layout.CONTROL + layout.Control_stateTrie);
  const accountProof = await proofOf(kernel, reader, stateTrie, address);
  const storageProof: StorageProof[] = [];
  for (const key of keys) {
    storageProof.push({
      key: toHex(key),
      value: await reader.slot(address, key),
      proof:
        account === undefined
          ? []
          : await proofOf(kernel, reader, () => exports.recordStorageTrie(record), key),
    });
  }
  const out = kernel.allocate(32);
  exports.trieRootHash(account === undefined ? 0 : exports.recordStorageTrie(record), out);
  const storageHash = toHex(kernel.copy(out, 32));
  // Stubs that were met are listed until the trie's block ends.
  exports.blockDiscard();
  return {
    address: toHex(address),
    balance: account?.balance ?? 0n,
    nonce: account?.nonce ?? 0n,
    codeHash: account?.codeHash ?? EMPTY_CODE_HASH,
    storageHash,
    accountProof,
    storageProof,
  };
}

/** RLP of the nodes on the way to a hashed key in the state trie, or in the storage trie of `owner`. */
export async function trieNodes(
  kernel: KernelInstance,
  reader: StateReader,
  key: Uint8Array,
  owner: Uint8Array | undefined,
): Promise<Hex[]> {
  const { exports, layout } = kernel;
  let root = () => kernel.getU32(layout.CONTROL + layout.Control_stateTrie);
  if (owner !== undefined) {
    if ((await reader.account(owner)) === undefined) return [];
    const record = await reader.accountRecord(owner);
    root = () => exports.recordStorageTrie(record);
  }
  const at = kernel.allocate(32);
  kernel.write(at, key);
  const nodes = await nodesTowards(kernel, reader, root, at);
  exports.blockDiscard();
  return nodes;
}
