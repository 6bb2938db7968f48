// Blocks that are executed for what they give, one after another on a state that is lent (eth_simulateV1). Each is executed
// twice: first with what its calls leave open, then, with their nonces and gas limits known, as the block that it is.

import {
  type BlockVariation,
  type ChainConfig,
  type Engine,
  Fork,
  type Hex,
  OPEN_FIELD,
  packTransactions,
  type SimulatedTransaction,
  type SimulationOptions,
  type StateEdit,
  type Withdrawal,
} from "@heddle/engine";
import type { BlockEntry } from "../block-entry.ts";
import { type Ancestry, entryOf, execute, sealed } from "../block-execution.ts";
import { proposeHeader } from "../building.ts";
import { Envelope, type EnvelopeFields } from "../envelope.ts";
import { ChainError } from "../errors.ts";
import { packAddresses } from "../packed.ts";
import type { LentState } from "../state-line.ts";

/** A message that is run as a transaction. What is left out is nothing, or zero. */
export type SimulatedCall = Omit<EnvelopeFields, "chainId" | "nonce" | "gas"> & {
  from: Hex;
  /** The sender's next unless given. */
  nonce?: bigint | undefined;
  /** What the block has left unless given. */
  gas?: bigint | undefined;
};

/** A block to simulate; what is left out follows from the block before. */
export interface BlockToSimulate extends BlockVariation {
  /** The next unless given; blocks between are filled in, empty. */
  number?: bigint | undefined;
  /** Seconds; 12 more than the block before unless given. */
  timestamp?: bigint | undefined;
  coinbase?: Hex | undefined;
  prevRandao?: Hex | undefined;
  gasLimit?: bigint | undefined;
  /** Without validation 0 unless given. */
  baseFeePerGas?: bigint | undefined;
  difficulty?: bigint | undefined;
  parentBeaconBlockRoot?: Hex | undefined;
  withdrawals?: readonly Withdrawal[] | undefined;
  /** Accounts as they are to be before the first call. */
  edits?: readonly StateEdit[] | undefined;
  calls?: readonly SimulatedCall[] | undefined;
}

/** How blocks are simulated. */
export interface SimulateOptions {
  /** True: nonces and fees are checked as in a block. */
  validation?: boolean;
  /** Ether that moves leaves a log of 0xeeee…ee, among those of the calls; receipts have none of them. */
  transferLogs?: boolean;
  /** Gas that all calls may use together; 50 million unless given. */
  gas?: bigint;
  signal?: AbortSignal;
}

/** A simulated block and what its calls gave. */
export interface SimulatedBlock {
  block: BlockEntry;
  calls: readonly SimulatedTransaction[];
}

/** The blocks to simulate are not in order, or too many. */
export class SimulationOrderError extends ChainError {
  override readonly name = "SimulationOrderError";
  constructor(code: "NUMBER_ORDER" | "TIMESTAMP_ORDER" | "TOO_MANY_BLOCKS", message: string) {
    super(code, message);
  }
}

/** A call's nonce can never come. */
export class SimulatedNonceError extends ChainError {
  override readonly name = "SimulatedNonceError";
  constructor(index: number, expected: bigint) {
    super("NONCE_TOO_HIGH", `the nonce of call ${index} is too high`, { expected, met: OPEN_FIELD });
  }
}

/** Where blocks are simulated. */
export interface SimulationPlace {
  engine: Engine;
  config: ChainConfig;
  ancestry: Ancestry;
}

const DEFAULT_GAS = 50_000_000n;
/** Blocks behind the base; those filled in count (execution-apis). */
const MOST_BLOCKS = 256n;
const SECONDS_PER_BLOCK = 12n;

/** The blocks with numbers and times, and those between them. @throws SimulationOrderError */
export function inOrder(blocks: readonly BlockToSimulate[], base: BlockEntry): BlockToSimulate[] {
  const ordered: BlockToSimulate[] = [];
  let { number, timestamp } = base.header;
  for (const block of blocks) {
    const next = block.number ?? number + 1n;
    if (next <= number) {
      throw new SimulationOrderError("NUMBER_ORDER", `block numbers must be in order: ${next} <= ${number}`);
    }
    if (next - base.number > MOST_BLOCKS) {
      throw new SimulationOrderError("TOO_MANY_BLOCKS", `at most ${MOST_BLOCKS} blocks can be simulated`);
    }
    while (number + 1n < next) {
      number += 1n;
      timestamp += SECONDS_PER_BLOCK;
      ordered.push({ number, timestamp });
    }
    const time = block.timestamp ?? timestamp + SECONDS_PER_BLOCK;
    if (time <= timestamp) {
      throw new SimulationOrderError(
        "TIMESTAMP_ORDER",
        `block timestamps must be in order: ${time} <= ${timestamp}`,
      );
    }
    number = next;
    timestamp = time;
    ordered.push({ ...block, number, timestamp });
  }
  return ordered;
}

/** The blocks that were simulated and those before them: for BLOCKHASH. */
class SimulatedAncestry implements Ancestry {
  readonly #simulated = new Map<Hex, BlockEntry>();
  readonly #known: Ancestry;

  constructor(known: Ancestry) {
    this.#known = known;
  }

  add(block: BlockEntry): void {
    this.#simulated.set(block.hash, block);
  }

  get olderHash(): Ancestry["olderHash"] {
    return this.#known.olderHash;
  }

  byHash(hash: Hex): BlockEntry | undefined {
    return this.#simulated.get(hash) ?? this.#known.byHash(hash);
  }

  isMain(block: BlockEntry): boolean {
    return !this.#simulated.has(block.hash) && this.#known.isMain(block);
  }

  line(parent: BlockEntry, count: number): BlockEntry[] {
    const line: BlockEntry[] = [];
    let at: BlockEntry | undefined = parent;
    while (at !== undefined && this.#simulated.has(at.hash) && line.length < count) {
      line.push(at);
      at = this.byHash(at.header.parentHash);
    }
    return at === undefined || line.length === count
      ? line
      : [...line, ...this.#known.line(at, count - line.length)];
  }

  hashes(parent: BlockEntry, count: number): Map<bigint, Hex> {
    const simulated = this.line(parent, Math.min(count, this.#simulated.size));
    const hashes = new Map(simulated.map(({ number, hash }) => [number, hash]));
    const last = simulated.findLast(({ hash }) => this.#simulated.has(hash));
    const known = last === undefined ? parent : this.byHash(last.header.parentHash);
    if (known !== undefined)
      for (const [number, hash] of this.#known.hashes(known, count)) hashes.set(number, hash);
    return hashes;
  }
}

/**
 * Simulates blocks after `base`, behind which `state` stands.
 * @throws SimulationOrderError, SimulatedNonceError; InvalidTransactionError for the first call that is not valid
 */
export async function simulateBlocks(
  place: SimulationPlace,
  base: BlockEntry,
  state: LentState,
  blocks: readonly BlockToSimulate[],
  options: SimulateOptions,
): Promise<SimulatedBlock[]> {
  const ancestry = new SimulatedAncestry(place.ancestry);
  const simulated: SimulatedBlock[] = [];
  let gas = options.gas ?? DEFAULT_GAS;
  let parent = base;
  for (const block of inOrder(blocks, base)) {
    const one = await simulateBlock({ ...place, ancestry }, parent, state, block, { ...options, gas });
    simulated.push(one);
    parent = one.block;
    ancestry.add(parent);
    for (const { gasUsed } of one.calls) gas -= gasUsed;
  }
  return simulated;
}

async function simulateBlock(
  { engine, config, ancestry }: SimulationPlace,
  parent: BlockEntry,
  state: LentState,
  block: BlockToSimulate,
  { validation = false, transferLogs = false, gas = DEFAULT_GAS, signal }: SimulateOptions,
): Promise<SimulatedBlock> {
  const { calls = [], edits = [], coinbase = parent.header.coinbase } = block;
  const baseFeePerGas = block.baseFeePerGas ?? (validation ? undefined : 0n);
  const { header, rules } = proposeHeader(config, parent, { ...block, coinbase, baseFeePerGas });
  // As the specification's other nodes have it: nobody mines these.
  if (rules.fork < Fork.Paris) header.difficulty = parent.header.difficulty;
  if (block.difficulty !== undefined) header.difficulty = block.difficulty;
  if (edits.length > 0) await state.edit(edits);

  const withdrawals = rules.fork >= Fork.Shanghai ? (block.withdrawals ?? []) : undefined;
  const { blobBaseFee, precompiles } = block;
  const simulation = { validation, gas, blobBaseFee, precompiles };
  const senders = packAddresses(calls.map(({ from }) => from));
  const envelopes = (fields: (index: number) => { nonce: bigint; gas: bigint }) =>
    packTransactions(
      calls.map((call, i) => openEnvelope({ ...call, ...fields(i), chainId: rules.chainId }, rules.fork)),
    );
  const run = (transactions: ReturnType<typeof envelopes>, options: SimulationOptions) => {
    const executable = {
      header,
      transactions,
      senders,
      uncles: [],
      withdrawals,
      simulation: options,
      signal,
    };
    return execute(engine, executable, parent, ancestry);
  };

  const open = await run(
    envelopes((i) => ({ nonce: calls[i]!.nonce ?? OPEN_FIELD, gas: calls[i]!.gas ?? OPEN_FIELD })),
    { ...simulation, open: true, transferLogs },
  );
  const outcomes = open.simulated!;
  open.discard();
  const nonces = outcomes.map(({ nonce }, i) => {
    const given = calls[i]!.nonce;
    if (validation && given !== undefined && given !== nonce) throw new SimulatedNonceError(i, nonce);
    return given ?? nonce;
  });
  const transactions = envelopes((i) => ({ nonce: nonces[i]!, gas: outcomes[i]!.gasLimit }));
  const result = await run(transactions, simulation);
  let entry: BlockEntry;
  try {
    const body = { transactions, senders, uncles: [], withdrawals };
    entry = entryOf(sealed(header, result), body, result, parent);
  } catch (error) {
    result.discard();
    throw error;
  }
  await state.commit(result);
  return { block: entry, calls: outcomes };
}

/** The envelope of a call that nobody has signed; before their forks there are no other types than the first ones. */
function openEnvelope(fields: EnvelopeFields, fork: Fork): Uint8Array {
  const isOld = fork < Fork.London;
  return new Envelope({
    ...fields,
    gasPrice: isOld ? (fields.gasPrice ?? 0n) : fields.gasPrice,
    accessList: fork < Fork.Berlin ? undefined : fields.accessList,
  }).withoutSignature;
}
