// Fees of past blocks, and what to offer for the next one.

import { type BlockEntry, type Chain, effectiveGasPrice } from "@heddle/chain";
import { blobBaseFee, nextBaseFee, nextExcessBlobGas, type Rules } from "@heddle/engine";
import { quantity } from "./encode/quantity.ts";
import { InvalidParamsError } from "./errors.ts";
import type { Decoder } from "./method.ts";

/** Blocks that one request may ask for (geth's). */
const MAX_BLOCKS = 1024;
const MAX_PERCENTILES = 100;
const SAMPLED_BLOCKS = 20;
const SAMPLED_TRANSACTIONS = 3;
const SAMPLE_PERCENTILE = 60;
/** Offered where nobody has paid anything lately. */
const DEFAULT_TIP = 1_000_000_000n;
const GAS_PER_BLOB = 131_072n;

/** Wei a unit of gas that a transaction paid beyond the base fee. */
function tipOf(block: BlockEntry, index: number): bigint {
  const price = effectiveGasPrice(block.transaction(index), block.header.baseFeePerGas);
  return price - (block.header.baseFeePerGas ?? 0n);
}

const cheapest = new WeakMap<BlockEntry, readonly bigint[]>();

/** The lowest tips of a block, lowest first. */
function cheapestTips(block: BlockEntry): readonly bigint[] {
  let tips = cheapest.get(block);
  if (tips === undefined) {
    const all: bigint[] = [];
    // Of a full block a part tells enough.
    const step = Math.max(1, Math.floor(block.transactionCount / 200));
    for (let i = 0; i < block.transactionCount; i += step) all.push(tipOf(block, i));
    tips = all.sort(compare).slice(0, SAMPLED_TRANSACTIONS);
    cheapest.set(block, tips);
  }
  return tips;
}

/** A tip with which a transaction can expect to be in the next block: what the cheaper ones of the last blocks paid. */
export function suggestedTip(chain: Chain): bigint {
  const tips: bigint[] = [];
  let block: BlockEntry | undefined = chain.head;
  for (let i = 0; i < SAMPLED_BLOCKS && block !== undefined; i++, block = chain.parent(block)) {
    tips.push(...cheapestTips(block));
  }
  if (tips.length === 0) return DEFAULT_TIP;
  return tips.sort(compare)[Math.floor(((tips.length - 1) * SAMPLE_PERCENTILE) / 100)]!;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Wei a unit of blob gas in a block; 0 before Cancun. */
export function blobFee(block: BlockEntry, rules: Rules): bigint {
  const { excessBlobGas } = block.header;
  return rules.blobs === undefined || excessBlobGas === undefined
    ? 0n
    : blobBaseFee(excessBlobGas, rules.blobs);
}

/** Rising percentages. */
export const percentiles: Decoder<number[]> = (value, path) => {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > MAX_PERCENTILES) {
    throw new InvalidParamsError(path, `an array of at most ${MAX_PERCENTILES} percentages`, value);
  }
  value.forEach((one, i) => {
    const before = i === 0 ? 0 : value[i - 1];
    if (typeof one !== "number" || !(one >= before && one <= 100)) {
      throw new InvalidParamsError(`${path}[${i}]`, `a percentage from ${before} to 100`, one);
    }
  });
  return value;
};

/** Tips at percentiles of the block's gas. */
function rewards(block: BlockEntry, wanted: readonly number[]): bigint[] {
  const { transactionCount: count } = block;
  if (count === 0) return wanted.map(() => 0n);
  const { gasUsed } = block.receipts;
  const sorted = Array.from({ length: count }, (_, i) => ({ tip: tipOf(block, i), gas: gasUsed[i]! })).sort(
    (a, b) => compare(a.tip, b.tip),
  );
  let at = 0;
  let sum = sorted[0]!.gas;
  return wanted.map((percentile) => {
    const threshold = (Number(block.header.gasUsed) * percentile) / 100;
    while (sum < threshold && at < count - 1) sum += sorted[++at]!.gas;
    return sorted[at]!.tip;
  });
}

/** Rules and base fee behind a block: those of the block that came, of the one to come (a fee set for it holds), or computed. */
function followingBlock(chain: Chain, block: BlockEntry): { rules: Rules; baseFee: bigint } {
  if (!chain.isMain(block)) {
    const rules = chain.rulesOf(block);
    const isFeeless = block.header.baseFeePerGas === undefined && !rules.londonFirst;
    return { rules, baseFee: isFeeless ? 0n : nextBaseFee(block.header, rules) };
  }
  const child = chain.block(block.number + 1n);
  const { header, rules } =
    child === undefined ? chain.proposal() : { header: child.header, rules: chain.rulesOf(child) };
  return { rules, baseFee: header.baseFeePerGas ?? 0n };
}

/** Answers eth_feeHistory: `count` blocks up to `newest`, and the fees of the one behind. */
export function feeHistory(
  chain: Chain,
  count: number,
  newest: BlockEntry,
  wanted: readonly number[],
): unknown {
  const blocks: BlockEntry[] = [];
  const most = Math.min(count, MAX_BLOCKS);
  for (
    let at: BlockEntry | undefined = newest;
    at !== undefined && blocks.length < most;
    at = chain.parent(at)
  ) {
    blocks.unshift(at);
    if (at.number === 0n) break;
  }
  if (blocks.length === 0) return { oldestBlock: "0x0", gasUsedRatio: [] };
  const rules = blocks.map((block) => chain.rulesOf(block));
  const after = followingBlock(chain, newest);
  const next = after.rules;
  const nextExcess = nextExcessBlobGas(newest.header, next);
  const history: Record<string, unknown> = {
    oldestBlock: quantity(blocks[0]!.number),
    baseFeePerGas: [
      ...blocks.map(({ header }) => quantity(header.baseFeePerGas ?? 0n)),
      quantity(after.baseFee),
    ],
    gasUsedRatio: blocks.map(({ header }) => Number(header.gasUsed) / Number(header.gasLimit)),
    baseFeePerBlobGas: [
      ...blocks.map((block, i) => quantity(blobFee(block, rules[i]!))),
      quantity(next.blobs === undefined ? 0n : blobBaseFee(nextExcess, next.blobs)),
    ],
    blobGasUsedRatio: blocks.map(({ header }, i) => {
      const limit = BigInt(rules[i]!.blobs?.max ?? 0) * GAS_PER_BLOB;
      return limit === 0n ? 0 : Number(header.blobGasUsed ?? 0n) / Number(limit);
    }),
  };
  if (wanted.length > 0) history["reward"] = blocks.map((block) => rewards(block, wanted).map(quantity));
  return history;
}
