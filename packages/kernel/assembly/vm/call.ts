// Calls and creations: what happens before a frame's first instruction and after its last.

import { traceEnter, traceExit } from "../host";
import {
  accountAccess,
  accountAddBalance,
  accountBalanceLess,
  accountCode,
  accountCreate,
  accountExists,
  accountHasStorage,
  accountIsEmpty,
  accountNonce,
  accountSetCode,
  accountSetNonce,
  accountSubtractBalance,
  accountTouch,
  accountWarm,
  viewAccount,
  viewCheckpoint,
  viewRevert,
} from "../state/view";
import { Fork, Halt } from "../status";
import {
  wordCopy,
  wordFitsU64,
  wordIsZero,
  wordLow,
  wordSet,
  wordTruncateAddress,
  wordZero,
} from "../word/word";
import { Code, codeIntern, codeIsDelegation, codeTarget, EMPTY_CODE } from "./code";
import { maxCodeSize, maxInitcodeSize } from "./code-size";
import { isConsole, noteConsoleCall } from "./console";
import {
  chargeGas,
  eips,
  fork,
  gasLeft,
  leaveIfCancelled,
  returnData,
  returnLength,
  setGasLeft,
  setReturnData,
  stepping,
  wordB,
  zeroWord,
} from "./context";
import { createAddress, createAddress2 } from "./create-address";
import { codeDecoded, Decoded, decode, decodedSize } from "./decode";
import { logTransfer } from "./ether-logs";
import {
  Frame,
  frameAddress,
  frameAllocate,
  frameCaller,
  frameExtra,
  frameReleaseInner,
  frameValue,
  MAX_DEPTH,
} from "./frame";
import { interpret } from "./interpreter";
import { memoryRange, memoryRangePerWord, rangeLength, rangeOffset } from "./memory";
import { Op } from "./opcode";
import { accessAccount, COLD_ACCOUNT } from "./ops-environment";
import {
  precompileAt,
  precompileResult,
  precompileResultLength,
  resultBuffer,
  runPrecompile,
} from "./precompiles";
import {
  chargeCodeDeposit,
  chargeCreation,
  chargeNewAccount,
  creditCreation,
  stateGasEnter,
  stateGasLeave,
} from "./state-gas";

const CALL_VALUE: u64 = 9000;
const CALL_STIPEND: u64 = 2300;
const MAX_NONCE: u64 = 0xffffffffffffffff;

/** Of the last `runCall` or `runCreate`; the output stays until the next run. */
export let resultGasLeft: u64 = 0;
export let resultOutput: usize = 0;
export let resultOutputLength: u32 = 0;

/** How the innermost frame that just ended did so; its gas left is `gasLeft`, its output `returnData`. */
let ended: Halt = Halt.Success;

/** `operationCall` and `operationCreate`: the call is over and its result is on the stack. */
export const CALL_DONE: usize = 0;
/** The frame that called halts, as `callHalt` says. Any other result is the frame to go on with. */
export const CALL_HALTS: usize = 1;
export let callHalt: Halt = Halt.Success;

function halts(halt: Halt): usize {
  callHalt = halt;
  return CALL_HALTS;
}

/**
 * Begins a call in `frame`, whose addresses, value, input, gas, kind and depth are set: moves the value, runs a
 * precompile at once. Returns false if the call is over already, its end in `ended`, `gasLeft` and `returnData`.
 * `target` points to the word of the address that was called.
 */
function enterCall(frame: Frame, code: usize, precompiled: u32, target: usize): bool {
  const kind = frame.kind;
  if (stepping) traceEnter(changetype<usize>(frame), kind, frame.depth, target);
  frame.checkpoint = viewCheckpoint();
  if (kind == Op.CALL || kind == Op.STATICCALL) {
    // A call touches its recipient even without value: what EIP-161 removes, and what older forks bring into being.
    accountTouch(frame.account);
    if (kind == Op.CALL && !wordIsZero(frameValue(frame))) {
      accountSubtractBalance(viewAccount(frameCaller(frame)), frameValue(frame));
      accountAddBalance(frame.account, frameValue(frame));
      logTransfer(frameCaller(frame), frameAddress(frame), frameValue(frame));
    }
  }
  setReturnData(0, 0);
  frame.codeBytes = changetype<Code>(code).bytes;
  frame.codeLength = changetype<Code>(code).length;
  if (precompiled != 0) {
    const gas = frame.gas;
    const used = runPrecompile(precompiled, fork, frame.input, frame.inputLength, gas);
    if (used < 0) {
      viewRevert(frame.checkpoint);
      setGasLeft(0);
      ended = Halt.PrecompileFailure;
    } else {
      setReturnData(precompileResult, precompileResultLength);
      setGasLeft(gas - <u64>used);
      ended = Halt.Success;
    }
    traceEnd(frame);
    return false;
  }
  if (frame.codeLength == 0) {
    if (isConsole(target)) noteConsoleCall(frame);
    setGasLeft(frame.gas);
    ended = Halt.Success;
    traceEnd(frame);
    return false;
  }
  const decoded = codeDecoded(code, fork, eips, stepping);
  frame.decoded = <u32>decoded;
  frame.ip = changetype<Decoded>(decoded).start;
  return true;
}

/** Tells of a call or creation that fails before its first instruction, `gas` left. Nothing of it is to be undone. */
function traceFailure(frame: Frame, halt: Halt, gas: u64, target: usize): void {
  traceEnter(changetype<usize>(frame), frame.kind, frame.depth, target);
  traceExit(changetype<usize>(frame), halt, gas, 0, 0, frame.depth);
}

function traceEnd(frame: Frame): void {
  if (stepping) {
    traceExit(changetype<usize>(frame), ended, gasLeft, returnData, returnLength, frame.depth);
  }
}

/** The code that runs for `owner`: its own, or what its delegation points to (EIP-7702). */
function runnableCode(code: usize): usize {
  if (fork < Fork.Prague || !codeIsDelegation(code)) return code;
  const target = viewAccount(codeTarget(code));
  // A delegation to a precompile, or to another delegation, is not followed: the first is code of nothing.
  accountAccess(target);
  if (precompileAt(codeTarget(code), fork) != 0) return EMPTY_CODE;
  return accountCode(target);
}

/**
 * Runs a call from outside: `kind` is the opcode (Op.CALL for a transaction); caller, recipient and `codeOwner` point
 * to address words, `value` to the word that is moved, `apparentValue` to what CALLVALUE gives. Moves the value,
 * runs the precompile or the code, and undoes its own changes where it fails.
 */
export function runCall(
  kind: u32,
  caller: usize,
  recipient: usize,
  codeOwner: usize,
  value: usize,
  apparentValue: usize,
  input: usize,
  inputLength: u32,
  gas: u64,
  isStatic: bool,
): Halt {
  resultOutputLength = 0;
  resultGasLeft = gas;
  if (
    !wordIsZero(value) &&
    (kind == Op.CALL || kind == Op.CALLCODE) &&
    accountBalanceLess(viewAccount(caller), value)
  ) {
    return Halt.InsufficientBalance;
  }
  const frame = frameAllocate(0, 0, 0);
  wordCopy(frameAddress(frame), recipient);
  wordCopy(frameCaller(frame), caller);
  wordCopy(frameValue(frame), kind == Op.DELEGATECALL ? apparentValue : value);
  frame.account = <u32>viewAccount(recipient);
  frame.depth = 0;
  frame.kind = kind;
  frame.isStatic = isStatic || kind == Op.STATICCALL ? 1 : 0;
  frame.input = <u32>input;
  frame.inputLength = inputLength;
  frame.gas = gas;
  const precompiled = precompileAt(codeOwner, fork);
  let code = EMPTY_CODE;
  if (precompiled == 0) {
    code = accountCode(viewAccount(codeOwner));
    if (fork >= Fork.Prague && codeIsDelegation(code)) {
      accountWarm(viewAccount(codeTarget(code)));
      code = runnableCode(code);
    }
  }
  if (enterCall(frame, code, precompiled, codeOwner)) interpret(frame);
  return takeResult();
}

function takeResult(): Halt {
  resultGasLeft = gasLeft;
  resultOutput = returnData;
  resultOutputLength = returnLength;
  return ended;
}

/**
 * Runs a creation from outside. The sender's nonce is the caller's business (it was raised before); `newAddress`
 * points to the address word of the contract. The output is the deployed code, or the revert's data.
 */
export function runCreate(
  caller: usize,
  value: usize,
  initcode: usize,
  length: u32,
  gas: u64,
  newAddress: usize,
): Halt {
  resultOutputLength = 0;
  resultGasLeft = gas;
  if (!wordIsZero(value) && accountBalanceLess(viewAccount(caller), value)) {
    return Halt.InsufficientBalance;
  }
  const account = viewAccount(newAddress);
  if (fork >= Fork.Berlin) accountWarm(account);
  const frame = frameAllocate(0, 0, decodedSize(initcode, length, fork, stepping));
  wordCopy(frameCaller(frame), caller);
  wordCopy(frameValue(frame), value);
  wordCopy(frameAddress(frame), newAddress);
  frame.account = <u32>account;
  frame.depth = 0;
  frame.kind = Op.CREATE;
  frame.gas = gas;
  if (collides(account)) {
    frame.codeBytes = <u32>initcode;
    frame.codeLength = length;
    if (stepping) traceFailure(frame, Halt.CreateCollision, 0, newAddress);
    resultGasLeft = 0;
    return Halt.CreateCollision;
  }
  enterCreate(frame, initcode, length);
  interpret(frame);
  return takeResult();
}

/** EIP-684, EIP-7610: whether an account stands where a contract is to be created. */
function collides(account: usize): bool {
  return accountNonce(account) != 0 || accountCode(account) != EMPTY_CODE || accountHasStorage(account);
}

/** Begins a creation in `frame`, whose addresses, value, gas, kind and depth are set and which has room to decode. */
function enterCreate(frame: Frame, initcode: usize, length: u32): void {
  frame.isStatic = 0;
  frame.input = 0;
  frame.inputLength = 0;
  frame.codeBytes = <u32>initcode;
  frame.codeLength = length;
  if (stepping) traceEnter(changetype<usize>(frame), frame.kind, frame.depth, frameAddress(frame));
  frame.checkpoint = viewCheckpoint();
  accountCreate(frame.account);
  if (!wordIsZero(frameValue(frame))) {
    accountSubtractBalance(viewAccount(frameCaller(frame)), frameValue(frame));
    accountAddBalance(frame.account, frameValue(frame));
    logTransfer(frameCaller(frame), frameAddress(frame), frameValue(frame));
  }
  const decoded = decode(frameExtra(frame), initcode, length, fork, eips, stepping);
  frame.decoded = <u32>changetype<usize>(decoded);
  frame.ip = decoded.start;
  setReturnData(0, 0);
}

/**
 * Ends `frame` with `gas` left and `length` bytes of output at `output`. Returns the frame that waits for it, its
 * result on the stack, or 0 if this was the outermost.
 */
export function frameLeave(frame: Frame, halt: Halt, gas: u64, output: usize, length: u32): usize {
  let end = halt;
  const creates = frame.kind == Op.CREATE || frame.kind == Op.CREATE2;
  setGasLeft(gas);
  if (end == Halt.Success && creates) end = depositCode(frame, output, length);
  if (end != Halt.Success) {
    viewRevert(frame.checkpoint);
    if (end != Halt.Revert) {
      setGasLeft(0);
      length = 0;
    }
  }
  if (length != 0) {
    const kept = resultBuffer(length);
    memory.copy(kept, output, length);
    setReturnData(kept, length);
  } else {
    setReturnData(0, 0);
  }
  ended = end;
  traceEnd(frame);
  const parent: usize = frame.parent;
  if (parent == 0) return 0;
  stateGasLeave(frame, end == Halt.Success);
  if (creates && end != Halt.Success) creditCreation();
  const outer = changetype<Frame>(parent);
  frameReleaseInner(outer);
  outer.gas += gasLeft;
  deliver(outer, creates, frameAddress(frame));
  return parent;
}

/** Puts what just ended on the stack of the frame that called, and the output into its memory. */
function deliver(outer: Frame, creates: bool, created: usize): void {
  const top: usize = outer.sp;
  if (creates) {
    if (ended == Halt.Success) {
      wordCopy(top, created);
      setReturnData(0, 0);
    } else {
      wordZero(top);
    }
    return;
  }
  wordSet(top, ended == Halt.Success ? 1 : 0);
  const length = min(outer.resultLength, returnLength);
  if (length != 0) memory.copy(<usize>outer.memory + outer.resultOffset, returnData, length);
}

/** Pays for the code that an initcode returned and sets it. */
function depositCode(frame: Frame, output: usize, length: u32): Halt {
  // EIP-170; EIP-3541.
  if (fork >= Fork.Spurious && length > maxCodeSize()) return Halt.CodeSize;
  if (fork >= Fork.London && length != 0 && load<u8>(output) == 0xef) return Halt.InvalidCode;
  if (!chargeCodeDeposit(length)) {
    // Frontier leaves an account without code; EIP-2 made it fail.
    return fork >= Fork.Homestead ? Halt.CodeDepositOutOfGas : Halt.Success;
  }
  accountSetCode(frame.account, codeIntern(output, length, 0));
  return Halt.Success;
}

/** The gas a call may hand on: all but a 64th (EIP-150). */
function allButOne64th(gas: u64): u64 {
  return gas - (gas >> 6);
}

/** CALL, CALLCODE, DELEGATECALL, STATICCALL by `frame`, whose stack ends at `sp`. */
export function operationCall(frame: Frame, sp: usize, kind: u32): usize {
  leaveIfCancelled();
  const hasValue = kind == Op.CALL || kind == Op.CALLCODE;
  // Stack from the top: gas, address, [value,] input offset and length, output offset and length.
  const value = hasValue ? sp - 64 : zeroWord;
  const moves = hasValue && !wordIsZero(value);
  if (kind == Op.CALL && moves && frame.isStatic != 0) return halts(Halt.StaticViolation);
  const inputAt = hasValue ? sp - 96 : sp - 64;
  if (!memoryRange(frame, inputAt, inputAt - 32)) return halts(Halt.OutOfGas);
  const inputOffset = rangeOffset;
  const inputLength = rangeLength;
  if (!memoryRange(frame, inputAt - 64, inputAt - 96)) return halts(Halt.OutOfGas);
  frame.resultOffset = rangeOffset;
  frame.resultLength = rangeLength;
  frame.sp = <u32>(inputAt - 96);

  const owner = accessAccount(sp - 32);
  if (owner == 0) return halts(Halt.OutOfGas);
  // EIP-7928: the account is looked at when all that can be told without it is paid for.
  if (moves && !chargeGas(CALL_VALUE)) return halts(Halt.OutOfGas);
  accountAccess(owner);
  const codeOwner = wordB;
  wordTruncateAddress(codeOwner, sp - 32);
  const precompiled = precompileAt(codeOwner, fork);
  let code = precompiled != 0 ? EMPTY_CODE : accountCode(owner);
  if (precompiled == 0 && fork >= Fork.Prague && codeIsDelegation(code)) {
    const target = viewAccount(codeTarget(code));
    if (!chargeGas(accountWarm(target) ? COLD_ACCOUNT + 100 : 100)) return halts(Halt.OutOfGas);
    code = runnableCode(code);
  }
  if (kind == Op.CALL) {
    const isNew = fork >= Fork.Spurious ? moves && accountIsEmpty(owner) : !accountExists(owner);
    if (isNew && !chargeNewAccount()) return halts(Halt.OutOfGas);
  }
  let gas: u64;
  if (fork >= Fork.Tangerine) {
    gas = allButOne64th(gasLeft);
    if (wordFitsU64(sp) && wordLow(sp) < gas) gas = wordLow(sp);
  } else {
    if (!wordFitsU64(sp)) return halts(Halt.OutOfGas);
    gas = wordLow(sp);
  }
  if (!chargeGas(gas)) return halts(Halt.OutOfGas);
  if (moves) gas += CALL_STIPEND;
  frame.gas = gasLeft;

  let failure = Halt.Success;
  if (frame.depth + 1 > MAX_DEPTH) failure = Halt.CallDepth;
  else if (moves && accountBalanceLess(frame.account, value)) failure = Halt.InsufficientBalance;
  if (failure != Halt.Success && !stepping) return callFails(frame, gas);

  const inner = frameAllocate(changetype<usize>(frame), sp + 32, 0);
  inner.depth = frame.depth + 1;
  inner.kind = kind;
  inner.isStatic = kind == Op.STATICCALL ? 1 : frame.isStatic;
  inner.input = frame.memory + inputOffset;
  inner.inputLength = inputLength;
  inner.gas = gas;
  if (kind == Op.CALL || kind == Op.STATICCALL) {
    wordCopy(frameAddress(inner), codeOwner);
    inner.account = <u32>owner;
  } else {
    wordCopy(frameAddress(inner), frameAddress(frame));
    inner.account = frame.account;
  }
  if (kind == Op.DELEGATECALL) {
    wordCopy(frameCaller(inner), frameCaller(frame));
    wordCopy(frameValue(inner), frameValue(frame));
  } else {
    wordCopy(frameCaller(inner), frameAddress(frame));
    wordCopy(frameValue(inner), value);
  }
  if (failure != Halt.Success) {
    traceFailure(inner, failure, gas, codeOwner);
    return callFails(frame, gas);
  }
  if (enterCall(inner, code, precompiled, codeOwner)) {
    stateGasEnter(inner);
    return changetype<usize>(inner);
  }
  frame.gas += gasLeft;
  setGasLeft(frame.gas);
  deliver(frame, false, 0);
  return CALL_DONE;
}

/** A call by `frame` that fails before it begins: all `gas` for it comes back. */
function callFails(frame: Frame, gas: u64): usize {
  setReturnData(0, 0);
  frame.gas += gas;
  setGasLeft(frame.gas);
  wordZero(frame.sp);
  return CALL_DONE;
}

/** CREATE and CREATE2 by `frame`, whose stack ends at `sp`: value, offset, length, [salt]. */
export function operationCreate(frame: Frame, sp: usize, kind: u32): usize {
  leaveIfCancelled();
  if (frame.isStatic != 0) return halts(Halt.StaticViolation);
  // EIP-3860: 2 gas a word; CREATE2 hashes the initcode besides.
  const perWord: u64 = (fork >= Fork.Shanghai ? 2 : 0) + (kind == Op.CREATE2 ? 6 : 0);
  if (!memoryRangePerWord(frame, sp - 32, sp - 64, perWord)) return halts(Halt.OutOfGas);
  const length = rangeLength;
  const initcode = <usize>frame.memory + rangeOffset;
  if (fork >= Fork.Shanghai && length > maxInitcodeSize()) return halts(Halt.InitcodeSize);
  if (!chargeCreation()) return halts(Halt.OutOfGas);
  frame.sp = <u32>(kind == Op.CREATE2 ? sp - 96 : sp - 64);
  setReturnData(0, 0);
  const gas = fork >= Fork.Tangerine ? allButOne64th(gasLeft) : gasLeft;
  const nonce = accountNonce(frame.account);
  let failure = Halt.Success;
  if (frame.depth + 1 > MAX_DEPTH) failure = Halt.CallDepth;
  else if (!wordIsZero(sp) && accountBalanceLess(frame.account, sp)) failure = Halt.InsufficientBalance;
  else if (nonce == MAX_NONCE) failure = Halt.NonceOverflow;
  if (failure != Halt.Success && !stepping) return creationFails(frame);
  if (kind == Op.CREATE2) createAddress2(wordB, frameAddress(frame), sp - 96, initcode, length);
  else createAddress(wordB, frameAddress(frame), nonce);
  if (failure != Halt.Success) {
    frame.gas = gasLeft - gas;
    traceCreationFailure(frame, sp, kind, gas, initcode, length, failure, gas);
    return creationFails(frame);
  }
  const account = viewAccount(wordB);
  if (fork >= Fork.Berlin) accountWarm(account);
  setGasLeft(gasLeft - gas);
  frame.gas = gasLeft;
  accountSetNonce(frame.account, nonce + 1);
  if (collides(account)) {
    if (stepping) traceCreationFailure(frame, sp, kind, gas, initcode, length, Halt.CreateCollision, 0);
    return creationFails(frame);
  }
  const size = decodedSize(initcode, length, fork, stepping);
  const inner = frameAllocate(changetype<usize>(frame), sp + 32, size);
  inner.depth = frame.depth + 1;
  inner.kind = kind;
  inner.gas = gas;
  inner.account = <u32>account;
  wordCopy(frameAddress(inner), wordB);
  wordCopy(frameCaller(inner), frameAddress(frame));
  wordCopy(frameValue(inner), sp);
  enterCreate(inner, initcode, length);
  stateGasEnter(inner);
  return changetype<usize>(inner);
}

/** A creation by `frame` that fails before it begins. */
function creationFails(frame: Frame): usize {
  creditCreation();
  wordZero(frame.sp);
  return CALL_DONE;
}

/** Tells of a creation by `outer`, whose stack ends at `sp`, of the address at `wordB`, that fails before it begins. */
function traceCreationFailure(
  outer: Frame,
  sp: usize,
  kind: u32,
  gas: u64,
  initcode: usize,
  length: u32,
  halt: Halt,
  left: u64,
): void {
  const inner = frameAllocate(changetype<usize>(outer), sp + 32, 0);
  inner.depth = outer.depth + 1;
  inner.kind = kind;
  inner.gas = gas;
  inner.codeBytes = <u32>initcode;
  inner.codeLength = length;
  wordCopy(frameAddress(inner), wordB);
  wordCopy(frameCaller(inner), frameAddress(outer));
  wordCopy(frameValue(inner), sp);
  traceFailure(inner, halt, left, frameAddress(inner));
}
