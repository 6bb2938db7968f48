// What the log of a directory tells is done again: the state goes on from the checkpoint, settings and pool from the last
// record of all of them.

import type { Engine, Hex } from "@heddle/engine";
import { decodeEdits } from "@heddle/store";
import { decodeBlockEntry } from "../block-encoding.ts";
import type { BlockEntry } from "../block-entry.ts";
import { execute } from "../block-execution.ts";
import type { BlockTree } from "../block-tree.ts";
import { ReplayError, UnknownBlockError } from "../errors.ts";
import type { StateLine } from "../state-line.ts";
import { CHOICE, type ChainDirectory } from "./chain-directory.ts";
import { parseJson } from "./json.ts";
import { type LoggedEvent, type LoggedMove, readRecord, type WaitingTransaction } from "./log-records.ts";

/** Where a replay happens. */
export interface ReplayPlace {
  engine: Engine;
  tree: BlockTree;
  line: StateLine;
  directory: ChainDirectory;
  /** Called when the directory's notes have changed: blocks behind them are executed by what they say. */
  onNotes: () => void;
}

/**
 * Does again what the log has behind the checkpoint; what waits in the pool then.
 * @throws CorruptLogError; ReplayError where a block does not give the state that its header names
 */
export async function replay(place: ReplayPlace): Promise<WaitingTransaction[]> {
  const { store } = place.directory;
  const { position } = store.checkpoint!;
  const waiting = new Map<Hex, WaitingTransaction>();
  for (const record of store.log!.records(store.log!.start)) {
    const event = readRecord(record);
    const span = { start: record.position, end: record.end };
    const isBehind = record.position >= position;
    if (event.kind === "read") place.directory.origin?.restore(event.read);
    // Transactions come back before the blocks that have them are gone.
    if (isBehind && event.kind === "move" && event.takesBack) wait(waiting, leftBehind(place.tree, event));
    replaySettings(place, event, span, waiting);
    if (isBehind) await replayState(place, event, span);
  }
  choose(place);
  return [...waiting.values()];
}

/** Positions of a record in the log. */
interface Span {
  start: number;
  end: number;
}

type Waiting = Map<Hex, WaitingTransaction>;

/** What a record tells of settings and pool. */
function replaySettings(
  { directory, onNotes }: ReplayPlace,
  event: LoggedEvent,
  { start, end }: Span,
  waiting: Waiting,
): void {
  switch (event.kind) {
    case "waits":
      wait(waiting, [event.transaction]);
      break;
    case "dropped":
      for (const hash of event.hashes) waiting.delete(hash);
      break;
    case "notes":
      directory.restored(event.notes);
      onNotes();
      break;
    case "base":
      directory.hasBase(start, end, event.notes);
      onNotes();
      waiting.clear();
      wait(waiting, event.pool);
      break;
    case "block":
      if (event.isMain) forgetExecuted(event.block, waiting);
      break;
    case "move":
      directory.restored(event.notes);
      onNotes();
      if (event.pool !== undefined) waiting.clear();
      wait(waiting, event.pool ?? []);
      for (const { block } of event.blocks) forgetExecuted(block, waiting);
  }
}

function wait(waiting: Waiting, transactions: readonly WaitingTransaction[]): void {
  for (const one of transactions) waiting.set(one.hash, one);
}

function forgetExecuted(bytes: Uint8Array, waiting: Waiting): void {
  if (waiting.size === 0) return;
  const block = decodeBlockEntry(bytes);
  for (let i = 0; i < block.transactionCount; i++) waiting.delete(block.transactionHash(i));
}

/** Transactions of the blocks that a move leaves; none where they are left already. */
function leftBehind(tree: BlockTree, { number }: LoggedMove): WaitingTransaction[] {
  const left: WaitingTransaction[] = [];
  for (let at = number + 1n; at <= tree.head.number; at++) {
    const block = tree.store.byNumber(at)!;
    for (let i = 0; i < block.transactionCount; i++) {
      const raw = block.rawTransaction(i);
      // Without its blobs, which nobody has kept, it could go nowhere.
      if (raw[0] !== 3) left.push({ hash: block.transactionHash(i), sender: block.sender(i), raw });
    }
  }
  return left;
}

/** What a record tells of blocks and state. */
async function replayState(place: ReplayPlace, event: LoggedEvent, { start, end }: Span): Promise<void> {
  switch (event.kind) {
    case "edit":
      return edit(place, [event.changes]);
    case "block": {
      const block = decodeBlockEntry(event.block);
      return event.isMain ? executeNext(place, block, end) : executeBeside(place, block);
    }
    case "move":
      return move(place, event, start);
  }
}

async function edit({ line }: ReplayPlace, edits: readonly Uint8Array[]): Promise<void> {
  for (const changes of edits) await line.edit(decodeEdits(changes), () => changes);
}

async function executeNext(place: ReplayPlace, block: BlockEntry, position: number): Promise<void> {
  const { tree, directory } = place;
  if (block.header.parentHash !== tree.head.hash) throw new UnknownBlockError(block.header.parentHash);
  await executeAfter(place, tree.head, block);
  directory.replayedTo(position);
  tree.setHead(block);
}

async function executeAfter(
  { engine, tree, line, directory }: ReplayPlace,
  parent: BlockEntry,
  block: BlockEntry,
): Promise<void> {
  const { header, transactions, receipts, uncles, withdrawals, accessList } = block;
  const { senders, hashes } = receipts;
  const executable = {
    header,
    transactions,
    senders,
    hashes,
    uncles,
    withdrawals,
    accessList,
    // Transactions that are executed in vain read what nobody has read before: the origin would be asked for that.
    inOrder: directory.origin !== undefined,
  };
  const result = await execute(engine, executable, parent, tree);
  const { state, receipts: root } = result.roots;
  const [field, met] =
    state === undefined ? (["receiptsRoot", root] as const) : (["stateRoot", state] as const);
  if (met !== header[field]) {
    result.discard();
    throw new ReplayError(block.number, field, header[field], met);
  }
  await line.commit(block, result);
  directory.put(block);
}

/** A block beside the main line is known again where its parent is. */
async function executeBeside(place: ReplayPlace, block: BlockEntry): Promise<void> {
  const { tree, line } = place;
  const parent = tree.parent(block);
  if (parent === undefined || tree.byHash(block.hash) !== undefined) return;
  await line.standingAt(parent, () => executeAfter(place, parent, block));
}

async function move(place: ReplayPlace, event: LoggedMove, position: number): Promise<void> {
  const { tree, line, directory } = place;
  let base = tree.demand(event.hash);
  if (!tree.isMain(base)) throw new UnknownBlockError(event.hash);
  let { edits } = event;
  const blocks = event.blocks.map(({ block, edits: on }) => ({ block: decodeBlockEntry(block), edits: on }));
  // The checkpoint may have a part of the new line.
  while (blocks.length > 0 && tree.store.hashOf(blocks[0]!.block.number) === blocks[0]!.block.hash) {
    const first = blocks.shift()!;
    base = tree.demand(first.block.hash);
    edits = first.edits;
  }
  await line.moveTo(base);
  await line.dropEdits(0);
  await edit(place, edits);
  directory.replayedTo(position);
  tree.setHead(base);
  await directory.settled();
  for (const { block, edits: on } of blocks) {
    await executeNext(place, block, position);
    await edit(place, on);
  }
}

/** Safe and finalized block are those that were named last. */
function choose({ tree, directory }: ReplayPlace): void {
  const chosen = directory.notes.get(CHOICE);
  if (chosen === undefined) return;
  const { safe, finalized } = parseJson(chosen) as Record<"safe" | "finalized", Hex>;
  for (const [name, hash] of [
    ["safe", safe],
    ["finalized", finalized],
  ] as const) {
    const block = tree.byHash(hash);
    if (block !== undefined && tree.isMain(block)) tree[name] = block;
  }
  directory.setFinalized(tree.finalized.number);
}
