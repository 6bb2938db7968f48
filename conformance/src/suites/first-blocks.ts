// The first 8,191 blocks of mainnet on the real genesis: rewards, uncles, difficulty, seals and every state root. One
// chain, run from its start; each block is an entry.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { bytesToHex, Fields, Progress, parseJson, readXz } from "@heddle/cli";
import { EMPTY_OMMERS_HASH, EMPTY_TRIE_ROOT, type Header, type Hex, MAINNET } from "@heddle/engine";
import { rlpItem } from "@heddle/engine/testing";
import type { TestAccount } from "../accounts.ts";
import { BlockExecutor } from "../block-executor.ts";
import { Chain } from "../chain.ts";
import { type Mode, type ModeChoice, modeOf } from "../mode.ts";
import { compare, type Difference, emptyResult, thrown } from "../outcome.ts";
import { describeRefusal } from "../refusal.ts";
import type { RunOptions } from "../run.ts";
import { entryKey, type Selection, selectsFile } from "../selection.ts";
import { Tally } from "../tally.ts";

const SUITE = "mainnet-first-8192";
const FILE = `${SUITE}/chain.rlp`;
const FORK = "Frontier";
const EMPTY_BLOOM: Hex = `0x${"00".repeat(256)}`;

export interface FirstBlocksOptions extends Omit<RunOptions, "suites" | "workers"> {
  mode: ModeChoice;
}

async function unpacked(file: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readXz(file)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A genesis file's allocation; mainnet's gives balances and nothing else. */
function allocated(alloc: Fields): TestAccount[] {
  return alloc.keys().map((address) => ({
    address: address.toLowerCase() as Hex,
    balance: alloc.object(address).quantity("balance"),
    nonce: 0n,
    code: new Uint8Array(0),
    storage: [],
  }));
}

/** Block 0 of a genesis file: what the file leaves out is empty. */
function genesisHeader(genesis: Fields, stateRoot: Hex): Header {
  const nonce = genesis.quantity("nonce", 64).toString(16).padStart(16, "0");
  return {
    parentHash: bytesToHex(genesis.bytes("parentHash", 32)),
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: bytesToHex(genesis.bytes("coinbase", 20)),
    stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: EMPTY_BLOOM,
    difficulty: genesis.quantity("difficulty"),
    number: genesis.quantity("number", 64),
    gasLimit: genesis.quantity("gasLimit", 64),
    gasUsed: genesis.quantity("gasUsed", 64),
    timestamp: genesis.quantity("timestamp", 64),
    extraData: bytesToHex(genesis.bytes("extraData")),
    mixHash: bytesToHex(genesis.bytes("mixHash", 32)),
    nonce: `0x${nonce}`,
  };
}

async function start(folder: string, mode: Mode): Promise<Chain> {
  const name = "genesis.json";
  const genesis = new Fields(name, "", parseJson(name, await unpacked(join(folder, `${name}.xz`))));
  const accounts = allocated(genesis.object("alloc"));
  // The file does not state the root. That it is right is told by the hash that block 1 names as its parent's.
  const root = (await BlockExecutor.take(mode)).load(accounts) as Hex;
  return Chain.start(MAINNET, genesisHeader(genesis, root), accounts, { mode, seals: true });
}

/** How many of the chain's blocks are run: a share is its begin, and whatever failed once. */
function chosen({ share, always }: Selection, count: number): number {
  const before = always
    .filter((key) => key.startsWith(`${FILE}#`))
    .map((key) => Number(key.split("#").at(-1)) + 1);
  return Math.min(count, Math.max(Math.ceil(count * share), ...before));
}

function atHead(chain: Chain, head: Fields): Difference[] {
  return [
    ...compare("head", chain.headHash, head.text("headHash")),
    ...compare("state root of the head", chain.headStateRoot, head.text("headStateRoot")),
    ...compare("total difficulty", chain.totalDifficulty, head.quantity("totalDifficulty")),
  ];
}

/** Imports the blocks one after another, up to the first that is refused. Throws for files that are damaged. */
export async function runFirstBlocks(options: FirstBlocksOptions): Promise<Tally> {
  const { selection } = options;
  const folder = join(options.corpus, SUITE);
  const tally = new Tally();
  if (!existsSync(folder) || !selectsFile(selection, FILE)) return tally;
  const head = new Fields("head.json", "", parseJson("head.json", await readFile(join(folder, "head.json"))));
  const count = Number(head.quantity("lastBlock", 32));
  const last = chosen(selection, count);
  tally.total = last;
  const progress = new Progress(last, "blocks");
  const result = emptyResult();
  const mode = modeOf(options.mode, selection.slice, FILE);
  let done = 0;
  try {
    const chain = await start(folder, mode);
    const bytes = await unpacked(join(folder, "chain.rlp.xz"));
    for (let at = 0; done < last; done++) {
      const { end } = rlpItem(bytes, at, bytes.length, `block ${done + 1}`);
      const refusal = await chain.importBlock(bytes.subarray(at, end));
      at = end;
      if (refusal !== null) throw new Error(describeRefusal(refusal));
      if (done + 1 === count) {
        const differences = atHead(chain, head);
        if (at !== bytes.length)
          differences.push(...compare("bytes behind the last block", bytes.length - at, 0));
        if (differences.length > 0) result.failures.push(failure(done, mode, differences));
      }
      if (options.progress) progress.update(done + 1);
    }
  } catch (error) {
    result.failures.push(failure(done, mode, [thrown(error, "accepted")]));
  } finally {
    progress.clear();
  }
  result.passed[FORK] = done - (result.failures.length > 0 && done === last ? 1 : 0);
  tally.add(SUITE, result);
  return tally;
}

function failure(block: number, mode: Mode, differences: Difference[]) {
  return { key: entryKey(FILE, FORK, block), fork: FORK, mode, test: `block ${block + 1}`, differences };
}
