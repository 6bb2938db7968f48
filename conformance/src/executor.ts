// The engine's executors, one of a kind a thread, and what suites need around them.

import {
  type Allocation,
  keccak256,
  LEARNED,
  LocalExecutor,
  networkConfig,
  type Rules,
  rulesAt,
  type Speculation,
  ThreadedExecutor,
} from "@heddle/engine/testing";
import type { TestAccount } from "./accounts.ts";

let started: Promise<LocalExecutor> | undefined;

/** The executor of this thread, made on first use; whoever takes it resets it. */
export function executor(): Promise<LocalExecutor> {
  started ??= LocalExecutor.create();
  return started;
}

let speculation = LEARNED;

/** How the executors made from now on by this thread run transactions beside each other. */
export function useSpeculation(modes: Speculation): void {
  speculation = modes;
}

let threads = 0;
let threaded: Promise<ThreadedExecutor> | undefined;

/** This thread's executor of at least `count` worker threads; whoever takes it resets it. */
export function threadedExecutor(count: number): Promise<ThreadedExecutor> {
  if (threaded === undefined || count > threads) {
    const before = threaded;
    threads = count;
    threaded = (async () => {
      await (await before)?.close();
      return ThreadedExecutor.create({ threads: count, speculation });
    })();
  }
  return threaded;
}

/** Accounts in the form in which the engine takes a whole state. */
export function allocation(accounts: readonly TestAccount[]): Allocation {
  return Object.fromEntries(
    accounts.map(({ address, balance, nonce, code, storage }) => [
      address,
      { balance, nonce, code, storage: Object.fromEntries(storage) },
    ]),
  );
}

const known = new Map<string, Rules>();

type NetworkOptions = NonNullable<Parameters<typeof networkConfig>[1]>;

/** The rules of a fork that holds from genesis on. */
export function rulesOf(fork: string, options: NetworkOptions = {}): Rules {
  const key = `${fork} ${JSON.stringify(options, (_, value) => (typeof value === "bigint" ? String(value) : value))}`;
  let rules = known.get(key);
  if (rules === undefined) {
    rules = rulesAt(networkConfig(fork, options), { number: 1n, timestamp: 1n, difficulty: 1n });
    known.set(key, rules);
  }
  return rules;
}

const blockHashes = new Map<bigint, Uint8Array>();

/** BLOCKHASH of state tests: the hash of the number in decimal, for the 256 blocks before `number`. */
export function* stateTestHashes(number: bigint): Generator<[bigint, Uint8Array]> {
  for (let n = number > 256n ? number - 256n : 0n; n < number; n++) {
    let hash = blockHashes.get(n);
    if (hash === undefined) {
      hash = keccak256(new TextEncoder().encode(n.toString()));
      if (blockHashes.size < 10_000) blockHashes.set(n, hash);
    }
    yield [n, hash];
  }
}
