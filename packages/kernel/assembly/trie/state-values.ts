// What the state trie and the storage tries hold, and where an account's storage trie is.

import { rlpWriteBytes, rlpWriteListHeader, rlpWriteU64, rlpWriteWord } from "../rlp/write";
import { AccountChange } from "../state/changes-layout";
import { AccountRecord } from "../state/records";
import { emptyRoot } from "./hash";
import {
  BRANCH_CHILDREN,
  branchAt,
  copy32,
  equal32,
  extensionAt,
  Kind,
  NODE_REF,
  nodeAt,
  STUB_SIZE,
  stubAt,
} from "./node";
import { allocateUnlisted, dropNode, trieShared } from "./workers";

/** Longest RLP of an account, rounded up. */
export const ACCOUNT_RLP_SIZE: usize = 112;
/** Longest RLP of a slot's value, rounded up. */
export const SLOT_RLP_SIZE: usize = 40;

/** Writes [nonce, balance, storageRoot, codeHash] (Yellow Paper, 4.1) at `out`; returns its length. */
export function accountRlp(out: usize, change: AccountChange, storageRoot: usize): u32 {
  const at = changetype<usize>(change);
  // The payload is 68 to 108 bytes: its list header always takes two.
  const body = out + 2;
  let end = rlpWriteU64(body, change.nonce);
  end = rlpWriteWord(end, at + offsetof<AccountChange>("balance0"));
  end = rlpWriteBytes(end, storageRoot, 32);
  end = rlpWriteBytes(end, at + offsetof<AccountChange>("codeHash0"), 32);
  rlpWriteListHeader(out, <u32>(end - body));
  return <u32>(end - out);
}

/** Pointer to the storage root in a record; a record of an account that never existed holds zeros. */
export function recordStorageRoot(record: u32): usize {
  const root = <usize>record + offsetof<AccountRecord>("storageRoot0");
  const account = changetype<AccountRecord>(<usize>record);
  if ((account.storageRoot0 | account.storageRoot1 | account.storageRoot2 | account.storageRoot3) == 0) {
    return emptyRoot();
  }
  return root;
}

/** Root node of an account's storage trie; a stub is put there if only the hash is known. */
export function recordStorageTrie(record: u32): u32 {
  const account = changetype<AccountRecord>(<usize>record);
  if (account.storageTrie != 0) return account.storageTrie;
  const root = recordStorageRoot(record);
  if (equal32(root, emptyRoot())) return 0;
  const stub = trieStub(root);
  // The stub says what the hash says: putting it there changes nothing, so it need not be undone.
  atomic.store<u32>(<usize>record + offsetof<AccountRecord>("storageTrie"), stub);
  return stub;
}

/** A trie of which only the root hash is known; 0 for the empty root. */
export function trieStub(hash: usize): u32 {
  if (equal32(hash, emptyRoot())) return 0;
  const node = allocateUnlisted(Kind.Stub, STUB_SIZE, trieShared().generation - 1);
  stubAt(node).resolved = 0;
  copy32(<usize>node + NODE_REF, hash);
  nodeAt(node).refLength = 32;
  return node;
}

/** Drops every node of a trie. */
export function dropTrie(node: u32): void {
  if (node == 0) return;
  const kind = nodeAt(node).kind;
  if (kind == Kind.Branch) {
    const count = <u32>popcnt<u32>(branchAt(node).mask);
    for (let i: u32 = 0; i < count; i++) {
      dropTrie(load<u32>(<usize>node + BRANCH_CHILDREN + ((<usize>i) << 2)));
    }
  } else if (kind == Kind.Extension) {
    dropTrie(extensionAt(node).child);
  } else if (kind == Kind.Stub) {
    dropTrie(stubAt(node).resolved);
  }
  dropNode(node);
}
