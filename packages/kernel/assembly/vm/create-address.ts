// Addresses of new contracts.

import { keccak256, keccak256Word } from "../hash/keccak";
import { wordToAddress, wordToBytes, wordTruncateAddress } from "../word/word";
import { passing } from "./context";

/** Address of the contract that `sender` creates with `nonce`: keccak256(rlp([sender, nonce])), as a word. */
export function createAddress(result: usize, sender: usize, nonce: u64): void {
  const at = passing;
  store<u8>(at, 0x94, 1);
  wordToAddress(at + 2, sender);
  let length: usize = 22;
  if (nonce == 0) {
    store<u8>(at + length++, 0x80);
  } else if (nonce < 0x80) {
    store<u8>(at + length++, <u8>nonce);
  } else {
    const bytes: u32 = 8 - <u32>(clz(nonce) >> 3);
    store<u8>(at + length++, 0x80 + <u8>bytes);
    for (let i: u32 = bytes; i > 0; i--) {
      store<u8>(at + length++, <u8>(nonce >> ((<u64>(i - 1)) << 3)));
    }
  }
  store<u8>(at, 0xc0 + <u8>(length - 1));
  keccak256Word(result, at, <u32>length);
  wordTruncateAddress(result, result);
}

/** EIP-1014: keccak256(0xff ++ sender ++ salt ++ keccak256(initcode)), as a word. `salt` is a word. */
export function createAddress2(
  result: usize,
  sender: usize,
  salt: usize,
  initcode: usize,
  length: u32,
): void {
  const at = passing;
  store<u8>(at, 0xff);
  wordToAddress(at + 1, sender);
  wordToBytes(at + 21, salt);
  keccak256(at + 53, initcode, length);
  keccak256Word(result, at, 85);
  wordTruncateAddress(result, result);
}
