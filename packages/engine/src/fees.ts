// Prices and difficulties that a block's header must have, computed from its parent's.

import { InvalidArgumentError } from "./errors.ts";
import { type BlobSchedule, Fork, type Rules } from "./forks.ts";

/** Blob gas that one blob uses (EIP-4844). */
export const GAS_PER_BLOB = 131072n;
/** EIP-7918: the execution gas that a blob is held to be worth at least. */
const BLOB_BASE_COST = 8192n;
const MIN_BLOB_BASE_FEE = 1n;
const INITIAL_BASE_FEE = 1_000_000_000n;

/** EIP-4844's approximation of `factor * e ** (numerator / denominator)` by its Taylor series. */
export function fakeExponential(factor: bigint, numerator: bigint, denominator: bigint): bigint {
  let sum = 0n;
  let term = factor * denominator;
  for (let i = 1n; term > 0n; i++) {
    sum += term;
    term = (term * numerator) / (denominator * i);
  }
  return sum / denominator;
}

/** e ** 178 is above 2 ** 256: no chain gets there, and near 2 ** 64 the price would have a million million digits. */
const HIGHEST_EXPONENT = 178n;

/**
 * Wei a unit of blob gas (EIP-4844).
 * @throws InvalidArgumentError where the price would not fit in 256 bits
 */
export function blobBaseFee(excessBlobGas: bigint, blobs: BlobSchedule): bigint {
  const highest = HIGHEST_EXPONENT * BigInt(blobs.baseFeeUpdateFraction);
  if (excessBlobGas > highest) {
    throw new InvalidArgumentError("header.excessBlobGas", `at most ${highest}`, excessBlobGas);
  }
  return fakeExponential(MIN_BLOB_BASE_FEE, excessBlobGas, BigInt(blobs.baseFeeUpdateFraction));
}

/** What of a parent's header the excess of blob gas depends on. */
export interface BlobParent {
  excessBlobGas?: bigint | undefined;
  blobGasUsed?: bigint | undefined;
  baseFeePerGas?: bigint | undefined;
}

/** `excessBlobGas` of a block under `rules` (EIP-4844; from Osaka on EIP-7918: a floor under the price). */
export function nextExcessBlobGas(parent: BlobParent, rules: Pick<Rules, "fork" | "blobs">): bigint {
  const blobs = rules.blobs;
  if (blobs === undefined) return 0n;
  const excess = parent.excessBlobGas ?? 0n;
  const used = parent.blobGasUsed ?? 0n;
  const target = BigInt(blobs.target) * GAS_PER_BLOB;
  if (excess + used < target) return 0n;
  if (
    rules.fork >= Fork.Osaka &&
    BLOB_BASE_COST * (parent.baseFeePerGas ?? 0n) > GAS_PER_BLOB * blobBaseFee(excess, blobs)
  ) {
    return excess + (used * BigInt(blobs.max - blobs.target)) / BigInt(blobs.max);
  }
  return excess + used - target;
}

/** `baseFeePerGas` of the block after `parent` (EIP-1559). */
export function nextBaseFee(
  parent: { gasLimit: bigint; gasUsed: bigint; baseFeePerGas?: bigint | undefined },
  rules: Pick<Rules, "londonFirst">,
): bigint {
  const base = parent.baseFeePerGas;
  if (rules.londonFirst || base === undefined) return INITIAL_BASE_FEE;
  const target = parent.gasLimit / 2n;
  if (parent.gasUsed === target || target === 0n) return base;
  if (parent.gasUsed > target) {
    const rise = (base * (parent.gasUsed - target)) / target / 8n;
    return base + (rise > 1n ? rise : 1n);
  }
  return base - (base * (target - parent.gasUsed)) / target / 8n;
}

/** Lowest and highest gas limit allowed after `parent` (both included). */
export function gasLimitBounds(
  parent: { gasLimit: bigint },
  rules: Pick<Rules, "londonFirst">,
): { lowest: bigint; highest: bigint } {
  // EIP-1559: the elasticity doubles the limit once, so that the target stays where it was.
  const base = parent.gasLimit * (rules.londonFirst ? 2n : 1n);
  const step = base / 1024n;
  const lowest = base - step + 1n;
  return { lowest: lowest > 5000n ? lowest : 5000n, highest: base + step - 1n };
}

const MINIMUM_DIFFICULTY = 131072n;

/** `difficulty` of a proof-of-work block at `timestamp` (Yellow Paper; EIP-2, EIP-100 and the bomb's delays). */
export function nextDifficulty(
  parent: { number: bigint; timestamp: bigint; difficulty: bigint; hasUncles: boolean },
  timestamp: bigint,
  rules: Pick<Rules, "fork" | "bombDelay">,
): bigint {
  const step = parent.difficulty / 2048n;
  const elapsed = timestamp - parent.timestamp;
  let factor: bigint;
  if (rules.fork < Fork.Homestead) factor = elapsed < 13n ? 1n : -1n;
  else if (rules.fork < Fork.Byzantium) factor = 1n - elapsed / 10n;
  else factor = (parent.hasUncles ? 2n : 1n) - elapsed / 9n;
  if (factor < -99n) factor = -99n;
  let difficulty = parent.difficulty + step * factor;
  if (difficulty < MINIMUM_DIFFICULTY) difficulty = MINIMUM_DIFFICULTY;

  const number = parent.number + 1n - rules.bombDelay;
  const period = (number > 0n ? number : 0n) / 100_000n;
  return period >= 2n ? difficulty + (1n << (period - 2n)) : difficulty;
}
