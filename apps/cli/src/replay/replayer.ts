// Runs recorded blocks on the engine, in order and in parallel, and compares what comes of it with the chain.

import { availableParallelism } from "node:os";
import {
  AbortedError,
  type AllocatedAccount,
  type BlockHashes,
  type BlockResult,
  type ChainConfig,
  ColdReadError,
  createEngine,
  type Engine,
  EngineError,
  type ExecuteInput,
  type Hex,
  InvalidTransactionError,
  MAINNET,
  networkConfig,
  type StateSource,
} from "@heddle/engine";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex } from "../fixture/fields.ts";
import type { BlockFixture } from "../fixture/mainnet-block.ts";
import { witnessSource } from "../fixture/witness.ts";
import { type BlockDifference, compareRun, type RootMarks, type RunOutcome, rootMarks } from "./compare.ts";

export interface ReplayerOptions {
  /** Worker threads of the parallel runs; all cores unless given. */
  workers?: number | undefined;
  /** True: no parallel runs. */
  sequential?: boolean | undefined;
  /** How often each block is run in each mode. */
  runs: number;
}

/** Where a block's state is that it does not bring itself. */
export interface ReplaySource {
  state: StateSource;
  chain: ChainConfig;
  blockHashes: BlockHashes;
}

/** What came of a block over all its runs. */
export interface ReplayedBlock {
  file: string;
  number: bigint;
  fork: string;
  transactions: number;
  gasUsed: bigint;
  workers: number;
  runs: number;
  /** Milliseconds of one execution with its roots. */
  medians: { sequential: number | null; parallel: number | null };
  /** Executions that were repeated in a parallel run; the median. */
  aborts: number | null;
  /** The longest chain of dependent transactions; its gas bounds what any number of workers can gain. */
  chain: { length: number; gas: bigint; speedup: number } | null;
  marks: RootMarks;
  differences: BlockDifference[];
}

type Mode = "sequential" | "parallel";

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function allocation(fixture: BlockFixture): Record<string, AllocatedAccount> {
  return Object.fromEntries(
    fixture.accounts.map(({ address, balance, nonce, code, codeHash, storage }) => {
      const account: AllocatedAccount = { balance, nonce, storage: Object.fromEntries(storage) };
      if (code !== null) account.code = code;
      else if (codeHash !== null) account.codeHash = codeHash;
      return [address, account];
    }),
  );
}

/** EIP-7002 and EIP-7251: called at the end of every block from Prague on, which is not valid without them. */
const REQUEST_CONTRACTS: readonly Hex[] = [
  "0x00000961ef480eb55e80d19ad83579a64c007002",
  "0x0000bbddc7ce488642fb579f8b00f3a590007251",
];
/** STOP. */
const NO_REQUESTS = Uint8Array.of(0x00);

/** Sources that recorded only what the transactions touch lack these; what is queued in them cannot be known. */
function withRequestContracts(alloc: Record<string, AllocatedAccount>): Record<string, AllocatedAccount> {
  const missing = REQUEST_CONTRACTS.filter((address) => alloc[address] === undefined);
  return {
    ...alloc,
    ...Object.fromEntries(missing.map((address) => [address, { nonce: 1n, code: NO_REQUESTS }])),
  };
}

/** The same for a source: local chains may leave the contracts out. */
function sourceWithRequestContracts(source: StateSource): StateSource {
  const codeHash = bytesToHex(keccak_256(NO_REQUESTS));
  return {
    account: async (address) => {
      const account = await source.account(address);
      if (!REQUEST_CONTRACTS.includes(address) || account?.codeHash !== undefined) return account;
      return { balance: 0n, ...account, nonce: 1n, codeHash, code: NO_REQUESTS };
    },
    storage: (address, key) => source.storage(address, key),
    code: (hash) => source.code(hash),
  };
}

function outcomeOf(result: BlockResult): RunOutcome {
  const { roots } = result;
  return {
    gasUsed: result.gasUsed,
    logsBloom: result.logsBloom,
    transactionsRoot: roots.transactions,
    receiptsRoot: roots.receipts,
    withdrawalsRoot: roots.withdrawals,
    requestsHash: roots.requests,
    stateRoot: roots.state ?? null,
    receipts: Array.from(result.receipts, ({ success, gasUsed, cumulativeGasUsed, logs }) => ({
      status: success === undefined ? null : Number(success),
      gasUsed,
      cumulativeGasUsed,
      logs: logs.length,
    })),
  };
}

function inputOf(fixture: BlockFixture): ExecuteInput {
  const { header, transactions, uncles, blockHashes, withdrawals, senders } = fixture;
  const known = senders.filter((sender) => sender !== null);
  return {
    header,
    transactions,
    uncles,
    blockHashes,
    withdrawals,
    // The engine takes all senders or none.
    senders: known.length === senders.length ? known : undefined,
  };
}

/** A block that the engine refuses is as wrong as one with another outcome: the chain accepted it. */
function refused(error: unknown, mode: string): BlockDifference {
  if (!(error instanceof EngineError) || error instanceof AbortedError) throw error;
  // Nothing is known of the block where its state could not be read.
  if (error instanceof ColdReadError) throw error.cause;
  const transaction = error instanceof InvalidTransactionError ? error.index : null;
  return { mode, transaction, field: "validity", ours: error.message, theirs: "valid" };
}

/** Replays blocks one after the other; each brings a state of its own, so each gets an engine of its own. */
export class Replayer {
  readonly #workers: number;
  readonly #modes: readonly Mode[];
  readonly #runs: number;

  constructor({ workers, sequential, runs }: ReplayerOptions) {
    this.#modes = sequential ? ["sequential"] : ["sequential", "parallel"];
    this.#workers = sequential ? 1 : (workers ?? availableParallelism());
    this.#runs = runs;
  }

  /**
   * Runs a block in all modes; nothing is kept of it. Its state is its own, or that of `source`. Throws AbortedError where
   * `signal` fires, and what a source fails with.
   */
  async replay(fixture: BlockFixture, signal?: AbortSignal, source?: ReplaySource): Promise<ReplayedBlock> {
    await using engine = await this.#engineFor(fixture, source);
    const input = inputOf(fixture);
    if (source !== undefined) input.blockHashes = source.blockHashes;
    const differences: BlockDifference[] = [];
    const times: Record<Mode, number[]> = { sequential: [], parallel: [] };
    const aborts: number[] = [];
    const hasState = fixture.witness !== null;
    let chain: ReplayedBlock["chain"] = null;

    const run = async (mode: Mode): Promise<{ time: number; result: BlockResult } | null> => {
      const name = mode === "sequential" ? mode : `${this.#workers} workers`;
      const started = performance.now();
      let result: BlockResult;
      try {
        result = await engine.execute({ ...input, mode, ...(signal === undefined ? {} : { signal }) });
      } catch (error) {
        differences.push(refused(error, name));
        return null;
      }
      const time = performance.now() - started;
      differences.push(...compareRun(fixture, outcomeOf(result), name));
      result.discard();
      return { time, result };
    };

    // The first run reads the state and warms the compiler up: it is compared like all, but not timed.
    // What is missing is waited for side by side where transactions run side by side.
    const first = await run(source === undefined ? "sequential" : this.#modes.at(-1)!);
    for (let i = 0; i < this.#runs; i++) {
      for (const mode of this.#modes) {
        const ran = await run(mode);
        if (ran === null) continue;
        const { time, result } = ran;
        times[mode].push(time);
        if (mode === "sequential") continue;
        const { longestChain, criticalGas, aborts: repeated } = result.schedule;
        aborts.push(repeated);
        const speedup = criticalGas === 0n ? 1 : Number(result.gasUsed) / Number(criticalGas);
        chain = { length: longestChain, gas: criticalGas, speedup };
      }
    }
    return {
      file: fixture.file,
      number: fixture.header.number,
      fork: fixture.fork,
      transactions: fixture.transactions.length,
      gasUsed: first?.result.gasUsed ?? 0n,
      workers: this.#workers,
      runs: this.#runs,
      medians: { sequential: median(times.sequential), parallel: median(times.parallel) },
      aborts: median(aborts),
      chain,
      marks: rootMarks(fixture, differences, hasState),
      differences,
    };
  }

  #engineFor(fixture: BlockFixture, source: ReplaySource | undefined): Promise<Engine> {
    const { witness, chainId } = fixture;
    if (source !== undefined) {
      const { chain } = source;
      const state = sourceWithRequestContracts(source.state);
      return createEngine({ workers: this.#workers, chain, state, computeStateRoot: false });
    }
    const chain = chainId === 1 ? MAINNET : networkConfig(fixture.fork, { chainId });
    const common = { workers: this.#workers, chain };
    if (witness === null) {
      const alloc = withRequestContracts(allocation(fixture));
      return createEngine({ ...common, genesis: { alloc }, computeStateRoot: false });
    }
    const state = witnessSource(fixture, witness);
    return createEngine({ ...common, state, stateRoot: witness.parentStateRoot });
  }
}
