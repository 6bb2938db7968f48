// Logs bloom filters: 2048 bits, of which each address and topic sets three (yellow paper, section 4.3.1).
//
// Most logs of a block name the same few contracts and events: their hashes are remembered by each worker. What is
// not remembered is hashed two at a time. The whole value is compared.

import { keccak256 } from "../hash/keccak";
import { keccak256Pair } from "../hash/keccak2";
import { allocateWorkerChunks } from "../memory/arena";
import { CHUNK_SIZE } from "../memory/layout";

/** A value that was hashed, an address with zeros before it. */
@unmanaged
class Remembered {
  value0: u64;
  value1: u64;
  value2: u64;
  value3: u64;
  /** The first six bytes of the hash. */
  hash: u64;
  /** Length of the value; 0 = nothing is remembered here. */
  length: u64;
}

const MEMO_BITS: u32 = 10;
const MEMO: usize = offsetof<Remembered>() << MEMO_BITS;

let memo: usize = 0;
// The value that waits for another one to be hashed beside it, and where it will be remembered.
let waiting: usize = 0;
let waitingLength: u32 = 0;
let waitingPlace: usize = 0;
/** Two hashes, behind the memo. */
let scratch: usize = 0;

function makeMemo(): void {
  memo = allocateWorkerChunks(<u32>((MEMO + 64 + CHUNK_SIZE - 1) / CHUNK_SIZE));
  memory.fill(memo, 0, MEMO);
  scratch = memo + MEMO;
}

/** Three pairs of bytes of the hash, modulo 2048, are bit numbers counted from the filter's end. */
function setBits(bloom: usize, hash: u64): void {
  for (let shift: u64 = 0; shift < 48; shift += 16) {
    const pair = <u32>(hash >> shift);
    const bit = ((pair << 8) | ((pair >> 8) & 255)) & 2047;
    const at = bloom + 255 - (bit >> 3);
    store<u8>(at, load<u8>(at) | ((<u8>1) << (<u8>(bit & 7))));
  }
}

function remember(place: usize, value: usize, length: u32, hash: usize): u64 {
  const entry = changetype<Remembered>(place);
  const bits = load<u64>(hash);
  if (length == 32) {
    v128.store(place, v128.load(value));
    v128.store(place, v128.load(value, 16), 16);
  } else {
    entry.value0 = 0;
    entry.value1 = <u64>load<u32>(value);
    v128.store(place, v128.load(value, 4), 16);
  }
  entry.length = length;
  entry.hash = bits;
  return bits;
}

/** Begins a log's values; one may wait from a log that was left by an error. */
export function bloomBegin(): void {
  if (memo == 0) makeMemo();
  waiting = 0;
}

/** Adds an address (20 bytes) or a topic (32), which stays where it is until `bloomEnd`. */
export function bloomAdd(bloom: usize, value: usize, length: u32): void {
  const v0 = length == 32 ? load<u64>(value) : 0;
  const v1 = length == 32 ? load<u64>(value, 8) : <u64>load<u32>(value);
  const v2 = load<u64>(value + length - 16);
  const v3 = load<u64>(value + length - 8);
  const mixed = ((v0 ^ v2) * 0x632be59bd9b4e019) ^ ((v1 ^ v3) * 0x5851f42d4c957f2d);
  const place = memo + <usize>((mixed * 0x2545f4914f6cdd1d) >> (64 - MEMO_BITS)) * offsetof<Remembered>();
  const entry = changetype<Remembered>(place);
  if (
    entry.length == <u64>length &&
    entry.value0 == v0 &&
    entry.value1 == v1 &&
    entry.value2 == v2 &&
    entry.value3 == v3
  ) {
    setBits(bloom, entry.hash);
    return;
  }
  if (waiting == 0) {
    waiting = value;
    waitingLength = length;
    waitingPlace = place;
    return;
  }
  keccak256Pair(scratch, waiting, waitingLength, scratch + 32, value, length);
  setBits(bloom, remember(waitingPlace, waiting, waitingLength, scratch));
  setBits(bloom, remember(place, value, length, scratch + 32));
  waiting = 0;
}

/** Adds the value that still waits. */
export function bloomEnd(bloom: usize): void {
  if (waiting == 0) return;
  keccak256(scratch, waiting, waitingLength);
  setBits(bloom, remember(waitingPlace, waiting, waitingLength, scratch));
  waiting = 0;
}

/** result |= other. */
export function bloomOr(result: usize, other: usize): void {
  for (let i: usize = 0; i < 256; i += 16) {
    v128.store(result + i, v128.or(v128.load(result + i), v128.load(other + i)));
  }
}
