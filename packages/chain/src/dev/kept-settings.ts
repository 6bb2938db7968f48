// The settings of a local chain as its directory keeps them.

import type { Hex } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import type { BlockEntry } from "../block-entry.ts";
import type { BuildAttributes } from "../building.ts";
import type { ChainMark } from "../chain-options.ts";
import { parseJson, toJson } from "../directory/json.ts";
import { readKeptGenesis } from "../directory/kept-genesis.ts";
import type { Notes, WaitingTransaction } from "../directory/log-records.ts";
import type { Genesis } from "../genesis.ts";
import type { ClockState } from "./clock.ts";
import type { DevGenesisOptions } from "./genesis.ts";

/** When blocks are made: as soon as a transaction can be executed, every so many milliseconds, both, or when told. */
export type MiningMode =
  | { kind: "auto" }
  | { kind: "interval" | "mixed"; milliseconds: number }
  | { kind: "manual" };

/** Whether a transaction that comes makes a block at once. */
export function isAutomatic({ kind }: MiningMode): boolean {
  return kind === "auto" || kind === "mixed";
}

/** All settings but the snapshots. */
export interface DevSettings {
  impersonated: Hex[];
  impersonatesAll: boolean;
  clock: ClockState;
  /** Of all blocks. */
  blocks: BuildAttributes;
  /** Of the block `nextNumber` alone. */
  next: BuildAttributes;
  nextNumber: bigint;
  mining: MiningMode;
  lastSnapshot: number;
}

/** What a local chain goes back to. */
export interface Snapshot {
  mark: ChainMark;
  clock: ClockState;
  /** Settings of all blocks. */
  blocks: BuildAttributes;
  /** Of the pool. */
  transactions: readonly WaitingTransaction[];
}

const SETTINGS = "dev/settings";
const SNAPSHOT = "dev/snapshot/";

export function settingsNotes(settings: DevSettings): Notes {
  return new Map([[SETTINGS, toJson(settings)]]);
}

/** Undefined: the snapshot is gone. */
export function snapshotNotes(id: number, snapshot: Snapshot | undefined): Notes {
  return new Map([[`${SNAPSHOT}${id}`, snapshot && toJson(snapshot)]]);
}

/** What was kept of a chain with this head; undefined where nothing was. */
export function readSettings(
  notes: ReadonlyMap<string, string>,
  head: BlockEntry,
): { settings: DevSettings; snapshots: Map<number, Snapshot> } | undefined {
  const text = notes.get(SETTINGS);
  if (text === undefined) return undefined;
  const settings = parseJson(text) as DevSettings;
  // The block that this was set for may be there, and nothing after it.
  if (settings.nextNumber !== head.number + 1n) settings.next = {};
  const { next } = settings.clock;
  if (next !== undefined && next <= head.header.timestamp)
    settings.clock = { ...settings.clock, next: undefined };
  const snapshots = new Map<number, Snapshot>();
  for (const [name, value] of notes) {
    if (!name.startsWith(SNAPSHOT)) continue;
    type Written = Omit<Snapshot, "transactions"> & { transactions: Record<keyof WaitingTransaction, Hex>[] };
    const { transactions, ...rest } = parseJson(value) as Written;
    const waiting = transactions.map(({ hash, sender, raw }) => ({ hash, sender, raw: HexOf.toBytes(raw) }));
    snapshots.set(Number(name.slice(SNAPSHOT.length)), { ...rest, transactions: waiting });
  }
  return { settings, snapshots: new Map([...snapshots].sort(([a], [b]) => a - b)) };
}

/** The genesis of a local chain: where its directory was begun with one, that one, but for what the options say. */
export function keptDevGenesis(fresh: Genesis, options: DevGenesisOptions & { directory?: string }): Genesis {
  const kept = options.directory === undefined ? undefined : readKeptGenesis(options.directory)?.genesis;
  if (kept === undefined) return fresh;
  const isGiven = (name: keyof DevGenesisOptions) => options[name] !== undefined;
  return {
    ...kept,
    alloc: fresh.alloc,
    ...(isGiven("chainId") || isGiven("hardfork") || isGiven("unlimitedContractSize")
      ? { config: fresh.config, difficulty: fresh.difficulty! }
      : {}),
    ...(isGiven("gasLimit") ? { gasLimit: fresh.gasLimit! } : {}),
    ...(isGiven("baseFee") ? { baseFeePerGas: fresh.baseFeePerGas! } : {}),
    ...(isGiven("timestamp") ? { timestamp: fresh.timestamp! } : {}),
  };
}
