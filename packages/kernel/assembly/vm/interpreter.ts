// The loop. One switch over handlers (vm/opcode.ts); frames are entered and left without recursion. What is hot
// stands here, the rest in vm/ops-*.ts and vm/call.ts, which take and give gas in context.gasLeft. All handlers stand in
// this one switch: with the rare ones in a second one behind a call, arithmetic took 6 % longer (bench/src/kernel).
//
// The loop exists twice: plain, and for the stretches in which words on the stack are sums of slots that are deltas
// (vm/tracked.ts). Both execute the same decoded code alike; the second shows each instruction to the tracking first.

import { ENV_BASE_FEE, ENV_BLOB_BASE_FEE, ENV_COINBASE, ENV_DIFFICULTY, env } from "../block/env";
import { traceStep } from "../host";
import { accountBalance } from "../state/view";
import { Halt } from "../status";
import {
  wordAddModulo,
  wordByte,
  wordByteLength,
  wordCopy,
  wordDivide,
  wordDivideSigned,
  wordLeadingZeros,
  wordLess,
  wordLessSigned,
  wordModulo,
  wordModuloSigned,
  wordMultiply,
  wordMultiplyModulo,
  wordNot,
  wordPower,
  wordShiftLeft,
  wordShiftRight,
  wordShiftRightSigned,
  wordSignExtend,
  wordSubtract,
  wordXor,
} from "../word/word";
import { CALL_DONE, CALL_HALTS, callHalt, frameLeave, operationCall, operationCreate } from "./call";
import {
  chargeGas,
  fork,
  gasLeft,
  gasPriceWord,
  leaveIfCancelled,
  originWord,
  returnLength,
  setGasLeft,
} from "./context";
import { Frame, frameAddress, frameCaller, frameValue, STACK_BYTES } from "./frame";
import { memoryRange, rangeLength, rangeOffset } from "./memory";
import { Op } from "./opcode";
import {
  opBalance,
  opBlobHash,
  opBlockHash,
  opCallDataLoad,
  opCopy,
  opExtCodeCopy,
  opExtCodeHash,
  opExtCodeSize,
  opKeccak,
  opMemoryCopy,
  opReturnDataCopy,
} from "./ops-environment";
import { opLog, opSload, opSstore, opSstoreTracked, opTload, opTstore } from "./ops-storage";
import { operationSelfDestruct } from "./self-destruct";
import {
  copyWord,
  dynamicTarget,
  hasWord,
  isNotZero,
  loadBigEndian,
  putSmall,
  reach,
  storeBigEndian,
} from "./stack";
import { trackedCount, trackedDropFrame, trackedReset, trackInstruction } from "./tracked";

/** Says which of the two loops is compiled: in the tracking one it is a float. */
type Plain = u32;
type Tracking = f32;

/** Runs `frame` and all that it calls to its end. */
export function interpret(outermost: Frame): void {
  trackedReset();
  let frame = outermost;
  while (true) {
    frame = loop<Plain>(frame);
    if (changetype<usize>(frame) == 0) return;
    frame = loop<Tracking>(frame);
    if (changetype<usize>(frame) == 0) return;
  }
}

function saveRegisters(frame: Frame, ip: usize, sp: usize, gas: u64): void {
  frame.ip = <u32>ip;
  frame.sp = <u32>sp;
  frame.gas = gas;
}

/** Goes on with `entered` until all is over (0), or until the other loop is to go on with the frame that is returned. */
function loop<M>(entered: Frame): Frame {
  let frame = entered;
  let ip: usize = frame.ip;
  /** The word on top of the stack; an empty stack's is one below its first. */
  let sp: usize = frame.sp;
  let gas: u64 = frame.gas;
  let base: usize = frame.stackBase;
  let mem: usize = frame.memory;
  let memSize: u64 = frame.memorySize;

  while (true) {
    if (isFloat<M>()) {
      if (trackedCount == 0) {
        saveRegisters(frame, ip, sp, gas);
        return frame;
      }
      trackInstruction(ip, sp);
    }
    let halt: Halt = Halt.Success;
    let output: usize = 0;
    let outputLength: u32 = 0;
    switch (<u32>load<u8>(ip)) {
      case Op.Block: {
        const cost: u64 = load<u32>(ip, 4);
        const height = <u32>(sp - base);
        if (gas < cost) {
          halt = Halt.OutOfGas;
          break;
        }
        if (height - load<u32>(ip, 8) > load<u32>(ip, 12)) {
          halt =
            height < load<u32>(ip, 8) && load<u32>(ip, 8) <= STACK_BYTES
              ? Halt.StackUnderflow
              : Halt.StackOverflow;
          break;
        }
        gas -= cost;
        ip += 16;
        continue;
      }
      case Op.Push: {
        sp += 32;
        putSmall(sp, load<u32>(ip, 4));
        ip += 8;
        continue;
      }
      case Op.PushWord: {
        sp += 32;
        copyWord(sp, load<u32>(ip, 4));
        ip += 8;
        continue;
      }
      case Op.Dup: {
        copyWord(sp + 32, sp - <usize>load<u32>(ip, 4));
        sp += 32;
        ip += 8;
        continue;
      }
      case Op.Swap: {
        const other = sp - <usize>load<u32>(ip, 4);
        const a0 = v128.load(sp);
        const a1 = v128.load(sp, 16);
        const b0 = v128.load(other);
        const b1 = v128.load(other, 16);
        v128.store(other, a0);
        v128.store(other, a1, 16);
        v128.store(sp, b0);
        v128.store(sp, b1, 16);
        ip += 8;
        continue;
      }
      case Op.Exchange: {
        const pair = <usize>load<u32>(ip, 4);
        const a = sp - (pair & 0xffff);
        const b = sp - (pair >> 16);
        const a0 = v128.load(a);
        const a1 = v128.load(a, 16);
        copyWord(a, b);
        v128.store(b, a0);
        v128.store(b, a1, 16);
        ip += 8;
        continue;
      }
      case Op.POP: {
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.JumpTo: {
        const target: usize = load<u32>(ip, 4);
        if (target > ip) {
          ip = target;
          continue;
        }
        if (target != 0) {
          leaveIfCancelled();
          ip = target;
          continue;
        }
        halt = Halt.InvalidJump;
        break;
      }
      case Op.JumpIfTo: {
        const condition = sp;
        sp -= 32;
        if (isNotZero(condition)) {
          const target: usize = load<u32>(ip, 4);
          if (target > ip) {
            ip = target;
            continue;
          }
          if (target != 0) {
            leaveIfCancelled();
            ip = target;
            continue;
          }
          halt = Halt.InvalidJump;
          break;
        }
        ip += 8;
        continue;
      }
      case Op.JumpIfZeroTo: {
        const condition = sp;
        sp -= 32;
        if (!isNotZero(condition)) {
          const target: usize = load<u32>(ip, 4);
          if (target > ip) {
            ip = target;
            continue;
          }
          if (target != 0) {
            leaveIfCancelled();
            ip = target;
            continue;
          }
          halt = Halt.InvalidJump;
          break;
        }
        ip += 8;
        continue;
      }
      case Op.JUMP: {
        const target = dynamicTarget(frame, sp);
        sp -= 32;
        if (target != 0) {
          if (target < ip) leaveIfCancelled();
          ip = target;
          continue;
        }
        halt = Halt.InvalidJump;
        break;
      }
      case Op.JUMPI: {
        if (isNotZero(sp - 32)) {
          const target = dynamicTarget(frame, sp);
          sp -= 64;
          if (target != 0) {
            if (target < ip) leaveIfCancelled();
            ip = target;
            continue;
          }
          halt = Halt.InvalidJump;
          break;
        }
        sp -= 64;
        ip += 8;
        continue;
      }
      case Op.ADD: {
        const a0 = load<u64>(sp);
        const b0 = load<u64>(sp - 32);
        const r0 = a0 + b0;
        let carry: u64 = <u64>(r0 < a0);
        const a1 = load<u64>(sp, 8);
        const s1 = a1 + load<u64>(sp - 32, 8);
        const r1 = s1 + carry;
        carry = <u64>(s1 < a1) | <u64>(r1 < s1);
        const a2 = load<u64>(sp, 16);
        const s2 = a2 + load<u64>(sp - 32, 16);
        const r2 = s2 + carry;
        carry = <u64>(s2 < a2) | <u64>(r2 < s2);
        const r3 = load<u64>(sp, 24) + load<u64>(sp - 32, 24) + carry;
        sp -= 32;
        store<u64>(sp, r0);
        store<u64>(sp, r1, 8);
        store<u64>(sp, r2, 16);
        store<u64>(sp, r3, 24);
        ip += 8;
        continue;
      }
      case Op.SUB: {
        wordSubtract(sp - 32, sp, sp - 32);
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.MUL: {
        wordMultiply(sp - 32, sp, sp - 32);
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.DIV: {
        wordDivide(sp - 32, sp, sp - 32);
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.SDIV: {
        wordDivideSigned(sp - 32, sp, sp - 32);
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.MOD: {
        wordModulo(sp - 32, sp, sp - 32);
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.SMOD: {
        wordModuloSigned(sp - 32, sp, sp - 32);
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.ADDMOD: {
        wordAddModulo(sp - 64, sp, sp - 32, sp - 64);
        sp -= 64;
        ip += 8;
        continue;
      }
      case Op.MULMOD: {
        wordMultiplyModulo(sp - 64, sp, sp - 32, sp - 64);
        sp -= 64;
        ip += 8;
        continue;
      }
      case Op.EXP: {
        // EIP-160: 50 gas a byte of the exponent, 10 before.
        const cost = <u64>wordByteLength(sp - 32) * (fork >= 3 ? 50 : 10);
        if (gas < cost) {
          setGasLeft(gas);
          chargeGas(cost);
          halt = Halt.OutOfGas;
          break;
        }
        gas -= cost;
        wordPower(sp - 32, sp, sp - 32);
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.SIGNEXTEND: {
        wordSignExtend(sp - 32, sp, sp - 32);
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.LT: {
        const less = wordLess(sp, sp - 32);
        sp -= 32;
        putSmall(sp, less ? 1 : 0);
        ip += 8;
        continue;
      }
      case Op.GT: {
        const less = wordLess(sp - 32, sp);
        sp -= 32;
        putSmall(sp, less ? 1 : 0);
        ip += 8;
        continue;
      }
      case Op.SLT: {
        const less = wordLessSigned(sp, sp - 32);
        sp -= 32;
        putSmall(sp, less ? 1 : 0);
        ip += 8;
        continue;
      }
      case Op.SGT: {
        const less = wordLessSigned(sp - 32, sp);
        sp -= 32;
        putSmall(sp, less ? 1 : 0);
        ip += 8;
        continue;
      }
      case Op.EQ: {
        const differs = v128.or(
          v128.xor(v128.load(sp), v128.load(sp - 32)),
          v128.xor(v128.load(sp, 16), v128.load(sp - 32, 16)),
        );
        sp -= 32;
        putSmall(sp, v128.any_true(differs) ? 0 : 1);
        ip += 8;
        continue;
      }
      case Op.ISZERO: {
        putSmall(sp, isNotZero(sp) ? 0 : 1);
        ip += 8;
        continue;
      }
      case Op.AND: {
        const low = v128.and(v128.load(sp), v128.load(sp - 32));
        const high = v128.and(v128.load(sp, 16), v128.load(sp - 32, 16));
        sp -= 32;
        v128.store(sp, low);
        v128.store(sp, high, 16);
        ip += 8;
        continue;
      }
      case Op.OR: {
        const low = v128.or(v128.load(sp), v128.load(sp - 32));
        const high = v128.or(v128.load(sp, 16), v128.load(sp - 32, 16));
        sp -= 32;
        v128.store(sp, low);
        v128.store(sp, high, 16);
        ip += 8;
        continue;
      }
      case Op.XOR: {
        wordXor(sp - 32, sp, sp - 32);
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.NOT: {
        wordNot(sp, sp);
        ip += 8;
        continue;
      }
      case Op.BYTE: {
        wordByte(sp - 32, sp, sp - 32);
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.SHL: {
        wordShiftLeft(sp - 32, sp, sp - 32);
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.SHR: {
        wordShiftRight(sp - 32, sp, sp - 32);
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.SAR: {
        wordShiftRightSigned(sp - 32, sp, sp - 32);
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.CLZ: {
        wordLeadingZeros(sp, sp);
        ip += 8;
        continue;
      }
      case Op.KECCAK256: {
        setGasLeft(gas);
        if (!opKeccak(frame, sp)) {
          halt = Halt.OutOfGas;
          break;
        }
        gas = gasLeft;
        mem = frame.memory;
        memSize = frame.memorySize;
        sp -= 32;
        ip += 8;
        continue;
      }
      case Op.ADDRESS: {
        sp += 32;
        copyWord(sp, frameAddress(frame));
        ip += 8;
        continue;
      }
      case Op.BALANCE: {
        setGasLeft(gas);
        if (!opBalance(sp)) {
          halt = Halt.OutOfGas;
          break;
        }
        gas = gasLeft;
        ip += 8;
        continue;
      }
      case Op.ORIGIN: {
        sp += 32;
        copyWord(sp, originWord);
        ip += 8;
        continue;
      }
      case Op.CALLER: {
        sp += 32;
        copyWord(sp, frameCaller(frame));
        ip += 8;
        continue;
      }
      case Op.CALLVALUE: {
        sp += 32;
        copyWord(sp, frameValue(frame));
        ip += 8;
        continue;
      }
      case Op.CALLDATALOAD: {
        if (hasWord(sp, frame.inputLength)) {
          loadBigEndian(sp, <usize>frame.input + <usize>load<u64>(sp));
        } else {
          opCallDataLoad(frame, sp);
        }
        ip += 8;
        continue;
      }
      case Op.CALLDATASIZE: {
        sp += 32;
        putSmall(sp, frame.inputLength);
        ip += 8;
        continue;
      }
      case Op.CALLDATACOPY: {
        setGasLeft(gas);
        if (!opCopy(frame, sp, frame.input, frame.inputLength)) {
          halt = Halt.OutOfGas;
          break;
        }
        gas = gasLeft;
        mem = frame.memory;
        memSize = frame.memorySize;
        sp -= 96;
        ip += 8;
        continue;
      }
      case Op.CODESIZE: {
        sp += 32;
        putSmall(sp, frame.codeLength);
        ip += 8;
        continue;
      }
      case Op.CODECOPY: {
        setGasLeft(gas);
        if (!opCopy(frame, sp, frame.codeBytes, frame.codeLength)) {
          halt = Halt.OutOfGas;
          break;
        }
        gas = gasLeft;
        mem = frame.memory;
        memSize = frame.memorySize;
        sp -= 96;
        ip += 8;
        continue;
      }
      case Op.GASPRICE: {
        sp += 32;
        copyWord(sp, gasPriceWord);
        ip += 8;
        continue;
      }
      case Op.EXTCODESIZE: {
        setGasLeft(gas);
        if (!opExtCodeSize(sp)) {
          halt = Halt.OutOfGas;
          break;
        }
        gas = gasLeft;
        ip += 8;
        continue;
      }
      case Op.EXTCODECOPY: {
        setGasLeft(gas);
        if (!opExtCodeCopy(frame, sp)) {
          halt = Halt.OutOfGas;
          break;
        }
        gas = gasLeft;
        mem = frame.memory;
        memSize = frame.memorySize;
        sp -= 128;
        ip += 8;
        continue;
      }
      case Op.RETURNDATASIZE: {
        sp += 32;
        putSmall(sp, returnLength);
        ip += 8;
        continue;
      }
      case Op.RETURNDATACOPY: {
        setGasLeft(gas);
        halt = opReturnDataCopy(frame, sp);
        if (halt != Halt.Success) break;
        gas = gasLeft;
        mem = frame.memory;
        memSize = frame.memorySize;
        sp -= 96;
        ip += 8;
        continue;
      }
      case Op.EXTCODEHASH: {
        setGasLeft(gas);
        if (!opExtCodeHash(sp)) {
          halt = Halt.OutOfGas;
          break;
        }
        gas = gasLeft;
        ip += 8;
        continue;
      }
      case Op.BLOCKHASH: {
        opBlockHash(sp);
        ip += 8;
        continue;
      }
      case Op.COINBASE: {
        sp += 32;
        copyWord(sp, ENV_COINBASE);
        ip += 8;
        continue;
      }
      case Op.TIMESTAMP: {
        sp += 32;
        putSmall(sp, env().timestamp);
        ip += 8;
        continue;
      }
      case Op.NUMBER: {
        sp += 32;
        putSmall(sp, env().number);
        ip += 8;
        continue;
      }
      case Op.PREVRANDAO: {
        sp += 32;
        copyWord(sp, ENV_DIFFICULTY);
        ip += 8;
        continue;
      }
      case Op.GASLIMIT: {
        sp += 32;
        putSmall(sp, env().gasLimit);
        ip += 8;
        continue;
      }
      case Op.CHAINID: {
        sp += 32;
        putSmall(sp, env().chainId);
        ip += 8;
        continue;
      }
      case Op.SELFBALANCE: {
        sp += 32;
        wordCopy(sp, accountBalance(frame.account));
        ip += 8;
        continue;
      }
      case Op.BASEFEE: {
        sp += 32;
        copyWord(sp, ENV_BASE_FEE);
        ip += 8;
        continue;
      }
      case Op.BLOBHASH: {
        opBlobHash(sp);
        ip += 8;
        continue;
      }
      case Op.BLOBBASEFEE: {
        sp += 32;
        copyWord(sp, ENV_BLOB_BASE_FEE);
        ip += 8;
        continue;
      }
      case Op.SLOTNUM: {
        sp += 32;
        putSmall(sp, env().slotNumber);
        ip += 8;
        continue;
      }
      case Op.MLOAD: {
        if (!hasWord(sp, memSize)) {
          setGasLeft(gas);
          if (!reach(frame, sp, 32)) {
            halt = Halt.OutOfGas;
            break;
          }
          gas = gasLeft;
          mem = frame.memory;
          memSize = frame.memorySize;
        }
        loadBigEndian(sp, mem + <usize>load<u64>(sp));
        ip += 8;
        continue;
      }
      case Op.MSTORE: {
        if (!hasWord(sp, memSize)) {
          setGasLeft(gas);
          if (!reach(frame, sp, 32)) {
            halt = Halt.OutOfGas;
            break;
          }
          gas = gasLeft;
          mem = frame.memory;
          memSize = frame.memorySize;
        }
        storeBigEndian(mem + <usize>load<u64>(sp), sp - 32);
        sp -= 64;
        ip += 8;
        continue;
      }
      case Op.MSTORE8: {
        setGasLeft(gas);
        if (!reach(frame, sp, 1)) {
          halt = Halt.OutOfGas;
          break;
        }
        gas = gasLeft;
        mem = frame.memory;
        memSize = frame.memorySize;
        store<u8>(mem + <usize>load<u64>(sp), load<u8>(sp - 32));
        sp -= 64;
        ip += 8;
        continue;
      }
      case Op.MCOPY: {
        setGasLeft(gas);
        if (!opMemoryCopy(frame, sp)) {
          halt = Halt.OutOfGas;
          break;
        }
        gas = gasLeft;
        mem = frame.memory;
        memSize = frame.memorySize;
        sp -= 96;
        ip += 8;
        continue;
      }
      case Op.SLOAD: {
        setGasLeft(gas);
        if (!opSload(frame, sp)) {
          halt = Halt.OutOfGas;
          break;
        }
        gas = gasLeft;
        ip += 8;
        if (!isFloat<M>() && trackedCount != 0) {
          saveRegisters(frame, ip, sp, gas);
          return frame;
        }
        continue;
      }
      case Op.SSTORE: {
        setGasLeft(gas);
        halt = isFloat<M>() ? opSstoreTracked(frame, sp) : opSstore(frame, sp);
        if (halt != Halt.Success) break;
        gas = gasLeft;
        sp -= 64;
        ip += 8;
        continue;
      }
      case Op.TLOAD: {
        opTload(frame, sp);
        ip += 8;
        continue;
      }
      case Op.TSTORE: {
        halt = opTstore(frame, sp);
        if (halt != Halt.Success) break;
        sp -= 64;
        ip += 8;
        continue;
      }
      case Op.MSIZE: {
        sp += 32;
        putSmall(sp, memSize);
        ip += 8;
        continue;
      }
      case Op.GAS: {
        sp += 32;
        putSmall(sp, gas);
        ip += 8;
        continue;
      }
      case Op.LOG0:
      case Op.LOG0 + 1:
      case Op.LOG0 + 2:
      case Op.LOG0 + 3:
      case Op.LOG4: {
        const topics = <u32>load<u8>(ip) - <u32>Op.LOG0;
        setGasLeft(gas);
        halt = opLog(frame, sp, topics);
        if (halt != Halt.Success) break;
        gas = gasLeft;
        mem = frame.memory;
        memSize = frame.memorySize;
        sp -= 64 + ((<usize>topics) << 5);
        ip += 8;
        continue;
      }
      case Op.CALL:
      case Op.CALLCODE:
      case Op.DELEGATECALL:
      case Op.STATICCALL: {
        setGasLeft(gas);
        frame.ip = <u32>(ip + 8);
        const next = operationCall(frame, sp, load<u8>(ip));
        if (next == CALL_HALTS) {
          halt = callHalt;
          break;
        }
        if (next != CALL_DONE) frame = changetype<Frame>(next);
        else frame.gas = gasLeft;
        ip = frame.ip;
        sp = frame.sp;
        gas = frame.gas;
        base = frame.stackBase;
        mem = frame.memory;
        memSize = frame.memorySize;
        continue;
      }
      case Op.CREATE:
      case Op.CREATE2: {
        setGasLeft(gas);
        frame.ip = <u32>(ip + 8);
        const next = operationCreate(frame, sp, load<u8>(ip));
        if (next == CALL_HALTS) {
          halt = callHalt;
          break;
        }
        if (next != CALL_DONE) frame = changetype<Frame>(next);
        else frame.gas = gasLeft;
        ip = frame.ip;
        sp = frame.sp;
        gas = frame.gas;
        base = frame.stackBase;
        mem = frame.memory;
        memSize = frame.memorySize;
        continue;
      }
      case Op.RETURN:
      case Op.REVERT: {
        setGasLeft(gas);
        if (!memoryRange(frame, sp, sp - 32)) {
          halt = Halt.OutOfGas;
          break;
        }
        gas = gasLeft;
        output = <usize>frame.memory + rangeOffset;
        outputLength = rangeLength;
        halt = load<u8>(ip) == <u8>Op.RETURN ? Halt.Success : Halt.Revert;
        break;
      }
      case Op.SELFDESTRUCT: {
        setGasLeft(gas);
        halt = operationSelfDestruct(frame, sp);
        gas = gasLeft;
        break;
      }
      case Op.STOP:
        break;
      case Op.Trace: {
        const pc = load<u32>(ip, 4);
        frame.sp = <u32>sp;
        const opcode: u32 = pc < frame.codeLength ? load<u8>(<usize>frame.codeBytes + pc) : 0;
        traceStep(changetype<usize>(frame), pc, opcode, gas, sp, frame.depth);
        ip += 8;
        continue;
      }
      default: {
        halt = Halt.InvalidOpcode;
        break;
      }
    }
    // The frame is over.
    if (isFloat<M>()) trackedDropFrame(frame);
    const outer = frameLeave(frame, halt, gas, output, outputLength);
    if (outer == 0) return changetype<Frame>(0);
    frame = changetype<Frame>(outer);
    ip = frame.ip;
    sp = frame.sp;
    gas = frame.gas;
    base = frame.stackBase;
    mem = frame.memory;
    memSize = frame.memorySize;
  }
}
