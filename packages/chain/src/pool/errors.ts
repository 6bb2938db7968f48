// Why the pool does not take a transaction. Messages begin with geth's words, by which wallets and libraries know them.

import type { Hex, InvalidReason } from "@heddle/engine";
import { ChainError } from "../errors.ts";

/** Why a transaction is refused: what the engine names so, or a rule of the pool itself. */
export type RefusalReason =
  | InvalidReason
  | "AlreadyKnown"
  | "ReplacementUnderpriced"
  | "Underpriced"
  | "PoolFull"
  | "AccountLimit"
  | "TooLarge"
  | "SidecarMissing"
  | "SidecarInvalid";

const WORDS: Partial<Record<RefusalReason, string>> = {
  AlreadyKnown: "already known",
  ReplacementUnderpriced: "replacement transaction underpriced",
  Underpriced: "transaction underpriced",
  PoolFull: "txpool is full",
  AccountLimit: "account limit exceeded",
  TooLarge: "oversized data",
  SidecarMissing: "missing sidecar in blob transaction",
  SidecarInvalid: "invalid blob sidecar",
  Malformed: "rlp: malformed transaction",
  TypeNotSupported: "transaction type not supported",
  InvalidSignature: "invalid sender",
  InvalidChainId: "invalid chain id for signer",
  NonceTooLow: "nonce too low",
  NonceTooHigh: "nonce too high",
  NonceIsMax: "nonce has max value",
  InsufficientFunds: "insufficient funds for gas * price + value",
  IntrinsicGasTooLow: "intrinsic gas too low",
  FloorGasTooLow: "insufficient gas for floor data gas cost",
  InitcodeSizeExceeded: "max initcode size exceeded",
  SenderNotEoa: "sender not an eoa",
  MaxFeeBelowBaseFee: "max fee per gas less than block base fee",
  PriorityAboveMaxFee: "max priority fee per gas higher than max fee per gas",
  GasAllowanceExceeded: "exceeds block gas limit",
  GasLimitAboveMaximum: "transaction gas limit too high",
  MaxBlobFeeTooLow: "max fee per blob gas less than block blob gas fee",
  NoBlobs: "blob transaction missing blob hashes",
  TooManyBlobs: "blob transaction has too many blobs",
  BlobVersion: "blob transaction has a hash of an unknown version",
  BlobCreate: "blob transaction cannot create a contract",
  EmptyAuthorizations: "EIP-7702 transaction with empty auth list",
  AuthorizationCreate: "EIP-7702 transaction cannot be used to create contract",
};

/**
 * The pool does not take a transaction. `reason` is stable and made for programs; `met` and `expected` are the two values
 * of which it is, where there are two: nonces for NonceTooLow, wei for InsufficientFunds.
 *
 * @example
 * ```ts
 * try {
 *   await chain.pool.add(raw);
 * } catch (error) {
 *   if (error instanceof TransactionRefusedError && error.reason === "NonceTooLow") …
 * }
 * ```
 */
export class TransactionRefusedError extends ChainError {
  override readonly name = "TransactionRefusedError";
  readonly reason: RefusalReason;
  /** keccak256 of the transaction, where it could be read. */
  readonly hash: Hex | undefined;

  constructor(
    reason: RefusalReason,
    facts: { hash?: Hex | undefined; met?: bigint | string; expected?: bigint | string } = {},
  ) {
    const { met, expected, hash } = facts;
    const values = met === undefined ? "" : `: ${met}, expected ${expected}`;
    super("TRANSACTION_REFUSED", `${WORDS[reason] ?? reason}${values}`, { met, expected });
    this.reason = reason;
    this.hash = hash;
  }
}
