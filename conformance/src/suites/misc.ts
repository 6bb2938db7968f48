// The small suites of ethereum/tests: transactions, RLP, tries, difficulty, genesis.

import { bytesToHex, Fields, hexToBytes, parseJson } from "@heddle/cli";
import {
  type ChainConfig,
  decodeBlock,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  encodeBlock,
  type Header,
  type Hex,
  headerHash,
  integerHex,
  networkConfig,
  nextDifficulty,
  rulesAt,
} from "@heddle/engine";
import { type Allocation, keccak256 } from "@heddle/engine/testing";
import * as Address from "ox/Address";
import * as Secp256k1 from "ox/Secp256k1";
import { isExpectedRefusal } from "../exceptions.ts";
import { executor } from "../executor.ts";
import { type Case, compare, type Difference } from "../outcome.ts";
import { inspectTransaction, probe } from "../probe.ts";
import { type RlpValue, readRlp, writeRlp } from "../rlp-value.ts";
import { outOfScope } from "../vectors.ts";

type Check = (path: string, json: unknown) => Difference[] | Promise<Difference[]>;

function quantity(value: unknown): bigint {
  return BigInt(String(value));
}

/** One case a fork: each says what must become of the same bytes. */
function* transactionCases(path: string, json: unknown): Generator<Case> {
  const file = new Fields(path, "", json);
  for (const name of file.keys()) {
    const test = file.object(name);
    const results = test.object("result");
    for (const fork of results.keys()) {
      const expected = results.object(fork);
      yield {
        fork,
        test: `${name} [${fork}]`,
        run: async () => {
          const seen = await inspectTransaction(hexToBytes(test.text("txbytes")), { fork, chainId: 1n });
          if (expected.has("exception")) {
            const reason = expected.text("exception");
            if (
              seen.invalid !== undefined &&
              isExpectedRefusal(reason, { kind: "transaction", reason: seen.invalid })
            )
              return [];
            return [{ field: "exception", ours: seen.invalid ?? "accepted", theirs: reason }];
          }
          if (seen.invalid !== undefined)
            return [{ field: "exception", ours: seen.invalid, theirs: "accepted" }];
          return [
            ...compare("hash", seen.hash, expected.text("hash")),
            ...compare("sender", seen.sender, expected.text("sender")),
            ...compare("intrinsicGas", seen.intrinsicGas, expected.quantity("intrinsicGas")),
          ];
        },
      };
    }
  }
}

/** Text is its bytes, numbers are shortest, "#" begins a decimal too large for JSON. */
function rlpInput(value: unknown): RlpValue {
  if (Array.isArray(value)) return value.map(rlpInput);
  if (typeof value === "string" && !value.startsWith("#")) return bytesToHex(new TextEncoder().encode(value));
  return integerHex(typeof value === "string" ? BigInt(value.slice(1)) : quantity(value));
}

function rlpChecks(path: string, json: unknown): Difference[] {
  const file = new Fields(path, "", json);
  return file.keys().flatMap((name) => {
    const test = file.object(name);
    const out = hexToBytes(test.text("out"));
    const input = test.raw("in");
    let decoded: string;
    try {
      decoded = JSON.stringify(readRlp(out));
    } catch (error) {
      decoded = `INVALID: ${(error as Error).message}`;
    }
    if (input === "INVALID")
      return decoded.startsWith("INVALID") ? [] : [{ field: name, ours: decoded, theirs: "INVALID" }];
    if (input === "VALID")
      return decoded.startsWith("INVALID") ? [{ field: name, ours: decoded, theirs: "VALID" }] : [];
    const value = rlpInput(input);
    return [
      ...compare(`${name} encoded`, bytesToHex(writeRlp(value)), bytesToHex(out)),
      ...compare(`${name} decoded`, decoded, JSON.stringify(value)),
    ];
  });
}

/** Keys and values that begin with 0x are bytes, others text; null removes. */
function trieBytes(text: string): Uint8Array {
  return text.startsWith("0x") ? hexToBytes(text) : new TextEncoder().encode(text);
}

function trieChecks(secure: boolean): Check {
  return async (path, json) => {
    const kernel = await probe();
    const file = new Fields(path, "", json);
    return file.keys().flatMap((name) => {
      const test = file.object(name);
      const input = test.raw("in") as Record<string, string | null> | [string, string | null][];
      const pairs = Array.isArray(input) ? input : Object.entries(input);
      const entries = new Map<string, { key: Uint8Array; value: Uint8Array }>();
      for (const [key, value] of pairs) {
        if (value === null) entries.delete(key);
        else
          entries.set(key, {
            key: secure ? keccak256(trieBytes(key)) : trieBytes(key),
            value: trieBytes(value),
          });
      }
      return compare(name, kernel.trieRoot([...entries.values()]), test.text("root"));
    });
  };
}

/** Chains whose schedule a file of plain difficulty vectors follows; the files are older than later forks. */
const MAINNET_TO_BYZANTIUM: ChainConfig = {
  chainId: 1,
  homesteadBlock: 1_150_000,
  byzantiumBlock: 4_370_000,
};
const ROPSTEN: ChainConfig = {
  chainId: 3,
  homesteadBlock: 0,
  byzantiumBlock: 1_700_000,
  constantinopleBlock: 4_230_000,
  petersburgBlock: 4_939_394,
  istanbulBlock: 6_485_846,
  muirGlacierBlock: 7_117_117,
  berlinBlock: 9_812_189,
  londonBlock: 10_499_401,
};
/** No chain has a block of less difficulty; older files begin below it all the same. */
const MINIMUM_DIFFICULTY = 131_072n;

function difficulty(test: Fields, config: ChainConfig): Difference[] {
  const number = test.quantity("currentBlockNumber", 64);
  const timestamp = test.quantity("currentTimestamp", 64);
  const rules = rulesAt(config, { number, timestamp, difficulty: 1n });
  const uncles = test.has("parentUncles") ? test.text("parentUncles") : "0x00";
  const parent = {
    number: number - 1n,
    timestamp: test.quantity("parentTimestamp", 64),
    difficulty: test.quantity("parentDifficulty"),
    // Older files give the hash of the parent's uncles, newer ones 0 or 1.
    hasUncles: uncles.length === 66 ? uncles !== EMPTY_UNCLES : quantity(uncles) !== 0n,
  };
  if (parent.difficulty < MINIMUM_DIFFICULTY) return [];
  return compare(test.path, nextDifficulty(parent, timestamp, rules), test.quantity("currentDifficulty"));
}

const EMPTY_UNCLES = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";

function difficultyChecks(path: string, json: unknown): Difference[] {
  const file = new Fields(path, "", json);
  return file.keys().flatMap((name) => {
    const test = file.object(name);
    return test
      .keys()
      .filter((key) => key !== "_info")
      .flatMap((network) => {
        const cases = test.object(network);
        return cases.keys().flatMap((key) => difficulty(cases.object(key), networkConfig(network)));
      });
  });
}

function plainDifficultyChecks(path: string, json: unknown): Difference[] {
  const file = new Fields(path, "", json);
  const config = path.endsWith("Ropsten.json") ? ROPSTEN : MAINNET_TO_BYZANTIUM;
  return file.keys().flatMap((key) => difficulty(decimal(file.object(key)), config));
}

/** The oldest vectors are decimal. */
function decimal(test: Fields): Fields {
  const entries = test.keys().map((key) => {
    const value = test.text(key);
    return [key, /^[0-9]+$/.test(value) ? `0x${BigInt(value).toString(16)}` : value] as const;
  });
  return new Fields(test.file, test.path, Object.fromEntries(entries));
}

/** The real genesis block: its encoding, hash and state root agree. */
function genesisHashChecks(path: string, json: unknown): Difference[] {
  const test = new Fields(path, "", json);
  const rlp = hexToBytes(test.text("genesis_rlp_hex"));
  const block = decodeBlock(rlp);
  return [
    ...compare("hash", headerHash(block.header), `0x${test.text("genesis_hash")}`),
    ...compare("state root", block.header.stateRoot, `0x${test.text("genesis_state_root")}`),
    ...compare("encoding", bytesToHex(encodeBlock(block)), bytesToHex(rlp)),
  ];
}

/** Balances are called "wei" in some. */
function genesisAllocation(alloc: Fields): Allocation {
  const entries = alloc.keys().map((address) => {
    const { wei, ...account } = alloc.raw(address) as { wei?: string };
    return [address, wei === undefined ? account : { ...account, balance: wei }] as const;
  });
  return Object.fromEntries(entries);
}

/** Genesis blocks from their allocations: the state root and the encoding. */
async function genesisChecks(path: string, json: unknown): Promise<Difference[]> {
  const file = new Fields(path, "", json);
  const found: Difference[] = [];
  for (const name of file.keys()) {
    const test = file.object(name);
    const theirs = `0x${test.text("result")}`;
    const local = await executor();
    local.reset();
    const stateRoot = local.load(genesisAllocation(test.object("alloc")));
    const header: Header = {
      ...decodeBlock(hexToBytes(theirs)).header,
      parentHash: test.text("parentHash") as Hex,
      ommersHash: EMPTY_OMMERS_HASH,
      coinbase: test.text("coinbase") as Hex,
      stateRoot,
      transactionsRoot: EMPTY_TRIE_ROOT,
      receiptsRoot: EMPTY_TRIE_ROOT,
      logsBloom: `0x${"0".repeat(512)}`,
      extraData: test.text("extraData") as Hex,
      mixHash: test.text("mixHash") as Hex,
    };
    for (const field of ["difficulty", "gasLimit", "timestamp"] as const) {
      header[field] = test.raw(field) === "0x" ? 0n : test.quantity(field);
    }
    const ours = bytesToHex(encodeBlock({ header, transactions: [], uncles: [] }));
    found.push(...compare(`${name} block`, ours, theirs));
  }
  return found;
}

async function signedTransactionChecks(path: string, json: unknown): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const test of new Fields(path, "", { transactions: json }).objects("transactions")) {
    const signer = Address.fromPublicKey(Secp256k1.getPublicKey({ privateKey: `0x${test.text("key")}` }));
    const seen = await inspectTransaction(hexToBytes(test.text("signed")), { fork: "Frontier", chainId: 1n });
    found.push(...compare("sender", seen.sender, signer.toLowerCase()));
  }
  return found;
}

/** A file without forks is one entry: everything in it holds or the file has failed. */
const CHECKS: readonly [RegExp, Check][] = [
  [/\/RLPTests\//, rlpChecks],
  [/\/TrieTests\/.*_secureTrie/, trieChecks(true)],
  [/\/TrieTests\/trie(anyorder|test)\./, trieChecks(false)],
  [/\/DifficultyTests\//, difficultyChecks],
  [/\/BasicTests\/difficulty/, plainDifficultyChecks],
  [/\/BasicTests\/genesishashestest/, genesisHashChecks],
  [/\/GenesisTests\//, genesisChecks],
  [/\/BasicTests\/txtest/, signedTransactionChecks],
];

/** The cases of a file of the misc archive. */
export function* miscCases(path: string, bytes: Uint8Array): Generator<Case> {
  if (path.includes("/TransactionTests/")) {
    yield* transactionCases(path, parseJson(path, bytes));
    return;
  }
  const check = CHECKS.find(([pattern]) => pattern.test(path))?.[1];
  if (check === undefined) yield* outOfScope(path);
  else yield { fork: "any", test: path, run: () => check(path, parseJson(path, bytes)) };
}
