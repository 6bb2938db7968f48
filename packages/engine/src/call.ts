// Messages run against the committed state for what they give: eth_call, and what tests ask of single contracts.

import { Abort, codeName, Halt } from "@heddle/kernel";
import * as Rlp from "ox/Rlp";
import {
  type CheckedInput,
  checkBlockInput,
  type ExecutionHeader,
  type RecentHashes,
  writeBlock,
} from "./block-input.ts";
import type { CacheLoader } from "./cold-reads.ts";
import { ColdReadError, EngineError, InvalidArgumentError, throwIfAborted } from "./errors.ts";
import type { Rules } from "./forks.ts";
import { type Hex, toBytes, toHex, toQuantity } from "./hex.ts";
import { growIndex } from "./index-tables.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import { integer } from "./options.ts";
import type { Log } from "./receipts.ts";
import { rlpWhole } from "./rlp.ts";
import type { BlockVariation } from "./simulation.ts";
import type { StateSource } from "./state-source.ts";

/** A message, as eth_call takes one. */
export interface CallInput {
  /** The zero address unless given. */
  from?: Hex;
  /** Absent: `data` is init code. */
  to?: Hex | undefined;
  data?: Hex | Uint8Array;
  /** Wei that the message carries; the sender must have them. */
  value?: bigint;
  /** Gas limit; 50 million unless given. */
  gas?: bigint;
  /** Wei a unit of gas that GASPRICE gives; nobody pays it. */
  gasPrice?: bigint;
  /** Locations that are warm and paid for from the beginning (EIP-2930). */
  accessList?: readonly { address: Hex; storageKeys: readonly Hex[] }[];
  /** What BLOBHASH gives (EIP-4844). */
  blobVersionedHashes?: readonly Hex[];
  /** Authorizations whose gas is charged (EIP-7702); nothing is delegated by them. */
  authorizationCount?: number;
}

/** How a message ended: "Success", "Revert", "OutOfGas", … */
export type HaltReason = keyof typeof Halt;

/** What a message gave. */
export interface CallResult {
  halt: HaltReason;
  success: boolean;
  /** What was returned, or the reason of a revert. */
  output: Uint8Array;
  /** The intrinsic gas included, refunds taken off. */
  gasUsed: bigint;
  logs: Log[];
  /** What contracts said to the console, where `ChainConfig.consoleCalls` has it kept. */
  consoleCalls: ConsoleCall[];
}

/** A call of a contract to 0x000000000000000000636F6e736F6c652e6c6f67, by which Solidity code prints. */
export interface ConsoleCall {
  /** The contract. */
  address: Hex;
  /** The call's input: a selector and arguments. */
  data: Hex;
}

/** A call's gas does not even cover what its data costs. */
export class IntrinsicGasError extends EngineError {
  override readonly name = "IntrinsicGasError";
  constructor(gas: bigint) {
    super("INTRINSIC_GAS", `${gas} gas do not cover the call's intrinsic gas`, { field: "gas", met: gas });
  }
}

const DEFAULT_GAS = 50_000_000n;
const ZERO_ADDRESS: Hex = `0x${"00".repeat(20)}`;
const ZERO_HASH: Hex = `0x${"00".repeat(32)}`;

/** The header fields that a call can do without, with values that mean nothing. */
export type CallHeader = Partial<ExecutionHeader>;

/** A header for calls: what is left out reads as zero. */
export function callHeader(header: CallHeader): ExecutionHeader {
  return {
    number: 0n,
    timestamp: 0n,
    gasLimit: DEFAULT_GAS,
    coinbase: ZERO_ADDRESS,
    parentHash: ZERO_HASH,
    mixHash: ZERO_HASH,
    difficulty: 0n,
    baseFeePerGas: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: ZERO_HASH,
    slotNumber: 0n,
    ...header,
  };
}

interface CheckedCall {
  from: Uint8Array;
  to: Uint8Array | undefined;
  data: Uint8Array;
  value: bigint;
  gas: bigint;
  gasPrice: bigint;
  accessList: { payload: Uint8Array; addresses: number; keys: number };
  blobHashes: Uint8Array[];
  authorizationCount: number;
}

/** More than any gas limit pays for: bounds what an input may make the engine allocate. */
const MAX_AUTHORIZATIONS = 1 << 16;

/** The payload of the list's RLP, as it stands in an envelope. */
function checkAccessList(list: NonNullable<CallInput["accessList"]>): CheckedCall["accessList"] {
  if (!Array.isArray(list)) throw new InvalidArgumentError("accessList", "an array", list);
  let keys = 0;
  const items = list.map(({ address, storageKeys }: (typeof list)[number], i) => {
    keys += storageKeys.length;
    return [
      toBytes(address, `accessList[${i}].address`, 20),
      storageKeys.map((key: Hex, j: number) => toBytes(key, `accessList[${i}].storageKeys[${j}]`, 32)),
    ];
  });
  const rlp = Rlp.from(items as Uint8Array[][], { as: "Bytes" }) as Uint8Array;
  return { payload: rlp.subarray(rlpWhole(rlp, "accessList").payload), addresses: items.length, keys };
}

function checkCall(input: CallInput): CheckedCall {
  if (typeof input !== "object" || input === null) throw new InvalidArgumentError("call", "a message", input);
  const gas = toQuantity(input.gas ?? DEFAULT_GAS, "gas", 64);
  if (gas > 0x7fffffffffffffffn) throw new InvalidArgumentError("gas", "below 2 ** 63", gas);
  return {
    from: toBytes(input.from ?? ZERO_ADDRESS, "from", 20),
    to: input.to === undefined ? undefined : toBytes(input.to, "to", 20),
    data: toBytes(input.data ?? "0x", "data"),
    value: toQuantity(input.value ?? 0n, "value", 256),
    gas,
    gasPrice: toQuantity(input.gasPrice ?? 0n, "gasPrice", 256),
    accessList: checkAccessList(input.accessList ?? []),
    blobHashes: (input.blobVersionedHashes ?? []).map((hash, i) =>
      toBytes(hash, `blobVersionedHashes[${i}]`, 32),
    ),
    authorizationCount: integer(input.authorizationCount, "authorizationCount", 0, 0, MAX_AUTHORIZATIONS),
  };
}

/** Where calls run, and where what they miss is asked for. */
export interface CallPlace {
  kernel: KernelInstance;
  loader: CacheLoader;
  source: StateSource | undefined;
}

/** How a call is run. */
export interface CallConditions {
  signal?: AbortSignal | undefined;
  /** What the block has otherwise than its header and its rules say. */
  variation?: BlockVariation | undefined;
}

/** One try of a call: its result, or the location that it missed. */
type Attempt = { result: CallResult } | { missed: number } | { full: number };

function attempt(
  kernel: KernelInstance,
  block: CheckedInput,
  rules: Rules,
  hashes: RecentHashes,
  call: CheckedCall,
  trace: boolean,
): Attempt {
  const { exports, layout, signal } = kernel;
  writeBlock(kernel, block, rules, hashes, { sequential: true, noStateRoot: true, trace });
  const t = kernel.allocate(layout.Transaction_size);
  kernel.bytes.fill(0, t, t + layout.Transaction_size);
  const gasPrice = kernel.allocate(32);
  const data = kernel.allocate(call.data.length + 8);
  kernel.setWord(gasPrice, call.gasPrice);
  kernel.write(data, call.data);
  kernel.setWordBytes(t + layout.Transaction_sender, call.from);
  if (call.to === undefined) kernel.setU32(t + layout.Transaction_isCreate, 1);
  else kernel.setWordBytes(t + layout.Transaction_to, call.to);
  kernel.setWord(t + layout.Transaction_value, call.value);
  kernel.setU32(t + layout.Transaction_data, data);
  kernel.setU32(t + layout.Transaction_dataLength, call.data.length);
  let nonZero = 0;
  for (const byte of call.data) if (byte !== 0) nonZero++;
  kernel.setU32(t + layout.Transaction_dataNonZero, nonZero);
  kernel.setU64(t + layout.Transaction_gasLimit, call.gas);
  const { accessList, blobHashes } = call;
  const list = kernel.allocate(accessList.payload.length + 8);
  kernel.write(list, accessList.payload);
  kernel.setU32(t + layout.Transaction_accessList, list);
  kernel.setU32(t + layout.Transaction_accessListLength, accessList.payload.length);
  kernel.setU32(t + layout.Transaction_accessListAddresses, accessList.addresses);
  kernel.setU32(t + layout.Transaction_accessListKeys, accessList.keys);
  const blobsAt = kernel.allocate(blobHashes.length * 32 + 8);
  blobHashes.forEach((hash, i) => {
    kernel.write(blobsAt + i * 32, hash);
  });
  kernel.setU32(t + layout.Transaction_blobHashes, blobsAt);
  kernel.setU32(t + layout.Transaction_blobCount, blobHashes.length);
  kernel.setU32(t + layout.Transaction_authorizationCount, call.authorizationCount);
  try {
    if (exports.callRun(t, gasPrice) === 0) throw new IntrinsicGasError(call.gas);
  } catch (error) {
    if (error !== signal) throw error;
    if (signal.reason === Abort.Cold) return { missed: signal.detail >>> 0 };
    if (signal.reason === Abort.IndexFull) return { full: signal.detail };
    throw new EngineError("CALL_ABORTED", `the call was left for reason ${signal.reason}`);
  }
  const status = kernel.getU32(t + layout.Transaction_status);
  return {
    result: {
      halt: codeName(Halt, status),
      success: status === Halt.Success,
      output: kernel.copy(
        kernel.getU32(t + layout.Transaction_output),
        kernel.getU32(t + layout.Transaction_outputLength),
      ),
      gasUsed: kernel.getU64(t + layout.Transaction_gasUsed),
      logs: readLogs(kernel, kernel.getU32(t + layout.Transaction_logs)),
      consoleCalls: readConsoleCalls(kernel, t),
    },
  };
}

/** What was said to the console in a transaction. */
export function readConsoleCalls(kernel: KernelInstance, t: number): ConsoleCall[] {
  const first = kernel.getU32(t + kernel.layout.Transaction_consoleCalls);
  return first === 0 ? [] : readLogs(kernel, first).map(({ address, data }) => ({ address, data }));
}

/** The logs linked from `first` on. */
export function readLogs(kernel: KernelInstance, first: number): Log[] {
  const logs: Log[] = [];
  for (let at = first; at !== 0; at = kernel.getU32(at + kernel.layout.Log_next))
    logs.push(readLog(kernel, at));
  return logs;
}

/** The Log at an address of the kernel's memory. */
export function readLog(kernel: KernelInstance, at: number): Log {
  const { layout } = kernel;
  const topicCount = kernel.getU32(at + layout.Log_topicCount);
  const topics = at + layout.Log_size;
  return {
    address: toHex(kernel.wordBytes(at + layout.Log_address, 20)),
    topics: Array.from({ length: topicCount }, (_, i) => toHex(kernel.wordBytes(topics + 32 * i, 32))),
    data: toHex(kernel.copy(topics + 32 * topicCount, kernel.getU32(at + layout.Log_dataLength))),
  };
}

/** A block on which messages are run, checked once for all of them. Made by `engine.callBlock`. */
export class CallBlock {
  /** @internal */
  readonly checked: CheckedInput;
  /** @internal */
  readonly rules: Rules;
  /** @internal */
  readonly hashes: RecentHashes;

  /** @internal */
  constructor(header: CallHeader, rules: Rules, hashes: RecentHashes) {
    this.checked = checkBlockInput({ header: callHeader(header), transactions: [] }, rules);
    this.rules = rules;
    this.hashes = hashes;
  }
}

/** @internal Runs a message; undefined where it misses something that is not in memory. */
export function callAtOnce(
  kernel: KernelInstance,
  { checked, rules, hashes }: CallBlock,
  input: CallInput,
): CallResult | undefined {
  const call = checkCall(input);
  for (;;) {
    const met = attempt(kernel, checked, rules, hashes, call, false);
    if ("result" in met) return met.result;
    if ("missed" in met) return undefined;
    growIndex(kernel, met.full);
  }
}

/** Runs a message whose state is all in memory. */
export function callHere(
  kernel: KernelInstance,
  rules: Rules,
  header: CallHeader,
  input: CallInput,
  hashes: RecentHashes,
): CallResult {
  const result = callAtOnce(kernel, new CallBlock(header, rules, hashes), input);
  if (result === undefined) throw new ColdReadError("call", new Error("no state source is configured"));
  return result;
}

/** Runs a message; what it misses is asked of the source and the message run again. `trace`: the relay hears of it. */
export async function callWithSource(
  { kernel, loader, source }: CallPlace,
  rules: Rules,
  header: CallHeader,
  input: CallInput,
  hashes: RecentHashes,
  { signal, variation }: CallConditions,
  trace = false,
): Promise<CallResult> {
  const call = checkCall(input);
  const block = checkBlockInput(
    { header: callHeader(header), transactions: [], simulation: variation },
    rules,
  );
  for (;;) {
    throwIfAborted(signal);
    const met = attempt(kernel, block, rules, hashes, call, trace);
    if ("result" in met) return met.result;
    if ("full" in met) {
      growIndex(kernel, met.full);
      continue;
    }
    const { name, ask } = loader.read(met.missed, source);
    try {
      const store = await ask();
      store();
    } catch (error) {
      throw new ColdReadError(name, error);
    }
  }
}
