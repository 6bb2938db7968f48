// Many blocks in one process, after which it must hold as much
// memory as after the first ones. Transfers of a token and of ether among accounts that are there from the beginning, so
// that the state does not grow; one in twelve fails, one in eight pays the same merchant. Blocks come by turns through `execute` and
// through a pipeline, and every tenth is executed once more before and discarded.

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { hexToBytes, Progress } from "@heddle/cli";
import {
  createEngine,
  type Engine,
  type ExecuteInput,
  type Hex,
  networkConfig,
  type PackedTransactions,
  packTransactions,
} from "@heddle/engine";
import { kernelMemory } from "@heddle/engine/testing";
import { type MemorySample, memoryGrowth } from "./memory-growth.ts";
import { encodeTransaction } from "./signing.ts";
import { genesisErc20 } from "./workloads/tokens.ts";

const HELP = `usage: node --conditions=@heddle/source bench/src/leak.ts [options]

--blocks N     blocks (default 400)
--size N       transactions a block (default 25000)
--workers N    workers (default 2)
--settle N     blocks after which memory must be flat (default 20)
--json         the figures as one line of JSON
--help         this text

Exit code 1 where memory grew.`;

/** Nonces begin here and stay below 65,536, so that a transaction is as long in every block. */
const FIRST_NONCE = 256;
const MERCHANT = 0;

interface Scene {
  engine: Engine;
  transactions: PackedTransactions;
  senders: Uint8Array;
  /** Where each transaction's nonce stands in the bytes. */
  nonces: Uint32Array;
  gasLimit: bigint;
}

/** Address number `index`; the signatures are placeholders. */
function account(index: number): Hex {
  return `0x${(0x1ea4_0000_0000 + index).toString(16).padStart(40, "0")}`;
}

async function setScene(size: number, workers: number): Promise<Scene> {
  const accounts = Array.from({ length: size }, (_, i) => account(i));
  const { token, alloc } = genesisErc20(accounts, 10n ** 18n);
  const word = (value: bigint | string) => BigInt(value).toString(16).padStart(64, "0");
  const fees = { maxPriorityFeePerGas: 10n ** 9n, maxFeePerGas: 10n ** 9n };
  const list = accounts.map((_, i) => {
    const to = accounts[i % 8 === 0 ? MERCHANT : (i * 7919 + 1) % size]!;
    const ether = i % 5 === 1;
    // Nobody has as much as the failing ones want to send.
    const amount = i % 12 === 5 ? 10n ** 30n : 1n;
    return encodeTransaction(
      {
        ...fees,
        chainId: 1,
        nonce: FIRST_NONCE,
        gas: ether ? 21_000n : 80_000n,
        to: hexToBytes(ether ? to : token),
        value: ether ? 1n : 0n,
        data: ether ? new Uint8Array(0) : hexToBytes(`0xa9059cbb${word(to)}${word(amount)}`),
      },
      undefined,
    );
  });
  const transactions = packTransactions(list);
  // Type, the list's prefix, chain id 1, 0x82, and then the two bytes.
  const nonces = Uint32Array.from(list, (raw, i) => {
    const prefix = raw[1]! < 0xf8 ? 1 : raw[1]! - 0xf7 + 1;
    return transactions.offsets[i]! + 1 + prefix + 2;
  });
  const funded = accounts.map((address) => [address, { balance: 10n ** 24n, nonce: BigInt(FIRST_NONCE) }]);
  const engine = await createEngine({
    workers,
    chain: networkConfig("Cancun"),
    genesis: { alloc: { ...Object.fromEntries(funded), ...alloc } },
  });
  const senders = new Uint8Array(size * 20);
  accounts.forEach((address, i) => {
    senders.set(hexToBytes(address), i * 20);
  });
  return { engine, transactions, senders, nonces, gasLimit: BigInt(size) * 80_000n };
}

/** Block `index` from 0 on: the same transactions with the next nonces. */
function blockAt({ transactions, senders, nonces, gasLimit }: Scene, index: number): ExecuteInput {
  const bytes = transactions.bytes.slice();
  const nonce = FIRST_NONCE + index;
  for (const at of nonces) {
    bytes[at] = nonce >> 8;
    bytes[at + 1] = nonce & 0xff;
  }
  const number = BigInt(index + 1);
  return {
    header: {
      number,
      timestamp: number * 12n,
      gasLimit,
      coinbase: "0xfee0000000000000000000000000000000000000",
      baseFeePerGas: 7n,
      excessBlobGas: 0n,
      parentBeaconBlockRoot: `0x${"00".repeat(32)}`,
    },
    transactions: { bytes, offsets: transactions.offsets },
    senders,
  };
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function sample({ engine }: Scene, block: number): MemorySample {
  collect();
  // The block's own memory, and that of the blocks that wait for it.
  const { Block: _, Input: __, ...lasting } = kernelMemory(engine.host);
  const kernel = Object.values(lasting).reduce((sum, bytes) => sum + bytes, 0);
  return { block, rss: process.memoryUsage.rss(), kernel };
}

/** Executes `blocks` blocks; tells memory after each of them. */
async function* run(scene: Scene, blocks: number): AsyncGenerator<MemorySample> {
  const { engine } = scene;
  for (let index = 0; index < blocks; ) {
    const end = Math.min(blocks, index + 10);
    if (kernelMemory(engine.host).Input !== 0) throw new Error("a pipeline that has ended holds memory");
    const discarded = await engine.execute(blockAt(scene, index));
    discarded.discard();
    if ((index / 10) % 2 === 0) {
      for (; index < end; index++) {
        const result = await engine.execute(blockAt(scene, index));
        if (discarded.roots.state !== result.roots.state && index % 10 === 0)
          throw new Error("a block gives something else after it was discarded");
        await result.commit();
        yield sample(scene, index + 1);
      }
      continue;
    }
    const first = index;
    const list = Array.from({ length: end - first }, (_, i) => first + i);
    const inputs = (function* () {
      for (const i of list) yield blockAt(scene, i);
    })();
    for await (const _ of engine.pipeline(inputs)) yield sample(scene, ++index);
  }
}

function number(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${option} must be a positive whole number`);
  return value;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      blocks: { type: "string", default: "400" },
      size: { type: "string", default: "25000" },
      workers: { type: "string", default: "2" },
      settle: { type: "string", default: "20" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const blocks = number(values.blocks, "blocks");
  const settle = number(values.settle, "settle");
  if (blocks < settle + 4) throw new Error("--blocks must be at least four more than --settle");
  const scene = await setScene(number(values.size, "size"), number(values.workers, "workers"));
  const progress = new Progress(blocks, "blocks");
  const samples: MemorySample[] = [];
  try {
    for await (const point of run(scene, blocks)) {
      samples.push(point);
      progress.update(point.block, `${Math.round(point.rss / 2 ** 20)} MiB`);
    }
  } finally {
    progress.clear();
    await scene.engine.close();
  }
  const { rss, kernel, isFlat: passed } = memoryGrowth(samples, settle);
  if (values.json) {
    const { size, workers } = values;
    const machine = { node: process.version, cpus: availableParallelism() };
    const figures = { blocks, size: Number(size), workers: Number(workers), settle, rss, kernel, passed };
    console.log(JSON.stringify({ ...machine, ...figures, samples }));
  } else {
    const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    for (const [name, { before, after }] of Object.entries({ process: rss, "kernel, lasting": kernel })) {
      console.log(`${name}: ${mib(before)} after block ${settle}, ${mib(after)} after block ${blocks}`);
    }
    console.log(passed ? "memory is flat" : "memory grew");
  }
  return passed ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`leak: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
