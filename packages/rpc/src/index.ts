// The door of the RPC server: JSON-RPC over HTTP and WebSocket.

export type { AnsweredCall, CallWatcher, PreparedCall } from "./call.ts";
export type { ResetTarget } from "./decode/forking.ts";
export { dumpChain } from "./dump.ts";
export { ErrorCode, InvalidParamsError, RpcError } from "./errors.ts";
export {
  type CallContext,
  type Connection,
  type Decoder,
  type Method,
  type MethodTable,
  method,
  type Parameter,
  parameter,
} from "./method.ts";
export { type ChainMethodsOptions, chainMethods } from "./methods/chain-methods.ts";
export { type DevMethodsOptions, devMethods } from "./methods/dev-methods.ts";
export { type RemoteHistory, withRemoteHistory } from "./remote-history.ts";
export { failureText } from "./revert.ts";
export { Durations, durationHistogram } from "./server/durations.ts";
export { DEFAULT_LIMITS, type RpcLimits, type RpcServerOptions } from "./server/options.ts";
export { type RpcServer, startRpcServer } from "./server/server.ts";
export { Artifacts } from "./solidity/artifacts.ts";
export { type Explanation, explainTransaction } from "./solidity/explain.ts";
export { frameText, type StackFrame } from "./solidity/stack-tracer.ts";
export { Subscriptions } from "./subscriptions.ts";
export { tracerNamed } from "./tracers/registry.ts";
export type { ResultTracer, ResultTracerFactory, TracePlace } from "./tracers/tracer.ts";
export { translate } from "./translate.ts";
