// The witness of a block: what of its parent's state, codes and ancestors it takes to execute it and to know its state root.

import {
  type ChainConfig,
  createEngine,
  type Engine,
  type Hex,
  type SourceAccount,
  type StateSource,
  type Tracer,
  type TraceStep,
} from "@heddle/engine";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as HexOf from "ox/Hex";
import * as Rlp from "ox/Rlp";
import type { BlockEntry } from "./block-entry.ts";
import { type Ancestry, execute, recentHashes, trace } from "./block-execution.ts";
import { ChainError } from "./errors.ts";
import { decodePath, type TrieNode } from "./remote/trie-walk.ts";

/** What a block is executed on where its parent's state is not at hand. */
export interface Witness {
  /** RLP of nodes of the state trie and of storage tries. */
  state: Hex[];
  codes: Hex[];
  /** Addresses and storage keys, whose hashes the tries have. */
  keys: Hex[];
  /** The block's parent and those before it as far as the block asks for their hashes, the oldest first. */
  headers: BlockEntry[];
}

/** A block has no witness that anybody could check against the header of its parent. */
export class NoWitnessError extends ChainError {
  override readonly name = "NoWitnessError";
  constructor(block: bigint, reason: string, expected: unknown, met: unknown) {
    super("NO_WITNESS", `block ${block} has no witness: ${reason}`, {
      field: "header.stateRoot",
      expected,
      met,
    });
  }
}

/** A few blocks' worth of state. */
const MEMORY = 256 * 2 ** 20;
const BLOCKHASH = 0x40;
/** How many ancestors BLOCKHASH reaches. */
const REACH = 256n;

/** Where a node stands: the nibbles from the root of a trie to it. */
interface Place {
  owner: Hex | undefined;
  nibbles: string;
}

const hashOf = (rlp: Hex): Hex => HexOf.fromBytes(keccak_256(HexOf.toBytes(rlp)));
const nibblesOf = (preimage: Hex): string => hashOf(preimage).slice(2);

/** The state on which an engine stands, that notes what is asked of it, and the nodes that prove it. */
class NotedState implements StateSource {
  readonly nodes = new Map<Hex, Hex>();
  readonly codes = new Map<Hex, Uint8Array>();
  readonly keys = new Set<Hex>();
  readonly #engine: Engine;
  readonly #places = new Map<Hex, Place>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async account(address: Hex): Promise<SourceAccount | undefined> {
    this.keys.add(address);
    const { accountProof, nonce, balance, codeHash, storageHash } = await this.#engine.getProof(address);
    this.#note(accountProof, { owner: undefined, nibbles: nibblesOf(address) });
    const account = await this.#engine.getAccount(address);
    return account && { nonce, balance, codeHash, storageRoot: storageHash };
  }

  async storage(address: Hex, key: Hex): Promise<bigint> {
    this.keys.add(key);
    const { storageProof } = await this.#engine.getProof(address, [key]);
    const [{ value, proof }] = storageProof as [(typeof storageProof)[number]];
    this.#note(proof, { owner: address, nibbles: nibblesOf(key) });
    return value;
  }

  async code(hash: Hex): Promise<Uint8Array> {
    const code = await this.#engine.getCodeOf(hash);
    this.codes.set(hash, code);
    return code;
  }

  /** Of a value that goes, the neighbour is asked for too: no proof leads there. */
  async node(hash: Hex): Promise<Uint8Array | undefined> {
    const place = this.#places.get(hash);
    if (!this.nodes.has(hash) && place !== undefined) {
      const towards: Hex = `0x${place.nibbles.padEnd(64, "0")}`;
      const nodes = await this.#engine.getTrieNodes(towards, place.owner);
      const at = nodes.findIndex((rlp) => hashOf(rlp) === hash);
      if (at >= 0) this.#note(nodes.slice(0, at + 1), place);
    }
    const rlp = this.nodes.get(hash);
    return rlp === undefined ? undefined : HexOf.toBytes(rlp);
  }

  /** Notes the nodes on the way along `nibbles`, and where those stand that they refer to. */
  #note(nodes: readonly Hex[], { owner, nibbles }: Place): void {
    let depth = 0;
    for (const rlp of nodes) {
      this.nodes.set(hashOf(rlp), rlp);
      depth = this.#noteChildren(Rlp.toHex(rlp) as TrieNode, owner, nibbles, depth);
    }
  }

  /** Notes where the children of a node at `depth` stand. @returns the depth of the next node on the way that has a hash */
  #noteChildren(node: TrieNode, owner: Hex | undefined, nibbles: string, depth: number): number {
    const prefix = nibbles.slice(0, depth);
    if (node.length === 2) {
      const path = decodePath(node[0] as Hex);
      const below = node[1]!;
      if (path.isLeaf) return depth;
      return this.#noteChild(below, owner, nibbles, `${prefix}${path.nibbles}`);
    }
    let next = depth + 1;
    for (let digit = 0; digit < 16; digit++) {
      const place = `${prefix}${digit.toString(16)}`;
      const reached = this.#noteChild(node[digit]!, owner, nibbles, place);
      if (nibbles.startsWith(place)) next = reached;
    }
    return next;
  }

  #noteChild(child: Hex | TrieNode, owner: Hex | undefined, nibbles: string, place: string): number {
    // A node shorter than a hash stands within its parent.
    if (typeof child !== "string") {
      const way = nibbles.startsWith(place) ? nibbles : place.padEnd(64, "0");
      return this.#noteChildren(child, owner, way, place.length);
    }
    if (child.length === 66) this.#places.set(child, { owner, nibbles: place });
    return place.length;
  }
}

/** The least number that BLOCKHASH was asked for, of those that it knows. */
class OldestHash implements Tracer {
  readonly #block: bigint;
  oldest: bigint;

  constructor(block: bigint) {
    this.#block = block;
    this.oldest = block - 1n;
  }

  step(step: TraceStep): void {
    if (step.opcode !== BLOCKHASH || step.stackSize === 0) return;
    const number = step.stack(0);
    if (number < this.oldest && number + REACH >= this.#block) this.oldest = number;
  }
}

/**
 * Collects the witness of a block whose parent's state is where the engine stands.
 * @throws NoWitnessError; what executing the block throws
 */
export async function collectWitness(
  engine: Engine,
  chain: ChainConfig,
  block: BlockEntry,
  parent: BlockEntry,
  ancestry: Ancestry,
  signal?: AbortSignal,
): Promise<Witness> {
  const { stateRoot } = engine;
  const expected = parent.header.stateRoot;
  if (stateRoot === undefined) {
    throw new NoWitnessError(block.number, "a forked chain keeps no state roots", expected, stateRoot);
  }
  if (stateRoot !== expected) {
    const reason = `the state before it was changed from outside: its root is ${stateRoot}, the parent's header says ${expected}`;
    throw new NoWitnessError(block.number, reason, expected, stateRoot);
  }
  const state = new NotedState(engine);
  const { header, transactions, receipts, uncles, withdrawals } = block;
  const body = { header, transactions, senders: receipts.senders, uncles, withdrawals, signal };
  const over = await createEngine({
    workers: 0,
    chain,
    memoryLimit: MEMORY,
    blockHashes: recentHashes(parent, ancestry),
    state,
    stateRoot,
  });
  try {
    const hashes = new OldestHash(block.number);
    await trace(over, body, parent, ancestry, {
      tracer: () => hashes,
      ...(signal === undefined ? {} : { signal }),
    });
    const result = await execute(over, body, parent, ancestry);
    const { state: root } = result.roots;
    result.discard();
    if (root !== header.stateRoot) {
      const reason = `executed again it gives state root ${root}, its header says ${header.stateRoot}`;
      throw new NoWitnessError(block.number, reason, header.stateRoot, root);
    }
    const count = Number(block.number - hashes.oldest);
    return {
      state: [...state.nodes.values()].toSorted(),
      codes: [...state.codes.values()].map((code) => HexOf.fromBytes(code)).toSorted(),
      keys: [...state.keys],
      headers: ancestry.line(parent, count).toReversed(),
    };
  } finally {
    await over.close();
  }
}
