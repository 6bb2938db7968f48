// Operations that ask for accounts, code and the block.

import { env } from "../block/env";
import { keccak256Word } from "../hash/keccak";
import {
  accountBalance,
  accountCode,
  accountCodeHash,
  accountIsEmpty,
  accountWarm,
  viewAccount,
} from "../state/view";
import { Fork, Halt } from "../status";
import {
  wordCopy,
  wordFitsU64,
  wordFromBytes,
  wordLow,
  wordSet,
  wordTruncateAddress,
  wordZero,
} from "../word/word";
import { Code } from "./code";
import { blobHashCount, blobHashes, chargeGas, fork, returnData, returnLength, wordA } from "./context";
import { Frame } from "./frame";
import { keccak256OfPair } from "./mapping-slots";
import { copyPadded, memoryRange, memoryRangePerWord, rangeLength, rangeOffset } from "./memory";

/** Gas of a first access to an account beyond that of a later one, which is an opcode's static gas (EIP-2929). */
export const COLD_ACCOUNT: u64 = 2500;

/** The account that the word at `word` names, its access paid for; 0 = out of gas. */
export function accessAccount(word: usize): usize {
  wordTruncateAddress(wordA, word);
  const account = viewAccount(wordA);
  if (fork >= Fork.Berlin && accountWarm(account) && !chargeGas(COLD_ACCOUNT)) return 0;
  return account;
}

export function opBalance(sp: usize): bool {
  const account = accessAccount(sp);
  if (account == 0) return false;
  wordCopy(sp, accountBalance(account));
  return true;
}

export function opExtCodeSize(sp: usize): bool {
  const account = accessAccount(sp);
  if (account == 0) return false;
  wordSet(sp, changetype<Code>(accountCode(account)).length);
  return true;
}

export function opExtCodeHash(sp: usize): bool {
  const account = accessAccount(sp);
  if (account == 0) return false;
  if (accountIsEmpty(account)) wordZero(sp);
  else wordFromBytes(sp, accountCodeHash(account), 32);
  return true;
}

/** EXTCODECOPY: address, memory offset, code offset, length. */
export function opExtCodeCopy(frame: Frame, sp: usize): bool {
  if (!memoryRangePerWord(frame, sp - 32, sp - 96, 3)) return false;
  const account = accessAccount(sp);
  if (account == 0) return false;
  const code = changetype<Code>(accountCode(account));
  copyPadded(frame.memory + rangeOffset, code.bytes, code.length, sp - 64, rangeLength);
  return true;
}

/** CALLDATACOPY, CODECOPY: memory offset, offset in `source`, length. */
export function opCopy(frame: Frame, sp: usize, source: usize, sourceLength: u32): bool {
  if (!memoryRangePerWord(frame, sp, sp - 64, 3)) return false;
  copyPadded(frame.memory + rangeOffset, source, sourceLength, sp - 32, rangeLength);
  return true;
}

export function opCallDataLoad(frame: Frame, sp: usize): void {
  if (!wordFitsU64(sp)) {
    wordZero(sp);
    return;
  }
  const from = wordLow(sp);
  const length: u64 = frame.inputLength;
  if (from >= length) {
    wordZero(sp);
    return;
  }
  const at = <usize>frame.input + <usize>from;
  if (from + 32 <= length) {
    wordFromBytes(sp, at, 32);
    return;
  }
  memory.fill(wordA, 0, 32);
  memory.copy(wordA, at, <usize>(length - from));
  wordFromBytes(sp, wordA, 32);
}

export function opKeccak(frame: Frame, sp: usize): bool {
  if (!memoryRangePerWord(frame, sp, sp - 32, 6)) return false;
  const input = <usize>frame.memory + rangeOffset;
  if (rangeLength == 64) keccak256OfPair(sp - 32, input);
  else keccak256Word(sp - 32, input, rangeLength);
  return true;
}

/** One of the last 256 blocks' hashes; zero for any other number. */
export function opBlockHash(sp: usize): void {
  const number = env().number;
  const asked = wordLow(sp);
  const hashes: usize = env().blockHashes;
  if (hashes == 0 || !wordFitsU64(sp) || asked >= number || number - asked > 256) {
    wordZero(sp);
    return;
  }
  wordFromBytes(sp, hashes + ((<usize>(asked & 255)) << 5), 32);
}

export function opBlobHash(sp: usize): void {
  if (wordFitsU64(sp) && wordLow(sp) < <u64>blobHashCount) {
    wordFromBytes(sp, blobHashes + ((<usize>wordLow(sp)) << 5), 32);
  } else {
    wordZero(sp);
  }
}

/** RETURNDATACOPY: memory offset, offset, length. Reading past the end halts (EIP-211). */
export function opReturnDataCopy(frame: Frame, sp: usize): Halt {
  if (!wordFitsU64(sp - 32) || !wordFitsU64(sp - 64)) return Halt.ReturnDataOutOfBounds;
  const from = wordLow(sp - 32);
  const length = wordLow(sp - 64);
  if (from > <u64>returnLength || length > <u64>returnLength - from) return Halt.ReturnDataOutOfBounds;
  if (!memoryRangePerWord(frame, sp, sp - 64, 3)) return Halt.OutOfGas;
  if (rangeLength != 0) {
    memory.copy(<usize>frame.memory + rangeOffset, returnData + <usize>from, rangeLength);
  }
  return Halt.Success;
}

/** MCOPY: destination, source, length; the memory grows to hold both ranges (EIP-5656). */
export function opMemoryCopy(frame: Frame, sp: usize): bool {
  if (!memoryRangePerWord(frame, sp - 32, sp - 64, 3)) return false;
  const from = rangeOffset;
  if (!memoryRange(frame, sp, sp - 64)) return false;
  memory.copy(<usize>frame.memory + rangeOffset, <usize>frame.memory + from, rangeLength);
  return true;
}
