// The small suites of ethereum/tests: transactions, RLP, tries, difficulty, genesis.

import { bytesToHex, Fields, hexToBytes, parseJson } from "@heddle/cli";
import {
  decodeBlock,
  encodeBlock,
  headerHash,
  networkConfig,
  nextDifficulty,
  rulesAt,
} from "@heddle/engine/testing";
import { isExpectedRefusal } from "../exceptions.ts";
import { callContract } from "../kernel-call.ts";
import { type Case, compare, type Difference } from "../outcome.ts";
import { type RlpValue, readRlp, writeRlp } from "../rlp-value.ts";
import { inspectTransaction } from "../transaction-inspection.ts";
import { trieRoot } from "../trie-root.ts";
import { outOfScope } from "../vectors.ts";

type Hex = `0x${string}`;
type Check = (path: string, json: unknown) => Difference[];

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
        run: () => {
          const seen = inspectTransaction(hexToBytes(test.text("txbytes")), { fork, chainId: 1n });
          if (expected.has("exception")) {
            const reason = expected.text("exception");
            if (
              seen.invalid !== null &&
              isExpectedRefusal(reason, { kind: "transaction", reason: seen.invalid })
            )
              return [];
            return [{ field: "exception", ours: seen.invalid ?? "accepted", theirs: reason }];
          }
          if (seen.invalid !== null) return [{ field: "exception", ours: seen.invalid, theirs: "accepted" }];
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
  const number = typeof value === "string" ? BigInt(value.slice(1)) : quantity(value);
  const hex = number === 0n ? "" : number.toString(16);
  return `0x${hex.length % 2 === 0 ? hex : `0${hex}`}`;
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
  return (path, json) => {
    const file = new Fields(path, "", json);
    return file.keys().flatMap((name) => {
      const test = file.object(name);
      const input = test.raw("in") as Record<string, string | null> | [string, string | null][];
      const pairs = Array.isArray(input) ? input : Object.entries(input);
      const entries = new Map<string, { key: Uint8Array; value: Uint8Array }>();
      for (const [key, value] of pairs) {
        if (value === null) entries.delete(key);
        else entries.set(key, { key: trieBytes(key), value: trieBytes(value) });
      }
      return compare(name, trieRoot([...entries.values()], secure), test.text("root"));
    });
  };
}

/** The network whose schedule a file of plain difficulty vectors follows. */
const DIFFICULTY_NETWORKS: Record<string, string> = {
  "difficulty.json": "Frontier",
  "difficultyCustomHomestead.json": "Homestead",
};

function difficulty(test: Fields, network: string): Difference[] {
  const config = networkConfig(network);
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
        return cases.keys().flatMap((key) => difficulty(cases.object(key), network));
      });
  });
}

function plainDifficultyChecks(path: string, json: unknown): Difference[] {
  const file = new Fields(path, "", json);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const network = DIFFICULTY_NETWORKS[name];
  return file.keys().flatMap((key) => {
    const test = file.object(key);
    return difficulty(decimal(test), network ?? mainnetEra(test));
  });
}

/** The oldest vectors are decimal. */
function decimal(test: Fields): Fields {
  const entries = test.keys().map((key) => {
    const value = test.text(key);
    return [key, /^[0-9]+$/.test(value) ? `0x${BigInt(value).toString(16)}` : value] as const;
  });
  return new Fields(test.file, test.path, Object.fromEntries(entries));
}

function mainnetEra(test: Fields): string {
  const number = decimal(test).quantity("currentBlockNumber", 64);
  if (number < 1_150_000n) return "Frontier";
  if (number < 4_370_000n) return "Homestead";
  return number < 7_280_000n ? "Byzantium" : "ConstantinopleFix";
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

/** Keys and their addresses: the signature of nothing recovers to the address. */
function keyChecks(path: string, json: unknown): Difference[] {
  return new Fields(path, "", { keys: json }).objects("keys").flatMap((test) => {
    const signature = test.object("sig_of_emptystring");
    const input = hexToBytes(
      `c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470${["v", "r", "s"]
        .map((name) => quantity(signature.raw(name)).toString(16).padStart(64, "0"))
        .join("")}`,
    );
    const { output } = callContract({ fork: "Frontier", address: 0x01, input });
    return compare(test.text("seed"), bytesToHex(output.subarray(12)), `0x${test.text("addr")}`);
  });
}

function signedTransactionChecks(path: string, json: unknown): Difference[] {
  const signers: Record<string, Hex> = {
    c85ef7d79691fe79573b1a7064c19c1a9819ebdbd1faaab1a8ec92344438aaf4:
      "0xcd2a3d9f938e13cd947ec05abc7fe734df8dd826",
    c87f65ff3f271bf5dc8643484f66b200109caffe4bf98c4cb393dc35740b28c0:
      "0x13978aee95f38490e9769c39b2773ed763d9cd5f",
  };
  return new Fields(path, "", { transactions: json }).objects("transactions").flatMap((test) => {
    const seen = inspectTransaction(hexToBytes(test.text("signed")), { fork: "Frontier", chainId: 1n });
    return compare(
      "sender",
      seen.invalid === "IntrinsicGasTooLow" ? seen.sender : (seen.invalid ?? seen.sender),
      signers[test.text("key")],
    );
  });
}

/** A file without forks is one entry: everything in it holds or the file has failed. */
const CHECKS: readonly [RegExp, Check][] = [
  [/\/RLPTests\//, rlpChecks],
  [/\/TrieTests\/.*_secureTrie/, trieChecks(true)],
  [/\/TrieTests\/trie(anyorder|test)\./, trieChecks(false)],
  [/\/DifficultyTests\//, difficultyChecks],
  [/\/BasicTests\/difficulty/, plainDifficultyChecks],
  [/\/BasicTests\/genesishashestest/, genesisHashChecks],
  [/\/BasicTests\/keyaddrtest/, keyChecks],
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
