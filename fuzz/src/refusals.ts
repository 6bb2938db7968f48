// Why a transaction is refused: our names and revm's sentences.

import { hexToBytes } from "@heddle/cli";
import { type CaseBlock, type CaseTransaction, type FuzzCase, hasFork } from "./case.ts";

/** What revm, and the pool before it, say, and which reasons of ours are the same. */
const REASONS: readonly (readonly [says: RegExp, ours: readonly string[]])[] = [
  [/^Access list received but is not supported/, ["TypeNotSupported"]],
  [/EIP-7702 parameters, but they are not supported/, ["TypeNotSupported"]],
  [/EIP-(1559|4844).* not supported by the current hard ?fork/, ["TypeNotSupported"]],
  [/invalid chainId|incompatible EIP-155/, ["InvalidChainId"]],
  // Gas, value and blobs together may cost more than a word holds: nobody has that much.
  [/enough funds|^lack of funds|overflow payment/, ["InsufficientFunds"]],
  [/is bigger than maxFeePerGas|^priority fee is greater than max fee/, ["PriorityAboveMaxFee"]],
  [/authorization list is empty/, ["EmptyAuthorizations"]],
  [/exceeds transaction gas cap/, ["GasLimitAboveMaximum"]],
  [/exceeds (the )?block gas limit/, ["GasAllowanceExceeded"]],
  [/[Nn]once.* too low/, ["NonceTooLow"]],
  [/[Nn]once.* too high/, ["NonceTooHigh"]],
  [/init code length is|^create initcode size limit/, ["InitcodeSizeExceeded"]],
  [/empty blobs/, ["NoBlobs"]],
  [/maxFeePerBlobGas .* too low|^blob gas price .* is greater than max fee/, ["MaxBlobFeeTooLow", "NoBlobs"]],
  [/^gas price is less than basefee/, ["MaxFeeBelowBaseFee"]],
  [/^nonce overflow/, ["NonceIsMax"]],
  [/senders with deployed code/, ["SenderNotEoa"]],
  // What the decoder says of a type that must have a recipient and has none.
  [/^unexpected length/, ["AuthorizationCreate", "BlobCreate"]],
  [
    /requires at least .* gas|^(call gas cost|gas floor) .* exceeds the gas limit/,
    ["IntrinsicGasTooLow", "FloorGasTooLow"],
  ],
];

/**
 * What the pool does not mind, because later blocks may be different: revm's miner leaves such transactions out. Where
 * something else is wrong with one too, the pool names that, and ours perhaps this.
 */
export const LEFT_OUT: readonly string[] = [
  "NonceTooHigh",
  "NonceIsMax",
  "MaxFeeBelowBaseFee",
  "GasAllowanceExceeded",
];

/**
 * True where our reason is one that revm's message stands for; `says` is undefined where the pool took the transaction
 * and no block had a place for it.
 */
export function isSameRefusal(says: string | undefined, reason: string): boolean {
  if (says === undefined) return LEFT_OUT.includes(reason);
  if (reason !== "GasAllowanceExceeded" && LEFT_OUT.includes(reason)) return true;
  return reasonsOf(says).includes(reason);
}

/** Our names for what revm says; none where it is not known. */
export function reasonsOf(says: string): readonly string[] {
  return REASONS.find(([pattern]) => pattern.test(says))?.[1] ?? [];
}

/** What a transaction costs before it runs, under the rules of every fork at least. */
function leastIntrinsicGas({ data, to }: CaseTransaction): number {
  const perByte = hexToBytes(data).reduce((gas, byte) => gas + (byte === 0 ? 4 : 16), 0);
  return 21_000 + (to === undefined ? 32_000 : 0) + perByte;
}

/**
 * The reasons that a transaction's own fields give for refusing it. Where several things are wrong, each side may name
 * another one.
 */
export function evidentFaults(t: CaseTransaction, block: CaseBlock, { fork, chainId }: FuzzCase): string[] {
  const since = ([undefined, "Berlin", "London", "Cancun", "Prague"] as const)[t.type];
  const faults: [boolean, string][] = [
    [since !== undefined && !hasFork(fork, since), "TypeNotSupported"],
    [t.chainId !== chainId && (t.type !== 0 || t.chainId !== 0), "InvalidChainId"],
    [t.type >= 2 && BigInt(t.maxPriorityFeePerGas) > BigInt(t.maxFeePerGas), "PriorityAboveMaxFee"],
    [t.gasLimit > 2 ** 24 && hasFork(fork, "Osaka"), "GasLimitAboveMaximum"],
    [t.gasLimit > block.gasLimit, "GasAllowanceExceeded"],
    [t.gasLimit < leastIntrinsicGas(t), "IntrinsicGasTooLow"],
    [t.type === 3 && t.blobs.length === 0, "NoBlobs"],
    [t.type === 3 && t.to === undefined, "BlobCreate"],
    [t.type === 3 && BigInt(t.maxFeePerBlobGas) === 0n, "MaxBlobFeeTooLow"],
    [t.type === 4 && t.authorizations.length === 0, "EmptyAuthorizations"],
    [t.type === 4 && t.to === undefined, "AuthorizationCreate"],
  ];
  return faults.filter(([wrong]) => wrong).map(([, reason]) => reason);
}

/** Rules of the pool's own that no block has to follow. */
const POOLS_OWN =
  /^Replacement transaction underpriced|shard blob\) transaction was received while auto-mine/;

/** True where revm's pool refuses what may stand in a block. */
export function isPoolsOwn(says: string): boolean {
  return POOLS_OWN.test(says);
}
