// What can go wrong with a remote node. None of it names more of the address than its host: paths and queries hold keys.

import { ChainError } from "../errors.ts";

/** Why a remote node is of no use just now. */
export type RemoteProblem =
  /** No connection, or an answer that is none of JSON-RPC's: HTTP 5xx, 403, a page. */
  | "UNREACHABLE"
  /** No answer in time. */
  | "TIMEOUT"
  /** Too many requests, also after waiting. */
  | "RATE_LIMITED"
  /** The remote answered with an error. */
  | "REFUSED"
  /** An answer that is not what the method gives. */
  | "MALFORMED"
  /** A value that its proof does not prove. */
  | "UNPROVEN"
  /** Another chain, or another block, than the one that was asked for. */
  | "WRONG_CHAIN"
  /** The client was closed while it waited. */
  | "CLOSED";

/** What is known of the request that failed. */
export interface RemoteErrorFacts {
  method: string;
  /** Scheme and host. */
  url: string;
  expected?: unknown;
  met?: unknown;
  /** Of JSON-RPC's error, where the remote answered with one. */
  rpcCode?: number | undefined;
  rpcData?: unknown;
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return text.length > 160 ? `${text.slice(0, 157)}…` : text;
}

/** A remote node did not give what was asked of it; retries are behind it. `code` is "REMOTE_" and the problem. */
export class RemoteError extends ChainError {
  override readonly name = "RemoteError";
  readonly problem: RemoteProblem;
  readonly method: string;
  readonly url: string;
  /** Code and data of JSON-RPC's error, where the remote answered with one. */
  readonly rpcCode: number | undefined;
  readonly rpcData: unknown;

  constructor(problem: RemoteProblem, facts: RemoteErrorFacts) {
    const { method, url, expected, met, rpcCode, rpcData } = facts;
    const parts = [
      `${method} of ${url}`,
      ...(expected === undefined ? [] : [`expected ${shown(expected)}`]),
      ...(met === undefined ? [] : [`met ${shown(met)}`]),
    ];
    super(`REMOTE_${problem}`, parts.join(": "), { expected, met });
    this.problem = problem;
    this.method = method;
    this.url = url;
    this.rpcCode = rpcCode;
    this.rpcData = rpcData;
  }
}
