import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { findInTrie } from "@heddle/chain";
import {
  createEngine,
  decodeBlock,
  decodeHeader,
  EMPTY_TRIE_ROOT,
  type Header,
  type Hex,
  headerHash,
  type SourceAccount,
  type StateSource,
} from "@heddle/engine";
import * as Hash from "ox/Hash";
import * as HexOf from "ox/Hex";
import * as Rlp from "ox/Rlp";
import { parseGwei } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { ask } from "./support/anvil.ts";
import { ADDRESSES, CONTRACTS, KEYS, startTestNode, type TestNode } from "./support/node.ts";

interface Witness {
  state: Hex[];
  codes: Hex[];
  keys: Hex[];
  headers: Hex[];
}

/** Writes its second word of calldata to the slot that the first names. */
const STORE: Hex = `0x${"d1".repeat(20)}`;
/** Stores the hash of block 1, and the size of the counter's code. */
const LOOKS: Hex = `0x${"d2".repeat(20)}`;
const CODES: Record<Hex, Hex> = {
  [STORE]: "0x6020355f3555",
  [LOOKS]: `0x6001405f5573${CONTRACTS.counter.slice(2)}3b600155`,
};

const word = (value: number) => value.toString(16).padStart(64, "0");
const keyed = <T>(list: readonly T[], bytes: (item: T) => Hex) =>
  new Map(list.map((item) => [Hash.keccak256(bytes(item)), item]));

/** State of which nothing is known but a witness: what it does not reach is an error. */
function sourceOf({ state, codes }: Witness, root: Hex): StateSource {
  const nodes = keyed(state, (rlp) => rlp);
  const byHash = keyed(codes, (code) => code);
  const find = (from: Hex, key: Hex): Hex | undefined => {
    if (from === EMPTY_TRIE_ROOT) return undefined;
    const found = findInTrie(from, HexOf.toBytes(key), (hash) => {
      const rlp = nodes.get(hash);
      return rlp === undefined ? undefined : HexOf.toBytes(rlp);
    });
    if (found === null) throw new Error(`the witness does not reach ${key}`);
    return found;
  };
  const account = (address: Hex): SourceAccount | undefined => {
    const leaf = find(root, address);
    if (leaf === undefined) return undefined;
    const [nonce, balance, storageRoot, codeHash] = Rlp.toHex(leaf) as [Hex, Hex, Hex, Hex];
    const number = (bytes: Hex) => (bytes === "0x" ? 0n : BigInt(bytes));
    return { nonce: number(nonce), balance: number(balance), storageRoot, codeHash };
  };
  return {
    account,
    storage: (address, key) => {
      const storageRoot = account(address)?.storageRoot;
      const value = storageRoot === undefined ? undefined : find(storageRoot, key);
      return value === undefined ? 0n : BigInt(Rlp.toHex(value) as Hex);
    },
    code: (hash) => HexOf.toBytes(byHash.get(hash)!),
    node: (hash) => {
      const rlp = nodes.get(hash);
      return rlp === undefined ? undefined : HexOf.toBytes(rlp);
    },
  };
}

describe("debug_executionWitness", () => {
  let node: TestNode;
  const nonces = [0, 0, 0];
  const signed = (key: number, fields: { to?: Hex; data?: Hex; value?: bigint }) =>
    privateKeyToAccount(KEYS[key]!).signTransaction({
      type: "eip1559",
      chainId: 31337,
      nonce: nonces[key]!++,
      gas: 300_000n,
      maxFeePerGas: parseGwei("20"),
      maxPriorityFeePerGas: parseGwei("1"),
      ...fields,
    });
  const mine = async (...raw: Promise<Hex>[]) => {
    const transactions = (await Promise.all(raw)).map((one) => HexOf.toBytes(one));
    return node.chain.mine({ transactions });
  };
  const store = (key: number, slot: number, value: number) =>
    signed(key, { to: STORE, data: `0x${word(slot)}${word(value)}` });

  before(async () => {
    node = await startTestNode();
    const crowd = Array.from({ length: 400 }, (_, i) => ({
      address: HexOf.fromNumber(0x10000 + i, { size: 20 }),
      balance: 1n,
    }));
    await node.chain.edit([
      ...crowd,
      ...Object.entries(CODES).map(([address, code]) => ({ address: address as Hex, code })),
    ]);
    await mine();
    await mine(...Array.from({ length: 40 }, (_, i) => store(i % 3, i, i + 1)));
    // Values that go leave nodes that are joined with their neighbours.
    await mine(
      ...Array.from({ length: 30 }, (_, i) => store(i % 3, i, 0)),
      signed(0, { to: LOOKS }),
      signed(1, { to: CONTRACTS.counter }),
      signed(2, { data: "0x60015ff3", value: 0n }),
      signed(0, { to: `0x${"ab".repeat(20)}`, value: 5n }),
      // Init code that destructs itself.
      signed(1, { data: "0x33ff", value: 3n }),
    );
    await mine();
  });
  after(() => node.close());

  const witness = (block: string) =>
    ask(node.server.url, "debug_executionWitness", block) as Promise<Witness>;

  /** Executes a block over its witness alone. @returns the state root that it gives */
  const executed = async (number: string, given: Witness): Promise<Hex | undefined> => {
    const raw = (await ask(node.server.url, "debug_getRawBlock", number)) as Hex;
    const { header, transactions, uncles, withdrawals } = decodeBlock(HexOf.toBytes(raw));
    const ancestors = given.headers.map((bytes): Header => decodeHeader(HexOf.toBytes(bytes)));
    const parent = ancestors.at(-1)!;
    assert.equal(headerHash(parent), header.parentHash);
    await using engine = await createEngine({
      workers: 0,
      chain: node.chain.config,
      memoryLimit: 64 * 2 ** 20,
      stateRoot: parent.stateRoot,
      state: sourceOf(given, parent.stateRoot),
      blockHashes: new Map(ancestors.map((one) => [one.number, headerHash(one)])),
    });
    const result = await engine.execute({
      header,
      transactions,
      uncles,
      withdrawals: withdrawals ?? [],
      parentTotalDifficulty: 0n,
    });
    const root = result.roots.state;
    result.discard();
    return root;
  };

  it("is all that it takes to execute a block: the same state root comes of it", async () => {
    for (const number of ["0x2", "0x3", "0x4"]) {
      const block = node.chain.block(BigInt(number))!;
      assert.equal(await executed(number, await witness(number)), block.header.stateRoot, number);
    }
  });

  it("has the nodes on the way to what the block uses, and not all there are", async () => {
    const { state, codes, keys } = await witness("0x3");
    assert.ok(state.length > 60 && state.length < 200, `${state.length} nodes`);
    assert.ok(codes.includes(CODES[STORE]!) && codes.includes(CODES[LOOKS]!));
    // Looked at, not run.
    assert.ok(codes.includes("0x5f54600101805f555f52600160205fa1005b"));
    for (const key of [STORE, ADDRESSES[0], `0x${word(7)}`]) assert.ok(keys.includes(key as Hex), key);
    assert.equal(new Set(state).size, state.length);
  });

  it("has the headers as far back as the block asks for hashes, its parent last", async () => {
    const numbers = async (block: string) =>
      (await witness(block)).headers.map((bytes) => Number(decodeHeader(HexOf.toBytes(bytes)).number));
    assert.deepEqual(await numbers("0x2"), [1]);
    assert.deepEqual(await numbers("0x3"), [1, 2]);
  });

  it("does not do without any of the nodes on the way to what the block changes", async () => {
    const whole = await witness("0x3");
    for (const at of [0, 20, 40, whole.state.length - 1]) {
      await assert.rejects(executed("0x3", { ...whole, state: whole.state.toSpliced(at, 1) }));
    }
  });

  it("is refused where the state before the block is not that of its parent's header, and where there is no parent", async () => {
    await assert.rejects(witness("0x1"), /changed from outside/);
    await assert.rejects(witness("0x0"), /parent .* is not known/);
    await assert.rejects(witness("0x99"), /header not found/);
  });
});
