// What the phases of a state root (state-root.ts) share: it lies in the block arena, and TrieShared.stateRoot is
// its address.

import { trieShared } from "./workers";

export enum Phase {
  Storage = 0,
  LargeStorage = 1,
  Accounts = 2,
  Root = 3,
}

/** From this many changed slots on, a storage trie is updated in 16 tasks. */
export const LARGE_SLOTS: u32 = 256;
/** Accounts and slots together in one task of Phase.Storage. */
export const GROUP_WEIGHT: u32 = 256;

/** What the trie needs to know of one changed account. */
@unmanaged
export class AccountWork {
  change: u32;
  /** The storage trie after the block and its root. */
  storageTrie: u32;
  /** LargeStorage, or 0. */
  large: u32;
  unused: u32;
  root0: u64;
  root1: u64;
  root2: u64;
  root3: u64;
}

@unmanaged
export class LargeStorage {
  work: u32;
  /** TrieUpdates of all its slots, not sorted, and their values. */
  batch: u32;
  values: u32;
  count: u32;
  /** The storage trie before the block, 0 after a wipe. */
  trie: u32;
  /** Index of the first of its groups. */
  firstGroup: u32;
  unused: u32;
  // 16 children follow.
}

export const WORK_SIZE: usize = offsetof<AccountWork>();
export const LARGE_CHILDREN: usize = offsetof<LargeStorage>();
export const LARGE_SIZE: usize = LARGE_CHILDREN + 64;

/** A task of Phase.Storage: accounts [from, to), or slots [from, to) of a large storage. */
@unmanaged
export class Group {
  large: u32;
  from: u32;
  to: u32;
  /** For each of the accounts, or slots, index + 1 of another one of its group below the same nibble, 0 = none. */
  links: u32;
  // For each nibble that a hashed key can begin with, index + 1 of the first such one of the group, and how many there are.
}

const GROUP_FIRST: usize = offsetof<Group>();
const GROUP_COUNTS: usize = GROUP_FIRST + 64;
export const GROUP_SIZE: usize = GROUP_COUNTS + 64;

@unmanaged
export class StateRoot {
  works: u32;
  count: u32;
  groups: u32;
  groupCount: u32;
  larges: u32;
  largeCount: u32;
  /** One TrieUpdate for each account, in the order of the change list. */
  batch: u32;
  /** The state trie before and after the block. */
  oldTrie: u32;
  newTrie: u32;
  unused: u32;
  root0: u64;
  root1: u64;
  root2: u64;
  root3: u64;
  // 16 children follow.
}

export const STATE_CHILDREN: usize = offsetof<StateRoot>();

export function running(): StateRoot {
  return changetype<StateRoot>(<usize>trieShared().stateRoot);
}

export function workAt(index: u32): AccountWork {
  return changetype<AccountWork>(<usize>running().works + <usize>index * WORK_SIZE);
}

export function largeAt(index: u32): LargeStorage {
  return changetype<LargeStorage>(<usize>running().larges + <usize>index * LARGE_SIZE);
}

export function groupAt(index: u32): Group {
  return changetype<Group>(<usize>running().groups + <usize>index * GROUP_SIZE);
}

/** Forgets what a task before has put in the group. */
export function groupClear(group: Group): void {
  memory.fill(changetype<usize>(group) + GROUP_FIRST, 0, GROUP_SIZE - GROUP_FIRST);
}

function link(group: Group, index: u32): usize {
  return <usize>group.links + ((<usize>index) << 2);
}

/** Puts account, or slot, `index` among those of its group below the nibble. */
export function groupAdd(group: Group, nibble: u32, index: u32): void {
  const first = changetype<usize>(group) + GROUP_FIRST + ((<usize>nibble) << 2);
  store<u32>(link(group, index), load<u32>(first));
  store<u32>(first, index + 1);
  store<u32>(first, load<u32>(first, GROUP_COUNTS - GROUP_FIRST) + 1, GROUP_COUNTS - GROUP_FIRST);
}

/** Index + 1 of the first of a group's accounts, or slots, below a nibble; 0 = none. */
export function groupFirst(group: Group, nibble: u32): u32 {
  return load<u32>(changetype<usize>(group) + GROUP_FIRST + ((<usize>nibble) << 2));
}

/** Index + 1 of the one after `index`; 0 = none. */
export function groupNext(group: Group, index: u32): u32 {
  return load<u32>(link(group, index));
}

/** How many accounts, or slots, of the group lie below a nibble. */
export function groupCount(group: Group, nibble: u32): u32 {
  return load<u32>(changetype<usize>(group) + GROUP_COUNTS + ((<usize>nibble) << 2));
}
