import assert from "node:assert/strict";
import { test } from "node:test";
import { headerHash } from "@heddle/engine";
import {
  genesisHeader,
  InvalidGenesisError,
  MAINNET_GENESIS_HASH,
  openChain,
  parseGenesis,
} from "../src/index.ts";
import { corpusFile, missing, rlpSequence } from "./support/corpus.ts";

const FIRST = "mainnet-first-8192";
/** The file gives no schedule: mainnet's first fork is far behind these blocks. */
const MAINNET_CONFIG = {
  chainId: 1,
  homesteadBlock: 1_150_000,
  terminalTotalDifficulty: 58750000000000000000000n,
};
const ZERO_ROOT = `0x${"00".repeat(32)}` as const;
const frontier = { config: { chainId: 1 }, alloc: {} };

test("mainnet's genesis file gives mainnet's genesis, and its first blocks follow with their uncles", {
  skip: missing(FIRST),
}, async () => {
  const file = JSON.parse(corpusFile(`${FIRST}/genesis.json.xz`).toString());
  const chain = await openChain({ genesis: parseGenesis({ ...file, config: MAINNET_CONFIG }), workers: 1 });
  try {
    assert.equal(chain.genesis.hash, MAINNET_GENESIS_HASH);
    for (const rlp of rlpSequence(corpusFile(`${FIRST}/chain.rlp.xz`))) {
      await chain.import(rlp);
      if (chain.head.number === 150n) break;
    }
    assert.equal(chain.head.number, 150n);
    const uncles = Array.from({ length: 150 }, (_, i) => chain.block(i + 1)!.uncles.length);
    assert.ok(uncles.some((count) => count > 0));
  } finally {
    await chain.close();
  }
});

test("numbers of a genesis file keep all their digits", () => {
  const text = '{"config":{"chainId":1,"terminalTotalDifficulty":58750000000000000000001},"alloc":{}}';
  assert.equal(parseGenesis(text).config.terminalTotalDifficulty, 58750000000000000000001n);
});

test("a genesis header has exactly the fields of the fork it begins at", () => {
  const from = (config: object) =>
    Object.keys(
      genesisHeader(parseGenesis({ alloc: {}, config: { chainId: 1, ...config } }), ZERO_ROOT),
    ).slice(15);
  const london = { londonBlock: 0, terminalTotalDifficulty: 0 };
  assert.deepEqual(from({}), []);
  assert.deepEqual(from({ londonBlock: 0 }), ["baseFeePerGas"]);
  assert.deepEqual(from({ ...london, shanghaiTime: 0 }), ["baseFeePerGas", "withdrawalsRoot"]);
  const cancun = [
    "baseFeePerGas",
    "withdrawalsRoot",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
  ];
  assert.deepEqual(from({ ...london, shanghaiTime: 0, cancunTime: 0 }), cancun);
  const prague = { ...london, shanghaiTime: 0, cancunTime: 0, pragueTime: 0 };
  assert.deepEqual(from(prague), [...cancun, "requestsHash"]);
  assert.deepEqual(from({ ...prague, pragueTime: 1 }), cancun);
});

test("what a genesis file gives stands in its header", () => {
  const genesis = parseGenesis({
    ...frontier,
    nonce: "0x42",
    extraData: "0x11bb",
    gasLimit: "5000",
    difficulty: 17179869184,
    coinbase: `0x${"0c".repeat(20)}`,
  });
  const header = genesisHeader(genesis, ZERO_ROOT);
  assert.deepEqual(
    [header.nonce, header.extraData, header.gasLimit, header.difficulty, header.coinbase],
    ["0x0000000000000042", "0x11bb", 5000n, 17179869184n, `0x${"0c".repeat(20)}`],
  );
  assert.equal(headerHash(header).length, 66);
});

test("a genesis that is wrong is refused by the name of its field", () => {
  const cases: [unknown, string][] = [
    ["{", "the file"],
    [[], "the file"],
    [{ config: { chainId: 1 } }, "alloc"],
    [{ alloc: {} }, "config"],
    [{ alloc: {}, config: {} }, "config.chainId"],
    [{ alloc: {}, config: { chainId: 1, londonBlock: "soon" } }, "config.londonBlock"],
    [{ ...frontier, gasLimit: "lots" }, "gasLimit"],
    [{ ...frontier, difficulty: -1 }, "difficulty"],
    [{ ...frontier, mixHash: "0x12" }, "mixHash"],
    [{ ...frontier, extraData: "0x1" }, "extraData"],
  ];
  for (const [input, field] of cases) {
    assert.throws(
      () => parseGenesis(input as string),
      (error) => error instanceof InvalidGenesisError && error.field === field,
      field,
    );
  }
});
