// A made-up chain of empty Frontier blocks, each right in every field but its seal.

import {
  EMPTY_TRIE_ROOT,
  encodeBlock,
  type Header,
  type Hex,
  headerHash,
  networkConfig,
  ommersHash,
  rulesAt,
} from "@heddle/engine";
import { nextDifficulty } from "@heddle/engine/testing";
import type { TestAccount } from "../../src/accounts.ts";
import { BlockExecutor } from "../../src/block-executor.ts";

export const CONFIG = networkConfig("Frontier");

export const ACCOUNTS: readonly TestAccount[] = [
  {
    address: `0x${"aa".repeat(20)}`,
    balance: 10n ** 18n,
    nonce: 0n,
    code: Uint8Array.of(0x60, 0x00),
    storage: [[`0x${"00".repeat(31)}01`, 7n]],
  },
];

export interface MadeBlock {
  header: Header;
  uncles: Header[];
  parent: MadeBlock | undefined;
  rlp: Uint8Array;
  hash: Hex;
}

function made(header: Header, uncles: Header[], parent: MadeBlock | undefined): MadeBlock {
  const rlp = encodeBlock({ header, transactions: [], uncles });
  return { header, uncles, parent, rlp, hash: headerHash(header) };
}

async function stateAfter(block: Omit<MadeBlock, "rlp" | "hash">): Promise<string> {
  const executor = await BlockExecutor.take("in-order");
  const line: Omit<MadeBlock, "rlp" | "hash">[] = [];
  for (let at: typeof block | undefined = block; at.parent !== undefined; at = at.parent) line.unshift(at);
  let root = executor.load(ACCOUNTS);
  for (const { header, uncles } of line) {
    const rules = rulesAt(CONFIG, header);
    ({ stateRoot: root } = await executor.execute({ header, transactions: [], uncles }, rules, []));
  }
  return root;
}

/** Block 0 on ACCOUNTS. */
export async function genesis(): Promise<MadeBlock> {
  const header: Header = {
    parentHash: `0x${"00".repeat(32)}`,
    ommersHash: ommersHash([]),
    coinbase: `0x${"00".repeat(20)}`,
    stateRoot: EMPTY_TRIE_ROOT,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: `0x${"00".repeat(256)}`,
    difficulty: 1_000_000n,
    number: 0n,
    gasLimit: 5_000_000n,
    gasUsed: 0n,
    timestamp: 1000n,
    extraData: "0x",
    mixHash: `0x${"00".repeat(32)}`,
    nonce: "0x0000000000000000",
  };
  header.stateRoot = (await stateAfter({ header, uncles: [], parent: undefined })) as Hex;
  return made(header, [], undefined);
}

/** A child of `parent` that its miner found after `seconds`: the faster, the more difficult is the next one. */
export async function child(
  parent: MadeBlock,
  miner: number,
  seconds: number,
  uncles: readonly MadeBlock[] = [],
): Promise<MadeBlock> {
  const number = parent.header.number + 1n;
  const timestamp = parent.header.timestamp + BigInt(seconds);
  const rules = rulesAt(CONFIG, { number, timestamp, difficulty: 1n });
  const headers = uncles.map(({ header }) => header);
  const header: Header = {
    ...parent.header,
    parentHash: parent.hash,
    ommersHash: ommersHash(headers),
    coinbase: `0x${miner.toString(16).padStart(40, "0")}`,
    difficulty: nextDifficulty({ ...parent.header, hasUncles: false }, timestamp, rules),
    number,
    timestamp,
  };
  header.stateRoot = (await stateAfter({ header, uncles: headers, parent })) as Hex;
  return made(header, headers, parent);
}
