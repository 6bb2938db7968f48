// What a server may be told, and what it does unless told otherwise.

import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { ErrorTranslation } from "../dispatch.ts";
import type { MethodTable } from "../method.ts";

export interface RpcServerOptions {
  methods: MethodTable;
  /** Turns errors of the chain into those that clients decode; without it they are internal errors. */
  translate?: ErrorTranslation;
  log: Logger;
  /** Where the server's metrics are registered, or what opens it when they are first asked for; /metrics answers all of it. */
  registry: Registry | (() => Promise<Registry>);
  /** What /health says beside the state; absent = nothing. */
  health?: () => Record<string, unknown>;
  /** 127.0.0.1 unless given. */
  host?: string;
  /** 0 = a free one; 8545 unless given. */
  port?: number;
  /** Names beside those of this machine that a Host header may have; "*" = any. */
  allowedHosts?: readonly string[];
  /** Origins whose pages may ask; "*" = any. Pages of this machine unless given. */
  cors?: "*" | readonly string[];
  limits?: Partial<RpcLimits>;
}

/** Bounds of what strangers can make the server do. Bytes, milliseconds, numbers. */
export interface RpcLimits {
  /** Of one message. */
  requestBytes: number;
  /** Of all messages that are being received or answered. */
  pendingBytes: number;
  batchItems: number;
  /** Of all answers to a batch. */
  batchBytes: number;
  /** Of what a socket's peer has not read; a socket that has more is closed. */
  unreadBytes: number;
  connections: number;
  /** Calls that one socket may have running; its next message is not read before one ends. */
  callsPerSocket: number;
  /** Until a client has sent a request's headers. */
  headersTimeout: number;
  /** Until a client has sent a request. */
  requestTimeout: number;
  /** Without any byte on a connection that has had no answer yet, or from a peer that must read first. */
  idleTimeout: number;
  /** Behind an answer: longer than clients keep connections, or they would meet closed ones. */
  keepAliveTimeout: number;
  callTimeout: number;
  /** Between pings of a socket; one that did not answer the last is closed. */
  pingInterval: number;
  /** That calls which run get when the server stops. */
  stopTimeout: number;
  /** Bytes from which an answer is compressed. */
  compressFrom: number;
}

const MIB = 2 ** 20;

export const DEFAULT_LIMITS: RpcLimits = {
  requestBytes: 5 * MIB,
  pendingBytes: 256 * MIB,
  batchItems: 1000,
  batchBytes: 25 * MIB,
  unreadBytes: 16 * MIB,
  connections: 10_000,
  callsPerSocket: 32,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  idleTimeout: 120_000,
  keepAliveTimeout: 600_000,
  callTimeout: 60_000,
  pingInterval: 20_000,
  stopTimeout: 5_000,
  compressFrom: 32 * 1024,
};
