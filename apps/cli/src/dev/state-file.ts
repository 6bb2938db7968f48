// The state of a local chain as a file, in the form that Anvil writes and reads: to begin with, and to leave behind.

import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Chain, type DevChainOptions, devAccounts, devGenesis, dumpedAccounts } from "@heddle/chain";
import { type AllocatedAccount, EngineError, type Hex, type StateEdit } from "@heddle/engine";
import { OptionError } from "../errors.ts";
import type { DevOptions } from "./options.ts";

/** Anvil's name for it in a folder. */
const IN_FOLDER = "state.json";

function fileOf(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, IN_FOLDER) : path;
}

/** Where the state is left when the node stops; undefined = nowhere. */
export function dumpFile({ state, dumpState: dump }: DevOptions): string | undefined {
  const path = dump ?? state;
  return path === undefined ? undefined : fileOf(path);
}

/** Where the state comes from; undefined = from nowhere. `--state` need not be there yet. */
function loadFile({ state, loadState }: DevOptions): { option: string; file: string } | undefined {
  if (loadState !== undefined) return { option: "--load-state", file: fileOf(loadState) };
  if (state === undefined || !existsSync(fileOf(state))) return undefined;
  return { option: "--state", file: fileOf(state) };
}

function allocated({ balance = 0n, nonce = 0n, code = "0x", storage = [] }: StateEdit): AllocatedAccount {
  return {
    balance,
    nonce,
    code: code as Hex,
    storage: Object.fromEntries(Array.from(storage, ([key, value]) => [key, `0x${value.toString(16)}`])),
  };
}

/** A number of the dump's block, where it is one. */
function blockNumber(value: unknown): bigint | undefined {
  const isNumber = (typeof value === "number" && Number.isSafeInteger(value)) || typeof value === "bigint";
  if (!isNumber && !(typeof value === "string" && /^0x[0-9a-fA-F]{1,16}$/.test(value))) return undefined;
  return BigInt(value as string | number | bigint);
}

/**
 * What a chain is opened with that goes on from a dump: its accounts, its block's number, time, gas limit and base fee.
 * Accounts with a known key that are not in it have funds. Undefined where there is none to go on from.
 * @throws OptionError where the file is none
 */
export function genesisOfState(
  options: DevOptions,
  settings: DevChainOptions,
): Pick<DevChainOptions, "genesis" | "timestamp"> | undefined {
  const from = loadFile(options);
  if (from === undefined) return undefined;
  const { option, file } = from;
  const wrong = (problem: string, cause?: unknown) =>
    new OptionError(option, "a state that heddle or Anvil has left", `${file} ${problem}`, cause);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw wrong(`cannot be read (${(cause as Error).message})`, cause);
  }
  try {
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const dump = JSON.parse((isPacked ? gunzipSync(bytes) : bytes).toString("utf8")) as {
      block?: Record<string, unknown> | null;
      best_block_number?: unknown;
    };
    const edits = dumpedAccounts(dump);
    const now = BigInt(Math.floor(Date.now() / 1000));
    const block = dump.block ?? {};
    const number = blockNumber(dump.best_block_number) ?? blockNumber(block["number"]) ?? 0n;
    const timestamp = settings.timestamp ?? blockNumber(block["timestamp"]) ?? now;
    const gasLimit = settings.gasLimit ?? blockNumber(block["gas_limit"]);
    const baseFee = settings.baseFee ?? blockNumber(block["basefee"]);
    const { mnemonic, derivationPath: path } = settings;
    const accounts = devAccounts(settings.accounts ?? 10, {
      ...(mnemonic === undefined ? {} : { mnemonic }),
      ...(path === undefined ? {} : { path }),
    });
    const genesis = devGenesis(accounts, {
      ...settings,
      timestamp,
      ...(gasLimit === undefined ? {} : { gasLimit }),
      ...(baseFee === undefined ? {} : { baseFee }),
    });
    const dumped = Object.fromEntries(edits.map((edit) => [edit.address, allocated(edit)]));
    return {
      genesis: { ...genesis, number, alloc: { ...genesis.alloc, ...dumped } },
      // A chain that was ahead of the machine's time stays there.
      ...(timestamp > now || settings.timestamp !== undefined ? { timestamp } : {}),
    };
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof EngineError || "errno" in (cause as Error)))
      throw cause;
    throw wrong(`is none (${(cause as Error).message})`, cause);
  }
}

/** Leaves the state of a chain in a file, when it is told to and every so often. */
export class StateKeeper {
  readonly #chain: () => Chain;
  readonly #option: string;
  readonly #file: string;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  /** `chain` gives the one that is there now. @throws OptionError where the file's folder cannot be written */
  constructor(chain: () => Chain, file: string, options: DevOptions) {
    this.#chain = chain;
    this.#file = file;
    this.#option = options.dumpState === undefined ? "--state" : "--dump-state";
    try {
      accessSync(dirname(resolve(file)), constants.W_OK);
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  #unwritable(cause: unknown): OptionError {
    const problem = `${this.#file} cannot (${(cause as Error).message})`;
    return new OptionError(this.#option, "a file that can be written", problem, cause);
  }

  /** Writes it every so many milliseconds; `onError` hears of what fails. */
  every(milliseconds: number, onError: (error: unknown) => void): void {
    this.#timer = setInterval(() => {
      if (this.#writing === undefined) void this.write().catch(onError);
    }, milliseconds);
    this.#timer.unref();
  }

  /** Writes the state of the head: whole or not at all. @throws OptionError */
  async write(): Promise<void> {
    await this.#writing?.catch(() => undefined);
    this.#writing = this.#writeNow();
    try {
      await this.#writing;
    } finally {
      this.#writing = undefined;
    }
  }

  async #writeNow(): Promise<void> {
    const { dumpChain } = await import("@heddle/rpc");
    const text = JSON.stringify(await dumpChain(this.#chain()));
    try {
      await writeFile(`${this.#file}.new`, text);
      await rename(`${this.#file}.new`, this.#file);
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  /** No more writes by the clock. */
  stop(): void {
    clearInterval(this.#timer);
  }
}
