// A small chain over a store: random blocks that pay, write, and destroy contracts, edits between them, and for every block
// a copy of the whole state to compare with.

import { createHash } from "node:crypto";
import { createEngine, type Engine, type Hex, networkConfig, type StateEdit } from "@heddle/engine";
import { encodeUnsigned } from "@heddle/engine/testing";
import { encodeEdits, RecordType, type Store, type StoredBlock } from "../../src/index.ts";
import { decodeEdits, mergeEdits } from "../../src/state-edits.ts";
import { decodeBlock, encodeBlock } from "../../src/stored-block.ts";

const ETHER = 10n ** 18n;
const name = (kind: number, index: number): Hex =>
  `0x${kind.toString(16).padStart(2, "0")}${"0".repeat(30)}${index.toString(16).padStart(8, "0")}`;

export const SENDERS = Array.from({ length: 4 }, (_, i) => name(0x51, i));
export const RECIPIENTS = Array.from({ length: 4 }, (_, i) => name(0x72, i));
export const CONTRACTS = Array.from({ length: 3 }, (_, i) => name(0xc0, i));
const COINBASE = name(0xfe, 0);
export const KEYS = Array.from({ length: 5 }, (_, i): Hex => `0x${(i + 1).toString(16).padStart(64, "0")}`);
/** Stores its second word at its first; without input it destroys itself. */
const CODE: Hex = "0x3615600d5760203560003555005b33ff";
/** Stores, and is never destroyed. */
const KEEPER_CODE: Hex = "0x60203560003555";
const KEEPER = CONTRACTS[2]!;
const CHAIN = networkConfig("London");

export const sha256 = (...parts: (string | Uint8Array)[]): Hex => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return `0x${hash.digest("hex")}`;
};

/** Numbers that look random and are the same every time. */
export function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Every value of the state that the chain may touch. */
export type Snapshot = Record<string, unknown>;

const GENESIS_EDITS: StateEdit[] = [
  ...SENDERS.map((address) => ({ address, balance: 1000n * ETHER })),
  ...CONTRACTS.map((address) => ({
    address,
    nonce: 1n,
    code: address === KEEPER ? KEEPER_CODE : CODE,
    storage: KEYS.map((key) => [key, 7n] as const),
  })),
];

export class TestChain {
  readonly store: Store;
  readonly engine: Engine;
  /** State after each block. */
  readonly snapshots: Snapshot[] = [];
  readonly blocks: StoredBlock[] = [];
  private readonly random: (below: number) => number;

  private constructor(store: Store, engine: Engine, seed: number) {
    this.store = store;
    this.engine = engine;
    this.random = sequence(seed);
  }

  /** A chain at its first block. */
  static async begin(store: Store, seed = 1): Promise<TestChain> {
    const first = await createEngine({ workers: 0, chain: CHAIN, memoryLimit: 2 ** 26 });
    const { stateRoot } = await first.edit(GENESIS_EDITS);
    const genesis = block(0n, sha256("genesis"), stateRoot!, store.log?.end ?? 0);
    await store.initialise(genesis, GENESIS_EDITS);
    let engine = first;
    if (store.source !== undefined) {
      await first.close();
      engine = await TestChain.engineOver(store);
    }
    const chain = new TestChain(store, engine, seed);
    chain.blocks.push(genesis);
    chain.snapshots.push(await chain.look());
    return chain;
  }

  /** The chain of a store that was opened again: its checkpoint, and what the log has behind that. */
  static async resume(store: Store, seed = 1): Promise<TestChain> {
    const chain = new TestChain(store, await TestChain.engineOver(store), seed);
    const { number: last, position } = store.checkpoint!;
    for (let number = 0n; number <= last; number++) {
      const undo = store.undo(number)!;
      const payload = store.payload(number)!;
      const hash = store.hash(number)!;
      chain.blocks.push({ ...block(number, hash, hash, 0), undo, payload });
    }
    for (const record of store.log!.records(position)) {
      if (record.type === RecordType.block) await chain.replay(decodeBlock(record.payload), record.end);
      else await chain.takeBack(Buffer.from(record.payload).readBigUInt64LE(0), record.end);
    }
    return chain;
  }

  private async replay(logged: StoredBlock, position: number): Promise<void> {
    const edits = logged.changes.flatMap((part) => [...decodeEdits(part)]);
    const { stateRoot } = await this.engine.edit(mergeEdits(edits));
    if (stateRoot !== logged.stateRoot) throw new Error(`block ${logged.number} gives root ${stateRoot}`);
    const replayed = { ...logged, position };
    this.blocks.push(replayed);
    this.store.append(replayed);
  }

  /** An engine at the store's checkpoint, with a cache that is thrown away all the time. */
  static engineOver(store: Store): Promise<Engine> {
    const { stateRoot } = store.checkpoint!;
    const options = { workers: 0, chain: CHAIN, memoryLimit: 2 ** 26, cacheBytes: 2 ** 20 };
    return createEngine({ ...options, state: store.source!, stateRoot });
  }

  /** Reads the whole state from the engine. */
  async look(engine = this.engine): Promise<Snapshot> {
    const snapshot: Snapshot = {};
    for (const address of [...SENDERS, ...RECIPIENTS, ...CONTRACTS, COINBASE]) {
      const account = await engine.getAccount(address);
      snapshot[address] = account && [account.nonce, account.balance];
    }
    for (const address of CONTRACTS) {
      for (const key of KEYS) snapshot[address + key] = await engine.getStorage(address, key);
    }
    return snapshot;
  }

  /** The whole state after an earlier block, from history and what is now. */
  async lookBack(number: bigint): Promise<Snapshot> {
    const now = await this.look();
    const then = this.store.history(number);
    const snapshot: Snapshot = {};
    for (const place of Object.keys(now)) {
      const address = place.slice(0, 42) as Hex;
      if (place.length === 42) {
        const old = then.account(address);
        snapshot[place] = old === undefined ? now[place] : old.value && [old.value.nonce, old.value.balance];
      } else {
        const old = then.slot(address, `0x${place.slice(44)}`);
        snapshot[place] = old === undefined ? now[place] : old.value;
      }
    }
    return snapshot;
  }

  private async calls(): Promise<{ transactions: Uint8Array[]; senders: Hex[] }> {
    const { random } = this;
    const transactions: Uint8Array[] = [];
    const senders: Hex[] = [];
    const nonces = new Map<Hex, bigint>();
    for (let count = random(6); count > 0; count--) {
      const from = SENDERS[random(SENDERS.length)]!;
      const nonce = nonces.get(from) ?? (await this.engine.getAccount(from))!.nonce;
      nonces.set(from, nonce + 1n);
      const contract = random(3) > 0;
      const key = KEYS[random(KEYS.length)]!;
      const data: Hex =
        contract && random(8) > 0 ? `${key}${random(3).toString(16).padStart(64, "0")}` : "0x";
      const to = contract ? CONTRACTS[random(CONTRACTS.length)]! : RECIPIENTS[random(RECIPIENTS.length)]!;
      const value = contract ? 0n : 1n + BigInt(random(1000));
      transactions.push(encodeUnsigned({ nonce, gasPrice: 7n, gasLimit: 100_000n, to, value, data }));
      senders.push(from);
    }
    return { transactions, senders };
  }

  /** An edit from outside: gives a contract back its code, or changes a balance or a storage. */
  private edits(): StateEdit[] {
    const { random } = this;
    const address = CONTRACTS[random(2)]!;
    switch (random(8)) {
      case 0:
      case 1:
        return [{ address, nonce: 1n, code: CODE, storage: [[KEYS[random(KEYS.length)]!, 9n]] }];
      case 2:
        return [{ address: RECIPIENTS[random(RECIPIENTS.length)]!, balance: BigInt(random(3)) }];
      case 3:
        return [{ address, clearStorage: true, storage: [[KEYS[random(KEYS.length)]!, 4n]] }];
      case 4:
        return [{ address, deleted: true }];
      default:
        return [];
    }
  }

  /** Makes the next block of random transactions, after random edits, and gives it to the store. */
  async mine(): Promise<StoredBlock> {
    const { engine, store } = this;
    const number = BigInt(this.blocks.length);
    const undo: Uint8Array[] = [];
    const changes: Uint8Array[] = [];
    const edits = this.edits();
    if (edits.length > 0) {
      undo.push((await engine.edit(edits)).undo);
      changes.push(encodeEdits(edits));
    }
    const calls = await this.calls();
    const parentHash = this.blocks.at(-1)!.hash;
    const result = await engine.execute({
      header: {
        number,
        timestamp: number,
        gasLimit: 30_000_000n,
        coinbase: COINBASE,
        parentHash,
        difficulty: 1n,
        baseFeePerGas: 7n,
      },
      ...calls,
    });
    undo.push(result.undo());
    changes.push(result.changes.pack());
    const stateRoot = result.roots.state!;
    await result.commit();
    const payload = Buffer.concat([Buffer.from(`block ${number}`), ...calls.transactions]);
    const hash = sha256(parentHash, stateRoot, payload);
    const hashes = calls.transactions.map((raw) => Buffer.from(sha256(raw, hash).slice(2), "hex"));
    const made: StoredBlock = {
      ...block(number, hash, stateRoot, 0),
      payload,
      transactionHashes: Buffer.concat(hashes),
      undo,
      changes,
    };
    const mined = { ...made, position: store.log?.append(RecordType.block, encodeBlock(made)) ?? 0 };
    this.blocks.push(mined);
    this.snapshots.push(await this.look());
    store.append(mined);
    return mined;
  }

  /** Takes the chain back. */
  async goBack(number: bigint): Promise<void> {
    const record = Buffer.alloc(8);
    record.writeBigUInt64LE(number);
    await this.takeBack(number, this.store.log?.append(RecordType.revert, record) ?? 0);
  }

  private async takeBack(number: bigint, position: number): Promise<void> {
    while (this.blocks.length - 1 > Number(number)) {
      const { undo } = this.blocks.pop()!;
      this.snapshots.length = Math.min(this.snapshots.length, this.blocks.length);
      for (const record of [...undo].reverse()) await this.engine.revert(Uint8Array.from(record));
    }
    await this.store.removeAbove(number, position);
  }

  async close(): Promise<void> {
    await this.engine.close();
    await this.store.close();
  }
}

function block(number: bigint, hash: Hex, stateRoot: Hex, position: number): StoredBlock {
  return {
    number,
    hash,
    stateRoot,
    position,
    payload: Buffer.from(`block ${number}`),
    bloom: new Uint8Array(256).fill(Number(number % 256n)),
    transactionHashes: new Uint8Array(0),
    undo: [],
    changes: [],
  };
}
