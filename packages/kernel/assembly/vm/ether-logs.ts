// EIP-7708: ether that moves or is burnt leaves a log of the system's address. Nothing is read for it: whoever moves
// ether knows the amount.

import { env, FLAG_TRANSFER_LOGS } from "../block/env";
import { systemAddress } from "../block/system-contracts";
import { traceLog } from "../host";
import { accountAddress, accountBalance, viewBurntNext, viewLog } from "../state/view";
import { Eip } from "../status";
import { wordCopy, wordEquals, wordIsZero, wordToBytes } from "../word/word";
import { eips, passing, stepping } from "./context";

/** Three topics and the amount, then the address; `passing` has room for five words. */
const AMOUNT: usize = 96;
const ADDRESS: usize = 128;

function log(topicCount: u32, amount: usize): void {
  systemAddress(passing + ADDRESS);
  logAs(topicCount, amount);
}

/** 0xeeee…ee: whom traced transfers name as the token that ether is (eth_simulateV1). */
function etherAddress(word: usize): void {
  store<u64>(word, 0xeeeeeeeeeeeeeeee);
  store<u64>(word, 0xeeeeeeeeeeeeeeee, 8);
  store<u64>(word, 0xeeeeeeee, 16);
  store<u64>(word, 0, 24);
}

function logAs(topicCount: u32, amount: usize): void {
  wordToBytes(passing + AMOUNT, amount);
  const left = viewLog(passing + ADDRESS, passing, topicCount, passing + AMOUNT, 32);
  if (stepping) traceLog(left);
}

/** `amount` of ether moves from one address to another, all three words; nothing leaves no log, and to oneself only where transfers are traced. */
export function logTransfer(from: usize, to: usize, amount: usize): void {
  if (wordIsZero(amount)) return;
  const isTraced = (env().flags & FLAG_TRANSFER_LOGS) != 0;
  const isLogged = (eips & Eip.E7708) != 0 && !wordEquals(from, to);
  if (!isTraced && !isLogged) return;
  // keccak256("Transfer(address,address,uint256)")
  store<u64>(passing, 0x28f55a4df523b3ef);
  store<u64>(passing, 0x952ba7f163c4a116, 8);
  store<u64>(passing, 0x69c2b068fc378daa, 16);
  store<u64>(passing, 0xddf252ad1be2c89b, 24);
  wordCopy(passing + 32, from);
  wordCopy(passing + 64, to);
  if (isTraced) {
    etherAddress(passing + ADDRESS);
    logAs(3, amount);
  }
  if (isLogged) log(3, amount);
}

/** `amount` of ether goes with the contract at `address`. */
export function logBurn(address: usize, amount: usize): void {
  if ((eips & Eip.E7708) == 0 || wordIsZero(amount)) return;
  // keccak256("Burn(address,uint256)")
  store<u64>(passing, 0x71a0fdb75d397ca5);
  store<u64>(passing, 0x6cffcc184412cf7a, 8);
  store<u64>(passing, 0x815c1ee09dbd0673, 16);
  store<u64>(passing, 0xcc16f5dbb4873280, 24);
  wordCopy(passing + 32, address);
  log(2, amount);
}

/** What destructed contracts were sent after their end, when the transaction is over, by address. */
export function logBurntAtEnd(): void {
  if ((eips & Eip.E7708) == 0) return;
  for (let a = viewBurntNext(0); a != 0; a = viewBurntNext(a)) logBurn(accountAddress(a), accountBalance(a));
}
