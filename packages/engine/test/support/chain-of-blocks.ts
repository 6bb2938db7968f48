// Consecutive blocks of transfers and calls that build on one another, and what they must give.

import {
  createEngine,
  type Engine,
  type EngineOptions,
  type ExecuteInput,
  type Hex,
} from "../../src/index.ts";
import { kernelMemory } from "../../src/kernel-memory.ts";
import {
  block,
  type Call,
  COUNTER,
  contract,
  type ListedInput,
  recipient,
  SHANGHAI,
  sender,
  senders,
} from "./blocks.ts";

export const ACCOUNTS = 40;
/** Stores the hash of the block two before its own: number - 2, blockhash, sstore at number. */
const HASH_KEEPER = "0x60024303404355";
export const alloc = {
  ...senders(ACCOUNTS),
  [contract(0)]: { code: COUNTER },
  [contract(1)]: { code: HASH_KEEPER },
} as const;

export const headerHashOf = (number: bigint): Hex => `0x${number.toString(16).padStart(64, "b")}`;

/** Block `number` from 1 on: everybody sends once, some to the counter, one asks for a block's hash. */
export function blockAt(number: bigint): ListedInput {
  const calls = Array.from({ length: ACCOUNTS }, (_, i): Call => {
    const nonce = number - 1n;
    if (i === 0) return { from: sender(i), to: contract(1), nonce };
    if (i % 8 === 1) return { from: sender(i), to: contract(0), nonce };
    return {
      from: sender(i),
      to: i % 3 === 0 ? sender((i * 7) % ACCOUNTS) : recipient(i),
      value: 1000n,
      nonce,
    };
  });
  const made = block(calls, number);
  return { ...made, header: { ...made.header, parentHash: headerHashOf(number - 1n) } };
}

export const blocksUpTo = (count: number): ListedInput[] =>
  Array.from({ length: count }, (_, i) => blockAt(BigInt(i + 1)));

/** Block `number` with a transaction that cannot be executed. */
export function invalidBlockAt(number: bigint): ListedInput {
  const wrong = blockAt(number);
  const later = blockAt(number + 1n).transactions.at(-1)!;
  return { ...wrong, transactions: [...wrong.transactions.slice(0, -1), later] };
}

export const startEngine = (options: Partial<EngineOptions> = {}): Promise<Engine> =>
  createEngine({ workers: 2, chain: SHANGHAI, genesis: { alloc }, ...options });

export interface Given {
  gasUsed: bigint;
  logsBloom: Hex;
  roots: unknown;
}

/** What the blocks give one by one, each committed. */
export async function oneByOne(engine: Engine, blocks: readonly ExecuteInput[]): Promise<Given[]> {
  const given: Given[] = [];
  for (const input of blocks) {
    const result = await engine.execute(input);
    await result.commit();
    given.push({ gasUsed: result.gasUsed, logsBloom: result.logsBloom, roots: result.roots });
  }
  return given;
}

/** What a pipeline gives; `failure` is what it threw. */
export async function piped(
  engine: Engine,
  blocks: Parameters<Engine["pipeline"]>[0],
  options: Parameters<Engine["pipeline"]>[1] = {},
): Promise<{ given: Given[]; failure: unknown }> {
  const given: Given[] = [];
  try {
    for await (const { index, gasUsed, logsBloom, roots } of engine.pipeline(blocks, options)) {
      if (index !== given.length) throw new Error(`result ${index} came as number ${given.length}`);
      given.push({ gasUsed, logsBloom, roots });
    }
  } catch (failure) {
    return { given, failure };
  }
  return { given, failure: undefined };
}

/** Bytes of the kernel's memory that hold input of blocks that wait. */
export const inputsHeld = (engine: Engine): number => kernelMemory(engine.host).Input;
