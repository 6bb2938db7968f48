// A template says which location a call touches, as a function of its caller and its arguments: the balance of an
// account, or a storage slot at a fixed place or in a mapping, whose key is the caller, the called contract, or a word of
// the calldata. Deriving one from an observed location tries what compilers lay out: keccak256(key . place).

import { blockTransaction } from "../block/transactions";
import { keccak256Word } from "../hash/keccak";
import { arenaAllocate, arenaMark, arenaRewind } from "../memory/arena";
import { Execution } from "../state/execution";
import { internAccount, internSlot } from "../state/intern";
import { LocalSlot } from "../state/local";
import { AccountRecord, FIELD_SLOT, Loaded, SlotRecord } from "../state/records";
import { Transaction, transactionSender, transactionTo } from "../tx/transaction";
import { keccak256OfPair } from "../vm/mapping-slots";
import { wordCopy, wordFromBytes, wordSet, wordSubtract, wordToBytes } from "../word/word";
import { task } from "./scheduler";

// Whose account it is: that of a word of the call, always the same one, or the one whose address the called contract
// keeps in slot `ownerArgument`.
const OWNER_WORD: u8 = 0;
const OWNER_FIXED: u8 = 1;
const OWNER_STORED: u8 = 2;

// How the slot's key comes about: fixed, keccak256(word0 . key), keccak256(word1 . keccak256(word0 . key)). To the latter
// two `offset` is added.
const KEY_FIXED: u8 = 0;
const KEY_MAPPING: u8 = 1;
const KEY_NESTED: u8 = 2;

// Words of a call: its caller, the called contract, the words of its arguments.
const CALLER: u8 = 0;
const CALLED: u8 = 1;
const FIRST_ARGUMENT: u8 = 2;
const WORDS: u8 = 8;
const SELECTOR: u32 = 4;

/** Storage places that are tried as the place of a mapping, and of a mapping of mappings. */
const PLACES: u64 = 32;
const NESTED_PLACES: u64 = 16;
/** Members of a structure in a mapping that are tried. */
const MEMBERS: u64 = 16;
/** Slots of the called contract that are looked at for the address of another one. */
const ADDRESS_PLACES: u64 = 256;

/** What a call does with the location. */
export const READS: u8 = 1;
export const WRITES: u8 = 2;

@unmanaged
export class Template {
  /** What is thought of it (predictor.ts); 0 = there is none. */
  trust: u8;
  uses: u8;
  field: u8;
  owner: u8;
  ownerArgument: u8;
  keyKind: u8;
  word0: u8;
  word1: u8;
  /** The fixed key, or the mapping's place. */
  key0: u64;
  key1: u64;
  key2: u64;
  key3: u64;
  /** The fixed owner's address, a word. */
  address0: u64;
  address1: u64;
  address2: u32;
  offset: u16;
  /** Conflicts at locations that were tried as deltas, less those that deltas have saved (predictor.ts). */
  deltaFailures: u16;
}

function templateKey(template: usize): usize {
  return template + offsetof<Template>("key0");
}

/** Writes a word of the call; false where its calldata is too short. */
function callWord(t: Transaction, which: u8, result: usize): bool {
  if (which == CALLER) {
    wordCopy(result, transactionSender(t));
    return true;
  }
  if (which == CALLED) {
    wordCopy(result, transactionTo(t));
    return true;
  }
  const at = SELECTOR + <u32>(which - FIRST_ARGUMENT) * 32;
  if (which >= WORDS || at + 32 > t.dataLength) return false;
  wordFromBytes(result, <usize>t.data + at, 32);
  return true;
}

function isAddress(word: usize): bool {
  return load<u64>(word, 24) == 0 && load<u64>(word, 16) >> 32 == 0;
}

function addressEquals(word: usize, account: AccountRecord): bool {
  return (
    isAddress(word) &&
    load<u64>(word) == account.address0 &&
    load<u64>(word, 8) == account.address1 &&
    <u32>load<u64>(word, 16) == account.address2
  );
}

/** Writes the address in slot `place` of the account at `record`; false where its value is not at hand. */
function storedAddress(record: usize, place: u64, result: usize): bool {
  wordSet(result, place);
  const slot = internSlot(record, result);
  const committed = changetype<SlotRecord>(slot);
  if (atomic.load<u32>(slot + offsetof<SlotRecord>("loaded")) != Loaded.Yes) return false;
  if (committed.generation != changetype<AccountRecord>(record).generation) return false;
  keepAddress(result, slot + offsetof<SlotRecord>("value0"));
  return true;
}

function keepAddress(result: usize, word: usize): void {
  wordCopy(result, word);
  store<u64>(result, load<u64>(result, 16) & 0xffffffff, 16);
  store<u64>(result, 0, 24);
}

/** result = keccak256(word . place); the results may be one of the operands. `scratch` has 64 bytes. */
function mappingKey(result: usize, word: usize, place: usize, scratch: usize): void {
  wordToBytes(scratch, word);
  wordToBytes(scratch + 32, place);
  keccak256OfPair(result, scratch);
}

/** As `mappingKey`, for one of many tries: nobody will ask for it again. */
function tryKey(result: usize, word: usize, place: usize, scratch: usize): void {
  wordToBytes(scratch, word);
  wordToBytes(scratch + 32, place);
  keccak256Word(result, scratch, 64);
}

/** Words to work in. */
const WORD: usize = 32;
const SCRATCH: usize = 5 * WORD;

/**
 * The location (record | field) that the template gives for the call, or 0 where it gives none. May leave with
 * Abort.IndexFull.
 */
export function templateLocation(template: usize, t: Transaction): u32 {
  const mark = arenaMark();
  const location = locate(changetype<Template>(template), t, arenaAllocate(SCRATCH));
  arenaRewind(mark);
  return location;
}

function locate(template: Template, t: Transaction, scratch: usize): u32 {
  const word = scratch + 64;
  const key = word + WORD;
  if (template.owner == OWNER_FIXED) {
    store<u64>(word, template.address0);
    store<u64>(word, template.address1, 8);
    store<u64>(word, <u64>template.address2, 16);
    store<u64>(word, 0, 24);
  } else if (template.owner == OWNER_STORED) {
    if (!storedAddress(internAccount(transactionTo(t)), template.ownerArgument, word)) return 0;
  } else if (!callWord(t, template.ownerArgument, word) || !isAddress(word)) {
    return 0;
  }
  const account = internAccount(word);
  if (template.field < <u8>FIELD_SLOT) return <u32>account | template.field;
  wordCopy(key, templateKey(changetype<usize>(template)));
  if (template.keyKind != KEY_FIXED) {
    if (!callWord(t, template.word0, word)) return 0;
    mappingKey(key, word, key, scratch);
    if (template.keyKind == KEY_NESTED) {
      if (!callWord(t, template.word1, word)) return 0;
      mappingKey(key, word, key, scratch);
    }
    // Members of a structure never cross a limb but once in 2^60.
    store<u64>(key, load<u64>(key) + <u64>template.offset);
  }
  return <u32>internSlot(account, key) | FIELD_SLOT;
}

/** Finds whose account the record is, by what the call of transaction `index` knows. */
function deriveOwner(
  template: Template,
  t: Transaction,
  index: u32,
  account: AccountRecord,
  scratch: usize,
): void {
  template.owner = OWNER_WORD;
  for (let word: u8 = 0; word < FIRST_ARGUMENT; word++) {
    // The called contract first: whoever calls itself is an exception.
    template.ownerArgument = word ^ CALLED;
    if (callWord(t, template.ownerArgument, scratch) && addressEquals(scratch, account)) return;
  }
  const called = <u32>internAccount(transactionTo(t));
  const execution = <usize>task(index).execution;
  let s = execution != 0 ? <usize>changetype<Execution>(execution).slots : 0;
  for (; s != 0; s = <usize>changetype<LocalSlot>(s).previous) {
    const slot = changetype<SlotRecord>(<usize>changetype<LocalSlot>(s).record);
    if (slot.account != called || slot.key0 >= ADDRESS_PLACES || (slot.key1 | slot.key2 | slot.key3) != 0)
      continue;
    keepAddress(scratch, s + offsetof<LocalSlot>("read0"));
    if (!addressEquals(scratch, account)) continue;
    template.owner = OWNER_STORED;
    template.ownerArgument = <u8>slot.key0;
    return;
  }
  for (let word = FIRST_ARGUMENT; word < WORDS; word++) {
    template.ownerArgument = word;
    if (callWord(t, word, scratch) && addressEquals(scratch, account)) return;
  }
  template.owner = OWNER_FIXED;
  template.address0 = account.address0;
  template.address1 = account.address1;
  template.address2 = account.address2;
}

/** Whether `key` is `hash` or a few places behind it; how many is left in the template. */
function isMember(template: Template, key: usize, hash: usize, scratch: usize): bool {
  wordSubtract(scratch, key, hash);
  template.offset = <u16>load<u64>(scratch);
  return (
    load<u64>(scratch) < MEMBERS &&
    (load<u64>(scratch, 8) | load<u64>(scratch, 16) | load<u64>(scratch, 24)) == 0
  );
}

/** Looks for the mapping of which the slot `key` is an entry. */
function deriveMapping(template: Template, t: Transaction, key: usize, scratch: usize): bool {
  const word = scratch + 64;
  const hash = word + WORD;
  const nested = hash + WORD;
  const place = templateKey(changetype<usize>(template));
  for (let depth: u8 = KEY_MAPPING; depth <= KEY_NESTED; depth++) {
    template.keyKind = depth;
    for (let at: u64 = 0; at < (depth == KEY_MAPPING ? PLACES : NESTED_PLACES); at++) {
      wordSet(place, at);
      for (let first: u8 = 0; first < WORDS; first++) {
        if (!callWord(t, first, word)) break;
        tryKey(hash, word, place, scratch);
        template.word0 = first;
        if (depth == KEY_MAPPING) {
          if (isMember(template, key, hash, scratch)) return true;
          continue;
        }
        for (let second: u8 = 0; second < WORDS; second++) {
          if (!callWord(t, second, word)) break;
          tryKey(nested, word, hash, scratch);
          template.word1 = second;
          if (isMember(template, key, nested, scratch)) return true;
        }
      }
    }
  }
  return false;
}

/**
 * Fills in the template (but for `trust` and `uses`) that gives `location` for the call of transaction `index`. False
 * where nothing but the location itself is known of it. May leave with Abort.IndexFull.
 */
export function templateDerive(result: usize, index: u32, location: u32): bool {
  const mark = arenaMark();
  const found = derive(changetype<Template>(result), index, location, arenaAllocate(SCRATCH));
  arenaRewind(mark);
  return found;
}

function derive(template: Template, index: u32, location: u32, scratch: usize): bool {
  const t = blockTransaction(index);
  const record = <usize>(location & ~7);
  const field = location & 7;
  template.field = <u8>field;
  template.offset = 0;
  template.keyKind = KEY_FIXED;
  if (field != FIELD_SLOT) {
    deriveOwner(template, t, index, changetype<AccountRecord>(record), scratch);
    return true;
  }
  const slot = changetype<SlotRecord>(record);
  deriveOwner(template, t, index, changetype<AccountRecord>(<usize>slot.account), scratch);
  const key = record + offsetof<SlotRecord>("key0");
  const isPlace = slot.key0 < 65536 && (slot.key1 | slot.key2 | slot.key3) == 0;
  const mapped = !isPlace && deriveMapping(template, t, key, scratch);
  if (!mapped) {
    template.keyKind = KEY_FIXED;
    template.offset = 0;
    wordCopy(templateKey(changetype<usize>(template)), key);
  }
  return mapped || isPlace;
}
