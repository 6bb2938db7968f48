// What a method is: how its parameters are read, and what it does with them.

import { InvalidParamsError } from "./errors.ts";

/** Reads one value. `path` says where it stands, for the error. @throws InvalidParamsError */
export type Decoder<T> = (value: unknown, path: string) => T;

/** Whoever is called by name, with what a call can know of its caller. */
export interface CallContext {
  /** Aborted when the call's time is over, or when its connection is gone. */
  signal: AbortSignal;
  /** The socket that the call came by, where it can be told more than the answer; HTTP has none. */
  connection: Connection | undefined;
}

/** A socket that can be told something without a request. */
export interface Connection {
  /** Sends a notification `method` with `params`. */
  notify(method: string, params: unknown): void;
  /** Calls `listener` once when the socket is gone. */
  onClose(listener: () => void): void;
}

/** A method that reads its own parameters. */
export interface Method {
  /** Names of the parameters, for those who give them by name. */
  parameterNames: readonly string[];
  call(params: readonly unknown[], context: CallContext): unknown;
}

/** Methods by name. */
export type MethodTable = Readonly<Record<string, Method>>;

type Decoded<D extends readonly Parameter<unknown>[]> = {
  [K in keyof D]: D[K] extends Parameter<infer T> ? T : never;
};

/** A parameter: its name in the specification and how it is read. A decoder of undefined reads what is left out. */
export type Parameter<T> = readonly [name: string, decode: Decoder<T>];

/** @returns `[name, decode]` with its type kept */
export function parameter<T>(name: string, decode: Decoder<T>): Parameter<T> {
  return [name, decode];
}

/**
 * A method of typed parameters.
 *
 * @example
 * ```ts
 * const eth_getBalance = method(
 *   [parameter("address", address), parameter("block", optional(blockRef, "latest"))],
 *   ([address, block]) => chain.balance(address, block),
 * );
 * ```
 */
export function method<const D extends readonly Parameter<unknown>[]>(
  parameters: D,
  run: (params: Decoded<D>, context: CallContext) => unknown,
): Method {
  return {
    parameterNames: parameters.map(([name]) => name),
    call(params, context) {
      if (params.length > parameters.length) {
        throw new InvalidParamsError("params", `at most ${parameters.length} values`, params.length);
      }
      const decoded = parameters.map(([name, decode], i) => decode(params[i], `params[${i}] (${name})`));
      return run(decoded as Decoded<D>, context);
    },
  };
}
