// Bytecode to basic blocks of decoded instructions.
//
// Each block begins with one check for all of it: static gas, words needed on the stack, growth of the stack. A block
// that would run out of gas or stack half-way fails at its start instead. Nobody can tell: an exceptional halt
// takes all gas of the frame and undoes all it did, the instructions before the failing one cannot leave the
// frame, and whatever observes the gas left (GAS, SSTORE's sentry, calls, creations) ends its block, so that the
// blocks before it have been charged exactly. Only the kind of the halt may differ from stepping, and the set of
// locations that were read, which can only be smaller. Where a block's access list tells that set (EIP-7928), whatever
// accesses state ends its block too.
//
// An instruction is 8 bytes: u8 handler (vm/opcode.ts), u8, u16 unused, u32 argument. A block's head is 16: handler,
// u32 static gas, u32 bytes needed on the stack, u32 bytes by which the stack may be higher than that.

import { Eip } from "../status";
import { Code, codeAllocate } from "./code";
import { STACK_BYTES } from "./frame";
import { hasImmediate, immediateIsValid, immediatePair, immediateSingle } from "./immediate";
import {
  Op,
  opcodeRow,
  ROW_ACCESSES,
  ROW_ENDS_BLOCK,
  ROW_STOPS,
  rowFlags,
  rowGas,
  rowImmediate,
  rowInputs,
  rowIsDefined,
  rowOutputs,
} from "./opcode";

/** The decoded form of one code for one fork, plain or stepping. The constants and instructions follow. */
@unmanaged
export class Decoded {
  /** Next decoded form of the same code. */
  next: u32;
  /** `decodedKey`: under which rules, and whether for stepping. */
  key: u32;
  /** First instruction. */
  start: u32;
  /** Table of u32, one a byte of code: the block that begins there (a JUMPDEST), or 0. */
  targets: u32;
}

const INSTRUCTION: usize = 8;
const BLOCK_HEAD: usize = 16;

/** What two decoded forms of one code may differ by. */
function decodedKey(fork: u32, eips: u32, stepping: bool): u32 {
  return (eips << 8) | (fork << 1) | (stepping ? 1 : 0);
}

/** Bytes that `decode` needs at most, and in `sizeWords` the part of it for wide constants. */
let sizeWords: usize = 0;

/** Bytes that the decoded form of the code takes at most. */
export function decodedSize(bytes: usize, length: u32, fork: u32, stepping: bool): usize {
  let instructions: usize = 0;
  let blocks: usize = 1;
  let words: usize = 0;
  let pc: u32 = 0;
  while (pc < length) {
    const opcode: i32 = load<u8>(bytes + pc);
    const row = opcodeRow(fork, opcode);
    instructions++;
    if (opcode == Op.JUMPDEST || (rowFlags(row) & (ROW_ENDS_BLOCK | ROW_ACCESSES)) != 0) blocks++;
    const immediate = rowImmediate(row);
    if (immediate > 4) words++;
    pc += 1 + immediate;
  }
  if (stepping) blocks += instructions;
  sizeWords = words << 5;
  const traces = stepping ? instructions * INSTRUCTION : 0;
  // Two closing instructions: the STOP behind the code, and one for what does not exist in this fork.
  return (
    offsetof<Decoded>() +
    sizeWords +
    (instructions + 2) * INSTRUCTION +
    traces +
    blocks * BLOCK_HEAD +
    ((<usize>length) << 2) +
    8
  );
}

// State of the block that is being written.
let blockHead: usize = 0;
let blockGas: u32 = 0;
let blockHeight: i32 = 0;
let blockNeed: i32 = 0;
let blockGrowth: i32 = 0;

function openBlock(at: usize): usize {
  blockHead = at;
  blockGas = 0;
  blockHeight = 0;
  blockNeed = 0;
  blockGrowth = 0;
  return at + BLOCK_HEAD;
}

function closeBlock(): void {
  if (blockHead == 0) return;
  let need = (<u32>blockNeed) << 5;
  let span = <i32>STACK_BYTES - (blockGrowth << 5) - <i32>need;
  if (span < 0) {
    // No height of the stack lets this block run: (height - need) is above the span whatever the height.
    need = 0xffffffe0;
    span = 0;
  }
  store<u64>(blockHead, <u64>Op.Block);
  store<u32>(blockHead, blockGas, 4);
  store<u32>(blockHead, need, 8);
  store<u32>(blockHead, <u32>span, 12);
  blockHead = 0;
}

/** Whether the instruction is the last of its block. */
function endsBlock(flags: u32, eips: u32): bool {
  return (flags & (ROW_ENDS_BLOCK | ((eips & Eip.E7928) != 0 ? ROW_ACCESSES : 0))) != 0;
}

/** EIP-8037: the account that a creation makes is paid in state gas, by the handler. */
const CREATION_AS_STATE: u32 = 32000 - 9000;

function staticGas(opcode: u32, row: usize, eips: u32): u32 {
  const isCreation = opcode == <u32>Op.CREATE || opcode == <u32>Op.CREATE2;
  return rowGas(row) - (isCreation && (eips & Eip.E8037) != 0 ? CREATION_AS_STATE : 0);
}

function addToBlock(gas: u32, inputs: i32, outputs: i32): void {
  blockGas += gas;
  if (inputs - blockHeight > blockNeed) blockNeed = inputs - blockHeight;
  blockHeight += outputs - inputs;
  if (blockHeight > blockGrowth) blockGrowth = blockHeight;
}

/** DUPN, SWAPN or EXCHANGE with a valid immediate: how deep it reaches is in that (EIP-8024). */
function emitImmediate(at: usize, opcode: u32, gas: u32, byte: u32): usize {
  if (opcode == <u32>Op.EXCHANGE) {
    const pair = immediatePair(byte);
    const depth = <i32>(pair >> 16) + 1;
    addToBlock(gas, depth, depth);
    return emit(at, Op.Exchange, pair << 5);
  }
  const n = immediateSingle(byte);
  if (opcode == <u32>Op.DUPN) {
    addToBlock(gas, n, n + 1);
    return emit(at, Op.Dup, (n - 1) << 5);
  }
  addToBlock(gas, n + 1, n + 1);
  return emit(at, Op.Swap, n << 5);
}

function emit(at: usize, handler: u32, argument: u32): usize {
  store<u64>(at, ((<u64>argument) << 32) | <u64>handler);
  return at + INSTRUCTION;
}

/** The word that a PUSH of `count` bytes at `from` pushes; bytes behind the end of the code are zero. */
function writeConstant(word: usize, bytes: usize, from: u32, count: u32, length: u32): void {
  store<u64>(word, 0);
  store<u64>(word, 0, 8);
  store<u64>(word, 0, 16);
  store<u64>(word, 0, 24);
  for (let i: u32 = 0; i < count && from + i < length; i++) {
    store<u8>(word + (count - 1 - i), load<u8>(bytes + from + i));
  }
}

function shortConstant(bytes: usize, from: u32, count: u32, length: u32): u32 {
  let value: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    value = (value << 8) | (from + i < length ? <u32>load<u8>(bytes + from + i) : 0);
  }
  return value;
}

/** Whether the instruction before `at` was made of the same block and is `handler`. */
function follows(at: usize, previous: usize, handler: u32): bool {
  return previous != 0 && previous + INSTRUCTION == at && <u32>load<u8>(previous) == handler;
}

/** Decodes to `out`, which has `decodedSize` bytes (call that first, for the same code). */
export function decode(out: usize, bytes: usize, length: u32, fork: u32, eips: u32, stepping: bool): Decoded {
  const result = changetype<Decoded>(out);
  result.next = 0;
  result.key = decodedKey(fork, eips, stepping);
  let word = out + offsetof<Decoded>();
  const targets = word + sizeWords;
  memory.fill(targets, 0, (<usize>length) << 2);
  let at = (targets + ((<usize>length) << 2) + 7) & ~7;
  result.targets = <u32>targets;
  result.start = <u32>at;
  const start = at;

  let pc: u32 = 0;
  blockHead = 0;
  /** The last instruction of the open block, which may be fused with the next; 0 at its beginning. */
  let previous: usize = 0;
  while (pc < length) {
    const opcode: i32 = load<u8>(bytes + pc);
    const row = opcodeRow(fork, opcode);
    const flags = rowFlags(row);
    if (opcode == Op.JUMPDEST || stepping) {
      closeBlock();
      previous = 0;
      if (opcode == Op.JUMPDEST) store<u32>(targets + ((<usize>pc) << 2), <u32>at);
      if (stepping) at = emit(at, Op.Trace, pc);
    }
    const readsImmediate = hasImmediate(opcode);
    const operand: u32 = readsImmediate && pc + 1 < length ? load<u8>(bytes + pc + 1) : 0;
    if (!rowIsDefined(row, eips) || (readsImmediate && !immediateIsValid(opcode, operand))) {
      closeBlock();
      at = emit(at, Op.INVALID, opcode);
      pc = skipDead(bytes, pc + 1, length, fork);
      previous = 0;
      continue;
    }
    if (blockHead == 0) at = openBlock(at);
    if (!readsImmediate) addToBlock(staticGas(opcode, row, eips), rowInputs(row), rowOutputs(row));
    const immediate: u32 = readsImmediate ? 1 : rowImmediate(row);
    const here = at;
    if (readsImmediate) {
      at = emitImmediate(at, opcode, rowGas(row), operand);
    } else if (opcode == Op.JUMPDEST) {
      // Nothing but the gas of the block.
    } else if (opcode >= Op.PUSH0 && opcode <= Op.PUSH32) {
      if (immediate <= 4) {
        at = emit(at, Op.Push, shortConstant(bytes, pc + 1, immediate, length));
      } else {
        writeConstant(word, bytes, pc + 1, immediate, length);
        at = emit(at, Op.PushWord, <u32>word);
        word += 32;
      }
    } else if (opcode >= Op.DUP1 && opcode <= Op.DUP16) {
      at = emit(at, Op.Dup, (opcode - Op.DUP1) << 5);
    } else if (opcode >= Op.SWAP1 && opcode <= Op.SWAP16) {
      at = emit(at, Op.Swap, (opcode - Op.SWAP1 + 1) << 5);
    } else if (opcode == Op.PC) {
      at = emit(at, Op.Push, pc);
    } else if ((opcode == Op.JUMP || opcode == Op.JUMPI) && !stepping && follows(at, previous, Op.Push)) {
      // The target is known; it is resolved below, when all blocks have their places.
      const target = load<u32>(previous, 4);
      at = previous;
      if (opcode == Op.JUMP) {
        at = emit(at, Op.JumpTo, target);
      } else if (
        previous - INSTRUCTION >= blockHead + BLOCK_HEAD &&
        load<u8>(previous - INSTRUCTION) == <u8>Op.ISZERO
      ) {
        at = emit(previous - INSTRUCTION, Op.JumpIfZeroTo, target);
      } else {
        at = emit(at, Op.JumpIfTo, target);
      }
    } else {
      at = emit(at, opcode, 0);
    }
    previous = here;
    pc += 1 + immediate;
    if (endsBlock(flags, eips) || stepping) {
      closeBlock();
      previous = 0;
      if ((flags & ROW_STOPS) != 0) pc = skipDead(bytes, pc, length, fork);
    }
  }
  closeBlock();
  if (stepping) at = emit(at, Op.Trace, length);
  const end = emit(at, Op.STOP, 0);
  if (!stepping) resolveTargets(start, end, targets, length);
  return result;
}

/** The next JUMPDEST: what stands before it cannot be reached. */
function skipDead(bytes: usize, from: u32, length: u32, fork: u32): u32 {
  let pc = from;
  while (pc < length) {
    const opcode: i32 = load<u8>(bytes + pc);
    if (opcode == Op.JUMPDEST) return pc;
    pc += 1 + rowImmediate(opcodeRow(fork, opcode));
  }
  return pc;
}

function resolveTargets(start: usize, end: usize, targets: usize, length: u32): void {
  let at = start;
  while (at < end) {
    const handler: u32 = load<u8>(at);
    if (handler == Op.Block) {
      at += BLOCK_HEAD;
      continue;
    }
    if (handler == Op.JumpTo || handler == Op.JumpIfTo || handler == Op.JumpIfZeroTo) {
      const pc = load<u32>(at, 4);
      store<u32>(at, pc < length ? load<u32>(targets + ((<usize>pc) << 2)) : 0, 4);
    }
    at += INSTRUCTION;
  }
}

/** The decoded form of an interned code, made where these rules and this way of stepping meet it first. */
export function codeDecoded(code: usize, fork: u32, eips: u32, stepping: bool): usize {
  const head = code + offsetof<Code>("decoded");
  const key = decodedKey(fork, eips, stepping);
  let found: usize = atomic.load<u32>(head);
  while (found != 0) {
    if (changetype<Decoded>(found).key == key) return found;
    found = changetype<Decoded>(found).next;
  }
  const bytes: usize = changetype<Code>(code).bytes;
  const length = changetype<Code>(code).length;
  const made = codeAllocate(decodedSize(bytes, length, fork, stepping));
  decode(made, bytes, length, fork, eips, stepping);
  // Two workers may decode the same at once: both forms are right, and either may be met first.
  while (true) {
    const next = atomic.load<u32>(head);
    changetype<Decoded>(made).next = next;
    if (atomic.cmpxchg<u32>(head, next, <u32>made) == next) return made;
  }
}
