// The benchmark blocks of the execution specs (EEST): blocks that spend all their gas on one thing, the worst that somebody
// could send.

import { join } from "node:path";
import { Fields, hexToBytes, parseJson, readArchive } from "@heddle/cli";
import {
  type Allocation,
  type Block,
  type ChainConfig,
  decodeBlock,
  type Header,
  networkConfig,
  rulesAt,
} from "@heddle/engine";
import { testAccounts } from "../../../conformance/src/accounts.ts";
import { allocation } from "../../../conformance/src/executor.ts";
import { networkOptions } from "../../../conformance/src/network.ts";
import { probe } from "../../../conformance/src/probe.ts";
import { genesisOf, stepsOf } from "../../../conformance/src/suites/blocks.ts";

/** One benchmark block with all that is needed to run it. */
export interface BenchmarkCase {
  /** Area, test and parameters, without the size: `precompile/sha256 size_32`. */
  name: string;
  /** Gas of the block in millions, as the suite names it. */
  mgas: number;
  config: ChainConfig;
  genesis: Header;
  alloc: Allocation;
  /** Blocks before the measured one, which set the scene. */
  setup: Block[];
  /** The measured block. */
  block: Block;
  /** All blocks as they arrive, the measured one last. */
  rlp: Uint8Array[];
  /** The signers of the measured block's transactions, 20 bytes each. */
  senders: Uint8Array;
  /** Every code that an account has before the measured block. */
  codes: Uint8Array[];
}

export interface CaseSelection {
  /** Only cases whose name contains it. */
  filter: string;
  /** Sizes in Mgas; all where it is empty. */
  mgas: readonly number[];
}

const ARCHIVE = "blockchain-tests/eest-benchmark-v0.0.7.tar.xz";

/**
 * What a case is called, from the file's path and the test's name; `mgas` is NaN where the name tells no size. The suite
 * has most tests twice, as blocks and as payloads, which this makes one.
 */
export function caseName(path: string, test: string): { name: string; mgas: number } {
  const area = /compute\/(.+)\/[^/]+\.json$/.exec(path)?.[1] ?? path;
  const title = /::test_([a-z0-9_]+)/i.exec(test)?.[1] ?? test;
  const parameters = (/\[(.*)\]$/.exec(test)?.[1] ?? "")
    .split("-")
    .filter((part) => !/^(fork_.*|blockchain_test(_engine)?|benchmark|gas|value_\d+M)$/.test(part));
  const mgas = Number(/benchmark-gas-value_(\d+)M/.exec(test)?.[1] ?? Number.NaN);
  const folder = area.replace(/^instruction\//, "");
  const place = folder.endsWith(`/${title}`) || folder === title ? folder : `${folder}/${title}`;
  return { name: [place, ...parameters.filter((part) => part !== title)].join(" "), mgas };
}

/** The signers of a block's transactions, 20 bytes each, in order. */
export async function sendersOf(config: ChainConfig, { header, transactions }: Block): Promise<Uint8Array> {
  const kernel = await probe();
  const rules = rulesAt(config, header);
  const senders = transactions.map((raw) => hexToBytes(kernel.inspectTransaction(rules, raw).sender));
  return new Uint8Array(Buffer.concat(senders));
}

async function readCase(test: Fields, name: string, mgas: number): Promise<BenchmarkCase> {
  const network = test.text("network");
  const config = networkConfig(network, test.has("config") ? networkOptions(test.object("config")) : {});
  const steps = await stepsOf(test, network);
  const blocks = steps.map(({ rlp }) => decodeBlock(rlp));
  const pre = testAccounts(test.object("pre"));
  const post = test.has("postState") ? testAccounts(test.object("postState")) : [];
  return {
    name,
    mgas,
    config,
    genesis: genesisOf(test),
    alloc: allocation(pre),
    setup: blocks.slice(0, -1),
    block: blocks.at(-1)!,
    senders: await sendersOf(config, blocks.at(-1)!),
    rlp: steps.map(({ rlp }) => rlp),
    codes: [...pre, ...post].map(({ code }) => code).filter((code) => code.length > 0),
  };
}

/**
 * The chosen cases of the corpus in the folder `corpus`, each once, ordered by name and size.
 * @throws ArchiveError, FixtureError
 */
export async function readCases(corpus: string, selection: CaseSelection): Promise<BenchmarkCase[]> {
  const found = new Map<string, BenchmarkCase>();
  for await (const { path, bytes } of readArchive(join(corpus, ARCHIVE))) {
    if (!path.endsWith(".json")) continue;
    const file = new Fields(path, "", parseJson(path, bytes));
    for (const test of file.keys()) {
      const { name, mgas } = caseName(path, test);
      if (!name.includes(selection.filter)) continue;
      if (selection.mgas.length > 0 && !selection.mgas.includes(mgas)) continue;
      const key = `${name} ${mgas}`;
      if (!found.has(key)) found.set(key, await readCase(file.object(test), name, mgas));
    }
  }
  return [...found.values()].sort((a, b) => (a.name === b.name ? a.mgas - b.mgas : a.name < b.name ? -1 : 1));
}
