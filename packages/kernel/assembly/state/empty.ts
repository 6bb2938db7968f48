// Two hashes that stand for nothing, as little-endian limbs of their bytes.

/** keccak256 of no bytes. */
const EMPTY_HASH_0: u64 = 0x3c23f7860146d2c5;
const EMPTY_HASH_1: u64 = 0xc003c7dcb27d7e92;
const EMPTY_HASH_2: u64 = 0x3b2782ca53b600e5;
const EMPTY_HASH_3: u64 = 0x70a4855d04d8fa7b;
/** keccak256(rlp("")): the root of an empty trie. */
const EMPTY_ROOT_0: u64 = 0xa655cc1b171fe856;
const EMPTY_ROOT_1: u64 = 0x6ef8c092e64583ff;
const EMPTY_ROOT_2: u64 = 0xc0ad6c991be0485b;
const EMPTY_ROOT_3: u64 = 0x21b463e3b52f6201;

/** Whether the 32 bytes are the hash of nothing, that is of no code. */
export function hashIsEmpty(hash: usize): bool {
  return (
    load<u64>(hash) == EMPTY_HASH_0 &&
    load<u64>(hash, 8) == EMPTY_HASH_1 &&
    load<u64>(hash, 16) == EMPTY_HASH_2 &&
    load<u64>(hash, 24) == EMPTY_HASH_3
  );
}

export function setEmptyHash(hash: usize): void {
  store<u64>(hash, EMPTY_HASH_0);
  store<u64>(hash, EMPTY_HASH_1, 8);
  store<u64>(hash, EMPTY_HASH_2, 16);
  store<u64>(hash, EMPTY_HASH_3, 24);
}

/** Whether the 32 bytes are the root of an empty trie. */
export function rootIsEmpty(root: usize): bool {
  return (
    load<u64>(root) == EMPTY_ROOT_0 &&
    load<u64>(root, 8) == EMPTY_ROOT_1 &&
    load<u64>(root, 16) == EMPTY_ROOT_2 &&
    load<u64>(root, 24) == EMPTY_ROOT_3
  );
}

export function setEmptyRoot(root: usize): void {
  store<u64>(root, EMPTY_ROOT_0);
  store<u64>(root, EMPTY_ROOT_1, 8);
  store<u64>(root, EMPTY_ROOT_2, 16);
  store<u64>(root, EMPTY_ROOT_3, 24);
}
