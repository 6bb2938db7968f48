// Tracers by the names that debug_trace* know.

import { boolean, count, object, optional } from "../decode/values.ts";
import { ErrorCode, RpcError } from "../errors.ts";
import type { Decoder } from "../method.ts";
import { CallTracer } from "./call-tracer.ts";
import { FlatCallTracer } from "./flat-call-tracer.ts";
import { FourByteTracer } from "./four-byte-tracer.ts";
import { MuxTracer } from "./mux-tracer.ts";
import { PrestateTracer } from "./prestate-tracer.ts";
import { StructLogger, type StructLoggerOptions } from "./struct-logger.ts";
import type { ResultTracerFactory } from "./tracer.ts";

const flag = optional(boolean, false);
const callOptions = object({ onlyTopCall: flag, withLog: flag });
const prestateOptions = object({
  diffMode: flag,
  disableCode: flag,
  disableStorage: flag,
  includeEmpty: flag,
});
const flatOptions = object({ convertParityErrors: flag, includePrecompiles: flag });
const structOptions = object({
  enableMemory: flag,
  disableStack: flag,
  disableStorage: flag,
  enableReturnData: flag,
  limit: optional(count, 0),
});

type Configured = (config: unknown, path: string) => ResultTracerFactory;

const TRACERS: Readonly<Record<string, Configured>> = {
  callTracer(config, path) {
    const options = callOptions(config, path);
    return (transaction) => new CallTracer(transaction, options);
  },
  flatCallTracer(config, path) {
    const options = flatOptions(config, path);
    return (transaction, place) => new FlatCallTracer(transaction, place, options);
  },
  prestateTracer(config, path) {
    const options = prestateOptions(config, path);
    return (transaction) => new PrestateTracer(transaction, options);
  },
  "4byteTracer": () => () => new FourByteTracer(),
  noopTracer: () => () => ({ result: () => ({}) }),
  muxTracer(config, path) {
    const named = Object.entries(config as Record<string, unknown>).map(
      ([name, options]) => [name, tracerNamed(name, options, `${path}.${name}`)] as const,
    );
    return (transaction, place) =>
      new MuxTracer(named.map(([name, make]) => [name, make(transaction, place)] as const));
  },
};

/** A tracer of this name with its options. @throws RpcError where there is none; InvalidParamsError */
export function tracerNamed(name: string, config: unknown, path: string): ResultTracerFactory {
  if (!Object.hasOwn(TRACERS, name)) {
    // geth takes a tracer's source in place of a name.
    const isSource = /[{(]/.test(name) ? " (tracers in JavaScript are not run here)" : "";
    throw new RpcError(
      ErrorCode.server,
      `tracer not found: ${JSON.stringify(name.slice(0, 80))}${isSource}; there are ${Object.keys(TRACERS).join(", ")}`,
    );
  }
  return TRACERS[name]!(config ?? {}, path);
}

const traceConfig = object({
  tracer: optional((value: unknown, path: string) => {
    if (typeof value === "string") return value;
    throw new RpcError(ErrorCode.invalidParams, `invalid params: ${path} must be a tracer's name`);
  }),
  tracerConfig: (value) => value,
});

/** The options of debug_trace*: struct logs where no tracer is named. */
export const traceOptions: Decoder<ResultTracerFactory> = (value, path) => {
  const { tracer, tracerConfig } = traceConfig(value ?? {}, path);
  if (tracer !== undefined && tracer !== "") return tracerNamed(tracer, tracerConfig, `${path}.tracerConfig`);
  const options: StructLoggerOptions = structOptions(value ?? {}, path);
  return () => new StructLogger(options);
};
