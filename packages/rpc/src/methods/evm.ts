// evm_*: blocks, time and snapshots, as Ganache named them first. Answers are Anvil's.

import { type DevChain, isAutomatic } from "@heddle/chain";
import { amount64, amountCount } from "../decode/amount.ts";
import { boolean, object, optional } from "../decode/values.ts";
import { encodeBlock } from "../encode/block.ts";
import { quantity } from "../encode/quantity.ts";
import { InvalidParamsError } from "../errors.ts";
import { type Decoder, type Method, type MethodTable, method, parameter } from "../method.ts";

/** A method that answers with something else. */
export function answering(inner: Method, answer: unknown): Method {
  return {
    parameterNames: inner.parameterNames,
    async call(params, context) {
      await inner.call(params, context);
      return answer;
    },
  };
}

/** Blocks that one call may ask for. */
const MOST_BLOCKS = 1_000_000;

/** How many blocks, 1 unless given. */
export const blockCount: Decoder<number> = (value, path) => {
  const number = optional(amountCount, 1)(value, path);
  if (number > MOST_BLOCKS) throw new InvalidParamsError(path, `at most ${MOST_BLOCKS}`, value);
  return number;
};

interface MineOptions {
  timestamp: bigint | undefined;
  blocks: number | undefined;
}

const mineObject = object({ timestamp: optional(amount64), blocks: optional(blockCount) });

/** Of evm_mine: nothing, the block's time, or an object. */
const mineOptions: Decoder<MineOptions> = (value, path) => {
  if (value === undefined || value === null) return { timestamp: undefined, blocks: undefined };
  if (typeof value === "object") return mineObject(value, path);
  return { timestamp: amount64(value, path), blocks: undefined };
};

/** The number of a snapshot. */
const snapshotId = parameter("id", amountCount);

/** Milliseconds: a number of `unit` of them, or two bounds in milliseconds, of which Hardhat picks one. */
const period =
  (unit: number): Decoder<number> =>
  (value, path) => {
    if (!Array.isArray(value)) return amountCount(value, path) * unit;
    if (value.length !== 2) throw new InvalidParamsError(path, "two bounds in milliseconds", value);
    const [least, most] = value.map((one, i) => amountCount(one, `${path}[${i}]`)) as [number, number];
    if (least > most) throw new InvalidParamsError(path, "two bounds, the lower one first", value);
    return Math.round((least + most) / 2);
  };

export interface EvmOptions {
  /** True: the interval of evm_setIntervalMining is one of milliseconds, as Hardhat has it; Anvil's are seconds. */
  intervalInMilliseconds?: boolean;
}

export function evmMethods(dev: DevChain, { intervalInMilliseconds = false }: EvmOptions = {}): MethodTable {
  const mine = async ({ timestamp, blocks = 1 }: MineOptions) => {
    if (timestamp !== undefined) dev.setNextTimestamp(timestamp);
    return dev.mineMany(blocks);
  };
  const setTime = method([parameter("timestamp", amount64)], ([timestamp]) => {
    const ahead = timestamp - dev.clock.now;
    dev.clock.set(timestamp);
    return Number(ahead < 0n ? 0n : ahead);
  });
  const mined = [parameter("options", mineOptions)] as const;
  return {
    evm_snapshot: method([], async () => quantity(await dev.snapshot())),
    evm_revert: method([snapshotId], ([id]) => dev.revert(id)),
    evm_mine: method(mined, async ([options]) => {
      await mine(options);
      return "0x0";
    }),
    evm_mine_detailed: method(mined, async ([options]) => {
      const blocks = await mine(options);
      return blocks.map((block) => encodeBlock(block, true));
    }),
    evm_setAutomine: method([parameter("enabled", boolean)], ([enabled]) => {
      if (enabled) dev.setMining({ kind: "auto" });
      else if (isAutomatic(dev.mining)) dev.setMining({ kind: "manual" });
      return null;
    }),
    evm_setIntervalMining: method(
      [parameter("interval", period(intervalInMilliseconds ? 1 : 1000))],
      ([milliseconds]) => {
        if (milliseconds > 0) dev.setMining({ kind: "interval", milliseconds });
        // There is none to be ended where blocks are made at once.
        else if (dev.mining.kind === "interval") dev.setMining({ kind: "manual" });
        else if (dev.mining.kind === "mixed") dev.setMining({ kind: "auto" });
        return null;
      },
    ),
    evm_increaseTime: method([parameter("seconds", amount64)], ([seconds]) =>
      Number(dev.clock.increase(seconds)),
    ),
    evm_setTime: setTime,
    evm_setNextBlockTimestamp: method([parameter("timestamp", amount64)], ([timestamp]) => {
      dev.setNextTimestamp(timestamp);
      return null;
    }),
    evm_setBlockGasLimit: method([parameter("gasLimit", amount64)], ([gasLimit]) => {
      dev.setBlocks({ gasLimit });
      return true;
    }),
  };
}
