// State and block as a call wants to see them.

import type { CallHeader, Hex, StateEdit } from "@heddle/engine";
import { ErrorCode, InvalidParamsError, RpcError } from "../errors.ts";
import type { Decoder } from "../method.ts";
import {
  address,
  arrayOf,
  data,
  hash,
  mapOf,
  object,
  optional,
  quantity,
  quantity64,
  storageKey,
} from "./values.ts";

const MAX_ACCOUNTS = 10_000;
const MAX_SLOTS = 100_000;

const slots = mapOf(storageKey, storageKey, MAX_SLOTS);

const account = object({
  nonce: optional(quantity64),
  balance: optional(quantity),
  code: optional(data),
  state: optional(slots),
  stateDiff: optional(slots),
  movePrecompileToAddress: optional(address),
});

/** What an account is to be, and where its precompile is to go. */
export type AccountOverride = Partial<ReturnType<typeof account>>;

export const stateOverrides: Decoder<[Hex, AccountOverride][]> = (value, path) => {
  const read = mapOf(address, account, MAX_ACCOUNTS)(value, path);
  for (const [at, { state, stateDiff }] of read) {
    if (state !== undefined && stateDiff !== undefined) {
      throw new InvalidParamsError(`${path}.${at}`, "one with either state or stateDiff", {
        state: "…",
        stateDiff: "…",
      });
    }
  }
  return read;
};

/** The same as edits of the state. */
export function stateEdits(overrides: readonly (readonly [Hex, AccountOverride])[]): StateEdit[] {
  return overrides.map(([at, { nonce, balance, code, state, stateDiff }]) => {
    const edit: StateEdit = { address: at };
    if (nonce !== undefined) edit.nonce = nonce;
    if (balance !== undefined) edit.balance = balance;
    if (code !== undefined) edit.code = code;
    if (state !== undefined) edit.clearStorage = true;
    const written = state ?? stateDiff;
    if (written !== undefined) edit.storage = written.map(([key, word]) => [key, BigInt(word)] as const);
    return edit;
  });
}

/**
 * Where precompiles answer with these overrides, where that is not as `standing` says: by the address of each. One whose
 * account is overridden is gone from there.
 * @throws RpcError where what is to move is no precompile, or moves to where something else is overridden
 */
export function movedPrecompiles(
  overrides: readonly (readonly [Hex, AccountOverride])[],
  standing: ReadonlySet<Hex>,
): Map<Hex, Hex | undefined> {
  const moved = new Map<Hex, Hex | undefined>();
  const overridden = new Set(overrides.map(([at]) => at));
  for (const [at, { movePrecompileToAddress: target }] of overrides) {
    if (!standing.has(at)) {
      if (target === undefined) continue;
      throw new RpcError(ErrorCode.server, `account ${at} is not a precompile`);
    }
    if (target === at)
      throw new RpcError(ErrorCode.precompileMovesToItself, `precompile ${at} moves to itself`);
    if (target !== undefined && overridden.has(target)) {
      throw new RpcError(ErrorCode.server, `account ${target} is already overridden`);
    }
    if (!moved.has(at)) moved.set(at, undefined);
    if (target !== undefined) moved.set(target, at);
  }
  return moved;
}

const withdrawal = object({
  index: quantity64,
  validatorIndex: quantity64,
  address,
  amount: quantity64,
});

export const withdrawals = arrayOf(withdrawal, 1 << 16);

const prevRandao: Decoder<Hex> = (value, path) => storageKey(value, path);

/** Names of eth_simulateV1, and those that geth's eth_call has had before. */
const blockFields = object({
  number: optional(quantity64),
  time: optional(quantity64),
  gasLimit: optional(quantity64),
  feeRecipient: optional(address),
  coinbase: optional(address),
  prevRandao: optional(prevRandao),
  random: optional(prevRandao),
  difficulty: optional(quantity),
  baseFeePerGas: optional(quantity),
  baseFee: optional(quantity),
  blobBaseFee: optional(quantity),
  parentBeaconBlockRoot: optional(hash),
  beaconRoot: optional(hash),
  withdrawals: optional(withdrawals),
});

export interface BlockOverride {
  header: CallHeader;
  blobBaseFee: bigint | undefined;
  withdrawals: ReturnType<typeof withdrawals> | undefined;
}

export const blockOverride: Decoder<BlockOverride> = (value, path) => {
  const read = blockFields(value, path);
  const header: CallHeader = {};
  if (read.number !== undefined) header.number = read.number;
  if (read.time !== undefined) header.timestamp = read.time;
  if (read.gasLimit !== undefined) header.gasLimit = read.gasLimit;
  if (read.difficulty !== undefined) header.difficulty = read.difficulty;
  const coinbase = read.feeRecipient ?? read.coinbase;
  if (coinbase !== undefined) header.coinbase = coinbase;
  const mixHash = read.prevRandao ?? read.random;
  if (mixHash !== undefined) header.mixHash = mixHash;
  const baseFee = read.baseFeePerGas ?? read.baseFee;
  if (baseFee !== undefined) header.baseFeePerGas = baseFee;
  const root = read.parentBeaconBlockRoot ?? read.beaconRoot;
  if (root !== undefined) header.parentBeaconBlockRoot = root;
  return { header, blobBaseFee: read.blobBaseFee, withdrawals: read.withdrawals };
};
