// Errors of chain and engine as those that clients decode.

import { ChainError, RemoteError, TransactionRefusedError } from "@heddle/chain";
import {
  AbortedError,
  ColdReadError,
  DecodingError,
  EngineError,
  IntrinsicGasError,
  InvalidArgumentError,
  InvalidBlockError,
  InvalidHeaderError,
  InvalidTransactionError,
} from "@heddle/engine";
import { ErrorCode, RpcError } from "./errors.ts";

/** What geth says of a transaction that is not valid in its block. */
const WORDS: Partial<Record<InvalidTransactionError["reason"], string>> = {
  NonceTooLow: "nonce too low",
  NonceTooHigh: "nonce too high",
  NonceIsMax: "nonce has max value",
  InsufficientFunds: "insufficient funds for gas * price + value",
  IntrinsicGasTooLow: "intrinsic gas too low",
  FloorGasTooLow: "insufficient gas for floor data gas cost",
  MaxFeeBelowBaseFee: "max fee per gas less than block base fee",
  PriorityAboveMaxFee: "max priority fee per gas higher than max fee per gas",
  GasAllowanceExceeded: "gas limit reached",
  GasLimitAboveMaximum: "transaction gas limit too high",
  SenderNotEoa: "sender not an eoa",
  InitcodeSizeExceeded: "max initcode size exceeded",
};

/** The error to answer; undefined where nobody expected this one. */
export function translate(error: unknown): RpcError | undefined {
  const told = (message: string, code: number = ErrorCode.server) => new RpcError(code, message);
  if (error instanceof TransactionRefusedError) return told(error.message);
  if (error instanceof RemoteError && error.rpcCode !== undefined) {
    // What a remote says of its own blocks is said again word for word: clients decode it.
    return new RpcError(error.rpcCode, String(error.met), error.rpcData);
  }
  if (error instanceof ChainError) return told(error.message);
  if (error instanceof ColdReadError) {
    // What failed is told where it is known to be fit for others: of a remote, not of files.
    return error.cause instanceof RemoteError ? told(error.message) : undefined;
  }
  if (error instanceof EngineError && error.code === "NO_STATE_ROOT") {
    return told("proofs of a forked chain's own blocks cannot be made", ErrorCode.unsupported);
  }
  if (error instanceof InvalidTransactionError) {
    const words = WORDS[error.reason];
    return told(words === undefined ? error.message : `${words}: ${error.message}`);
  }
  if (error instanceof IntrinsicGasError) return told(`intrinsic gas too low: ${error.message}`);
  if (error instanceof InvalidArgumentError)
    return told(`invalid params: ${error.message}`, ErrorCode.invalidParams);
  if (
    error instanceof InvalidBlockError ||
    error instanceof InvalidHeaderError ||
    error instanceof DecodingError
  ) {
    return told(error.message);
  }
  if (error instanceof AbortedError) return told("the call was aborted", ErrorCode.timeout);
  if (error instanceof EngineError && error.code === "CLOSED") return told("the node is stopping");
  return undefined;
}
