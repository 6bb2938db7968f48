// Calls to the console: an address without code that Solidity libraries call to print (Hardhat's console.sol, Foundry's).

import { env, FLAG_CONSOLE } from "../block/env";
import { arenaAllocate } from "../memory/arena";
import { Log, logData } from "../state/local";
import { wordCopy } from "../word/word";
import { Frame, frameCaller } from "./frame";

/** What a transaction has said so far: Log structures without topics, whose address is the contract that called. */
export let firstConsoleCall: usize = 0;
let lastConsoleCall: usize = 0;
let keptBytes: u32 = 0;

/** Bytes kept of one transaction; calls beyond are not. Input is passed on for less gas than a copy would be worth. */
const MOST_BYTES: u32 = 131072;

/** Before a transaction's first frame. */
export function consoleBegin(): void {
  firstConsoleCall = 0;
  lastConsoleCall = 0;
  keptBytes = 0;
}

/** Whether an address word is 0x000000000000000000636F6e736F6c652e6c6f67: "console.log" in ASCII. */
export function isConsole(address: usize): bool {
  return (
    load<u64>(address) == 0x736f6c652e6c6f67 &&
    load<u64>(address, 8) == 0x636f6e &&
    load<u32>(address, 16) == 0
  );
}

/** `frame` calls the console. It stays said where the frame is undone. */
export function noteConsoleCall(frame: Frame): void {
  if ((env().flags & FLAG_CONSOLE) == 0) return;
  const length = frame.inputLength;
  const bytes = <u32>offsetof<Log>() + length;
  if (length > MOST_BYTES || keptBytes + bytes > MOST_BYTES) return;
  keptBytes += bytes;
  const call = arenaAllocate(<usize>bytes);
  const entry = changetype<Log>(call);
  entry.next = 0;
  entry.topicCount = 0;
  entry.dataLength = length;
  wordCopy(call + offsetof<Log>("address0"), frameCaller(frame));
  memory.copy(logData(call), frame.input, <usize>length);
  if (lastConsoleCall != 0) changetype<Log>(lastConsoleCall).next = <u32>call;
  else firstConsoleCall = call;
  lastConsoleCall = call;
}
