// A remote node, spoken to by JSON-RPC: many requests in one batch, tried again where that can help, never longer than it
// may take. The transports are viem's.

import { setTimeout as sleep } from "node:timers/promises";
import { InvalidArgumentError } from "@heddle/engine";
import { RemoteError, type RemoteProblem } from "./errors.ts";

/** How a remote node is spoken to. */
export interface RemoteOptions {
  /** http, https, ws or wss. User and password are sent as an Authorization header. */
  url: string;
  /** Sent with every request; not over WebSockets. */
  headers?: Readonly<Record<string, string>>;
  /** How often a request is tried again after 429, 5xx and broken connections; 5 unless given. */
  retries?: number;
  /** Milliseconds before the first of them, unless the remote says how long (Retry-After); they double. 250 unless given. */
  retryDelay?: number;
  /** Milliseconds that one answer may take; 45,000 unless given. */
  timeout?: number;
  /** Requests in one batch; 100 unless given, 1 for remotes that know no batches. */
  batchSize?: number;
  /**
   * From the first 429 on no more than so many compute units are asked for in a second, a request taken for 17 as an average
   * of what providers count. 330 unless given; Infinity: no limit.
   */
  computeUnitsPerSecond?: number;
}

/** Sends one request. */
export type Request = (method: string, ...params: unknown[]) => Promise<unknown>;

interface Transport {
  request(request: { method: string; params: unknown }, options: { signal: AbortSignal }): Promise<unknown>;
  close?: () => void;
}

const REQUEST_UNITS = 17;
/** Requests that are let go at the same time share a batch. */
const PACE = 100;
const LARGEST_ANSWER = 512 * 2 ** 20;

/** Spreads requests over time once the remote has said that they are too many. */
class Pace {
  readonly #gap: number;
  #isLimited = false;
  #next = 0;

  constructor(unitsPerSecond: number) {
    this.#gap = (1000 * REQUEST_UNITS) / unitsPerSecond;
  }

  limit(): void {
    this.#isLimited = true;
  }

  /** Resolves when one more request may go. */
  async turn(signal: AbortSignal): Promise<void> {
    if (!this.#isLimited || this.#gap === 0) return;
    const now = performance.now();
    const slot = Math.max(now, this.#next);
    this.#next = slot + this.#gap;
    const wait = Math.floor((slot - now) / PACE) * PACE;
    if (wait > 0) await sleep(wait, undefined, { signal, ref: true });
  }
}

function positive(value: number | undefined, field: string, absent: number): number {
  if (value === undefined) return absent;
  if (!(value > 0)) throw new InvalidArgumentError(field, "above 0", value);
  return value;
}

function parsedUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^(https?|wss?):$/.test(parsed.protocol)) {
    // What was given may hold a key.
    throw new InvalidArgumentError(
      "url",
      "an address that begins with http, https, ws or wss",
      "another one",
    );
  }
  return parsed;
}

/** The fields of viem's errors that tell what happened, gathered from an error and its causes. */
interface Met {
  name: string;
  code?: number | undefined;
  status?: number | undefined;
  data?: unknown;
  message: string;
  isJson: boolean;
}

function met(error: unknown): Met {
  const found: Met = { name: "", message: "", isJson: true };
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const { code, status, details, data } = at as unknown as Record<string, unknown>;
    if (found.name === "" || found.name === "UnknownRpcError") found.name = at.name;
    if (typeof code === "number") found.code ??= code;
    if (typeof status === "number") found.status ??= status;
    found.data ??= data;
    if (typeof code === "string") found.message ||= code;
    if (at instanceof SyntaxError || /^Expected \d+ responses/.test(at.message)) found.isJson = false;
    if (typeof details === "string" && details !== "fetch failed") found.message ||= details;
  }
  return found;
}

/** Requests to one remote node. It must be closed. */
export class RemoteClient {
  /** Scheme and host: what may be shown. */
  readonly url: string;
  readonly #transport: Transport;
  readonly #pace: Pace;
  readonly #closing = new AbortController();
  #requests = 0;
  #demanded: ((request: Request) => Promise<void>) | undefined;
  #asking: Promise<void> | undefined;

  private constructor(url: string, transport: Transport, pace: Pace) {
    this.url = url;
    this.#transport = transport;
    this.#pace = pace;
  }

  /**
   * Nothing is sent yet.
   * @throws InvalidArgumentError naming the option that is wrong
   *
   * @example
   * ```ts
   * const client = await RemoteClient.open({ url: "http://127.0.0.1:8545" });
   * console.log(await client.request("eth_chainId"));
   * client.close();
   * ```
   */
  static async open(options: RemoteOptions): Promise<RemoteClient> {
    const { protocol, host } = parsedUrl(options.url);
    const { retries = 5, headers = {} } = options;
    if (!Number.isInteger(retries) || retries < 0) {
      throw new InvalidArgumentError("retries", "an integer from 0 on", retries);
    }
    const timeout = positive(options.timeout, "timeout", 45_000);
    const retryDelay = positive(options.retryDelay, "retryDelay", 250);
    const batchSize = positive(options.batchSize, "batchSize", 100);
    const pace = new Pace(positive(options.computeUnitsPerSecond, "computeUnitsPerSecond", 330));
    // Only who forks pays for reading the library.
    const { http, webSocket } = await import("viem");
    const common = { retryCount: retries, retryDelay, timeout };
    let transport: Transport;
    if (protocol.startsWith("http")) {
      const { request } = http(options.url, {
        ...common,
        batch: batchSize > 1 ? { batchSize, wait: 0 } : false,
        fetchOptions: { headers },
        maxResponseBodySize: LARGEST_ANSWER,
        onFetchResponse: ({ status }) => {
          if (status === 429) pace.limit();
        },
      })({});
      transport = { request: request as Transport["request"] };
    } else {
      const { request, value } = webSocket(options.url, common)({});
      transport = {
        request: request as Transport["request"],
        close: () =>
          void value?.getRpcClient().then(
            (socket) => socket.close(),
            () => undefined,
          ),
      };
    }
    return new RemoteClient(`${protocol}//${host}`, transport, pace);
  }

  /** Requests that were made, a batch counted as many. */
  get requests(): number {
    return this.#requests;
  }

  /**
   * Before the next request `check` asks the remote whether it is the right one; what it throws ends that request and is asked
   * again before the one after it.
   */
  demand(check: (request: Request) => Promise<void>): void {
    this.#demanded = check;
  }

  /**
   * What the remote answers; what that is nobody has looked at.
   * @throws RemoteError
   */
  async request(method: string, ...params: unknown[]): Promise<unknown> {
    if (this.#demanded !== undefined) {
      this.#asking ??= this.#ask(this.#demanded);
      await this.#asking;
    }
    return this.#send(method, ...params);
  }

  async #ask(check: (request: Request) => Promise<void>): Promise<void> {
    try {
      await check((method, ...params) => this.#send(method, ...params));
      this.#demanded = undefined;
    } finally {
      this.#asking = undefined;
    }
  }

  async #send(method: string, ...params: unknown[]): Promise<unknown> {
    const { signal } = this.#closing;
    if (signal.aborted) throw this.error("CLOSED", method);
    this.#requests++;
    try {
      await this.#pace.turn(signal);
      return await this.#transport.request({ method, params }, { signal });
    } catch (error) {
      throw this.#translated(method, error);
    }
  }

  /** An error of this remote. */
  error(problem: RemoteProblem, method: string, expected?: unknown, found?: unknown): RemoteError {
    return new RemoteError(problem, { method, url: this.url, expected, met: found });
  }

  #translated(method: string, error: unknown): RemoteError {
    const { url } = this;
    if (this.#closing.signal.aborted) return this.error("CLOSED", method);
    const { name, code, status, data, message, isJson } = met(error);
    if (name === "TimeoutError") return this.error("TIMEOUT", method, "an answer in time");
    if (status === 429 || code === 429 || code === -32005 || code === -32007) {
      return this.error("RATE_LIMITED", method, undefined, message || "too many requests");
    }
    if (name === "ResponseBodyTooLargeError") {
      return this.error("MALFORMED", method, `an answer of at most ${LARGEST_ANSWER} bytes`);
    }
    if (!isJson) return this.error("MALFORMED", method, "an answer of JSON-RPC", message || "something else");
    if (status !== undefined && code === undefined) {
      return this.error("UNREACHABLE", method, undefined, `HTTP ${status}`);
    }
    if (code !== undefined) {
      const said = message || `error ${code}`;
      return new RemoteError("REFUSED", { method, url, met: said, rpcCode: code, rpcData: data });
    }
    return this.error("UNREACHABLE", method, undefined, message || "no connection");
  }

  /** Ends what waits, with an error of its own. */
  close(): void {
    this.#closing.abort();
    this.#transport.close?.();
  }
}
