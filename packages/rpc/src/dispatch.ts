// One request: checked, its method found and called, its answer or error put into the form of JSON-RPC 2.0.

import type { MaybePromise } from "@heddle/engine";
import type { Logger } from "pino";
import {
  CallTimeoutError,
  InvalidParamsError,
  InvalidRequestError,
  internalError,
  MethodNotFoundError,
  RpcError,
} from "./errors.ts";
import type { CallContext, Connection, MethodTable } from "./method.ts";
import { nearName } from "./near-name.ts";

/** An id that a request may have (JSON-RPC 2.0, section 4). */
export type RequestId = string | number | null;

interface Request {
  id: RequestId | undefined;
  method: string;
  params: unknown;
}

/** Turns an error that a handler threw into one that is answered; undefined = it is none that is known. */
export type ErrorTranslation = (error: unknown) => RpcError | undefined;

/** How a call went, for who counts. */
export interface CallReport {
  /** The method's name; "unknown" where there is none of the name given. */
  method: string;
  /** "ok", or the error's code. */
  outcome: string;
  seconds: number;
}

export interface DispatcherOptions {
  methods: MethodTable;
  translate: ErrorTranslation;
  log: Logger;
  /** Milliseconds that a call may take. */
  callTimeout: number;
  report: (report: CallReport) => void;
}

/** Where calls come from. */
export interface Caller {
  connection: Connection | undefined;
  /** The calls that run for it now: aborted when it is gone. */
  running: Set<RunningCall>;
}

/** A call that has begun. Most end at once and never look at their signal: it is made when one does. */
export class RunningCall implements CallContext {
  readonly connection: Connection | undefined;
  #over: AbortController | undefined;

  constructor(connection: Connection | undefined) {
    this.connection = connection;
  }

  get signal(): AbortSignal {
    this.#over ??= new AbortController();
    return this.#over.signal;
  }

  abort(reason: Error): void {
    this.#over ??= new AbortController();
    this.#over.abort(reason);
  }
}

const LONGEST_ID = 256;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The id of what may not even be a request: an error about it should still name it. */
function idOf(value: unknown): RequestId | undefined {
  const id = isObject(value) ? value["id"] : undefined;
  if (typeof id === "string") return id.length <= LONGEST_ID ? id : undefined;
  return typeof id === "number" || id === null ? id : undefined;
}

function checkRequest(value: unknown): Request {
  if (!isObject(value)) throw new InvalidRequestError("a request is an object");
  const { jsonrpc, method, params, id } = value;
  if (jsonrpc !== "2.0") throw new InvalidRequestError('jsonrpc must be "2.0"');
  if (typeof method !== "string") throw new InvalidRequestError("method must be a string");
  if (params !== undefined && params !== null && typeof params !== "object") {
    throw new InvalidRequestError("params must be an array or an object");
  }
  if (id !== undefined && idOf(value) === undefined) {
    throw new InvalidRequestError(
      `id must be a number, null or a string of at most ${LONGEST_ID} characters`,
    );
  }
  return { id: id as RequestId | undefined, method, params };
}

/** Answers an error to `id`, as text. */
export function errorText(id: RequestId | undefined, error: RpcError): string {
  return JSON.stringify({ jsonrpc: "2.0", id: id ?? null, error: error.toObject() });
}

/** Methods, and how many of their calls have not ended. */
class MethodsInUse {
  readonly methods: MethodTable;
  #calls = 0;
  #onEnd: (() => void) | undefined;

  constructor(methods: MethodTable) {
    this.methods = methods;
  }

  begin(): void {
    this.#calls++;
  }

  end(): void {
    if (--this.#calls === 0) this.#onEnd?.();
  }

  /** Resolves when no call runs: none must begin any more. */
  async ended(): Promise<void> {
    if (this.#calls > 0) {
      await new Promise<void>((resolve) => {
        this.#onEnd = resolve;
      });
    }
  }
}

/** Calls methods by name. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  #used: MethodsInUse;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#used = new MethodsInUse(options.methods);
  }

  /** Calls these from now on. Resolves when the calls of the methods before have ended. */
  setMethods(methods: MethodTable): Promise<void> {
    const before = this.#used;
    this.#used = new MethodsInUse(methods);
    return before.ended();
  }

  /**
   * The answer to one request as JSON, or undefined where it asks for none: at once where its method has it at once. Never
   * throws.
   */
  answer(value: unknown, caller: Caller): MaybePromise<string | undefined> {
    const start = performance.now();
    let request: Request | undefined;
    try {
      request = checkRequest(value);
      const result = this.#call(request, caller);
      if (!(result instanceof Promise)) return this.#succeeded(request, start, result);
      const asked = request;
      return result
        .then((later) => this.#succeeded(asked, start, later))
        .catch((error: unknown) => this.#failed(asked, start, error));
    } catch (error) {
      return this.#failed(request ?? { id: idOf(value) ?? null, method: "", params: [] }, start, error);
    }
  }

  #succeeded({ id, method }: Request, start: number, result: unknown): string | undefined {
    // A handler that has nothing to say says null: "result" must be there.
    const answer = `{"jsonrpc":"2.0","id":${JSON.stringify(id ?? null)},"result":${JSON.stringify(result ?? null)}}`;
    this.#report(method, "ok", start);
    return id === undefined ? undefined : answer;
  }

  #failed({ id, method }: Request, start: number, error: unknown): string | undefined {
    const told = this.#told(error, method);
    this.#report(method, String(told.code), start);
    return id === undefined ? undefined : errorText(id, told);
  }

  #report(asked: string, outcome: string, start: number): void {
    const method = Object.hasOwn(this.#used.methods, asked) ? asked : "unknown";
    this.#options.report({ method, outcome, seconds: (performance.now() - start) / 1000 });
  }

  #call(request: Request, { connection, running }: Caller): unknown {
    const used = this.#used;
    const { methods } = used;
    if (!Object.hasOwn(methods, request.method)) {
      throw new MethodNotFoundError(request.method, nearName(request.method, Object.keys(methods)));
    }
    const method = methods[request.method]!;
    const call = new RunningCall(connection);
    const result = method.call(this.#positional(request, method.parameterNames), call);
    // Most calls answer at once: they need no timer.
    return result instanceof Promise ? this.#inTime(result, call, running, used) : result;
  }

  #inTime(
    result: Promise<unknown>,
    call: RunningCall,
    running: Set<RunningCall>,
    used: MethodsInUse,
  ): Promise<unknown> {
    const { callTimeout } = this.#options;
    running.add(call);
    used.begin();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const error = new CallTimeoutError(callTimeout);
        call.abort(error);
        reject(error);
      }, callTimeout);
      result.then(resolve, reject).finally(() => {
        clearTimeout(timer);
        running.delete(call);
        used.end();
      });
    });
  }

  /** Parameters given by name are put in the order of the method's. */
  #positional({ method, params }: Request, names: readonly string[]): readonly unknown[] {
    if (params === undefined || params === null) return [];
    if (Array.isArray(params)) return params;
    const named = params as Record<string, unknown>;
    for (const key of Object.keys(named)) {
      if (!names.includes(key)) {
        const expected = names.length === 0 ? "no parameters" : `of ${names.join(", ")}`;
        throw new InvalidParamsError(`params of ${method}`, expected, key);
      }
    }
    return names.map((name) => named[name]);
  }

  #told(error: unknown, method: string): RpcError {
    if (error instanceof RpcError) return error;
    const translated = this.#options.translate(error);
    if (translated !== undefined) return translated;
    this.#options.log.error({ err: error, method }, "a call failed unexpectedly");
    return internalError();
  }
}
