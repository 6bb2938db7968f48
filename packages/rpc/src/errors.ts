// Errors as JSON-RPC tells them: a code that clients decode, a message for people, data where there is some.

import type * as RpcResponse from "ox/RpcResponse";

/** Codes of JSON-RPC 2.0, of EIP-1474 and of geth: viem and ethers decide by them what they throw. */
export const ErrorCode = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** EIP-1474: invalid input; geth: everything that has no code of its own. */
  server: -32000,
  /** geth: the call took longer than it may. */
  timeout: -32002,
  /** geth: the answers of a batch are too many bytes. */
  responseTooLarge: -32003,
  /** EIP-1474: the method exists and is not supported here. */
  unsupported: -32004,
  limitExceeded: -32005,
  /** eth_sendRawTransactionSync: no receipt within the time (EIP-7966). */
  noReceiptYet: 4,
  /** eth_simulateV1, as execution-apis has them. */
  nonceTooLow: -38010,
  nonceTooHigh: -38011,
  baseFeeTooLow: -38012,
  intrinsicGas: -38013,
  insufficientFunds: -38014,
  blockGasLimit: -38015,
  blockNumberOrder: -38020,
  blockTimestampOrder: -38021,
  precompileMovesToItself: -38022,
  senderNotEoa: -38024,
  initcodeTooLarge: -38025,
  tooManyBlocks: -38026,
  /** eth_simulateV1: a call that failed otherwise than by REVERT. */
  simulatedFailure: -32015,
  /** EIP-140: the call was reverted; `data` holds what it gave. */
  reverted: 3,
} as const;

/** An error that is answered as it is. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }

  /** What stands under "error" of an answer. */
  toObject(): RpcResponse.ErrorObject {
    return this.data === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, data: this.data };
  }
}

/** What was given, short enough for a message. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  let text: string;
  try {
    text =
      typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : (JSON.stringify(value) ?? "nothing");
  } catch {
    text = typeof value;
  }
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** A parameter is not what it should be; tells where, what was expected and what was met. */
export class InvalidParamsError extends RpcError {
  readonly path: string;
  constructor(path: string, expected: string, met: unknown) {
    super(ErrorCode.invalidParams, `invalid params: ${path} must be ${expected}, but is ${shown(met)}`);
    this.path = path;
  }
}

export class InvalidRequestError extends RpcError {
  constructor(message: string) {
    super(ErrorCode.invalidRequest, `invalid request: ${message}`);
  }
}

export class MethodNotFoundError extends RpcError {
  constructor(method: string, near: string | undefined) {
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    super(ErrorCode.methodNotFound, `the method ${shown(method)} does not exist${hint}`);
  }
}

export class CallTimeoutError extends RpcError {
  constructor(milliseconds: number) {
    super(ErrorCode.timeout, `the call took longer than ${milliseconds} ms`);
  }
}

/** Something went wrong that nobody expected. The log has the details; the client gets none of them. */
export const internalError = (): RpcError => new RpcError(ErrorCode.internal, "internal error");
