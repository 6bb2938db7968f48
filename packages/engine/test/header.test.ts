import assert from "node:assert/strict";
import { test } from "node:test";
import * as Rlp from "ox/Rlp";
import { checkBlockSize, decodeBlock, encodeBlock, MAX_BLOCK_SIZE } from "../src/block.ts";
import { EMPTY_OMMERS_HASH, EMPTY_TRIE_ROOT } from "../src/empty.ts";
import { Fork, MAINNET, networkConfig, rulesAt } from "../src/forks.ts";
import {
  checkHeader,
  checkHeaderFields,
  checkHeaderShape,
  decodeHeader,
  encodeHeader,
  type Header,
  headerHash,
  ommersHash,
  sealHash,
} from "../src/header.ts";
import type { Hex } from "../src/hex.ts";

const hash = (digit: string): Hex => `0x${digit.repeat(64)}`;

/** Mainnet's genesis. */
const GENESIS: Header = {
  parentHash: hash("0"),
  ommersHash: "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
  coinbase: `0x${"0".repeat(40)}`,
  stateRoot: "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
  transactionsRoot: "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
  receiptsRoot: "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
  logsBloom: `0x${"0".repeat(512)}`,
  difficulty: 17179869184n,
  number: 0n,
  gasLimit: 5000n,
  gasUsed: 0n,
  timestamp: 0n,
  extraData: "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
  mixHash: hash("0"),
  nonce: "0x0000000000000042",
};

const OF_FORK: [Fork, Partial<Header>][] = [
  [Fork.London, { baseFeePerGas: 7n }],
  [Fork.Shanghai, { withdrawalsRoot: hash("1") }],
  [Fork.Cancun, { blobGasUsed: 0n, excessBlobGas: 131072n, parentBeaconBlockRoot: hash("2") }],
  [Fork.Prague, { requestsHash: hash("3") }],
  [Fork.Amsterdam, { blockAccessListHash: hash("4"), slotNumber: 9n }],
];

test("the hash of mainnet's genesis header is the known one", () => {
  assert.equal(headerHash(GENESIS), "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3");
});

test("the hashes of nothing are the known ones", () => {
  assert.equal(EMPTY_OMMERS_HASH, GENESIS.ommersHash);
  assert.equal(EMPTY_TRIE_ROOT, GENESIS.transactionsRoot);
  assert.equal(ommersHash([]), EMPTY_OMMERS_HASH);
});

test("headers of every fork decode to what was encoded, and have that fork's shape alone", () => {
  let header = GENESIS;
  const rulesOf = (fork: Fork) => ({ fork, eips: new Set(fork >= Fork.Amsterdam ? [7928, 7843] : []) });
  let last = rulesOf(Fork.Frontier);
  for (const [fork, fields] of OF_FORK) {
    const rules = rulesOf(fork);
    assert.deepEqual(decodeHeader(encodeHeader(header)), header);
    checkHeaderShape(header, last);
    assert.throws(() => checkHeaderShape(header, rules), { name: "InvalidHeaderError" });
    header = { ...header, ...fields };
    assert.throws(() => checkHeaderShape(header, last), { name: "InvalidHeaderError" });
    last = rules;
  }
  assert.deepEqual(decodeHeader(encodeHeader(header)), header);
});

test("every field out of its range is refused by its name", () => {
  const wrong: [keyof Header, unknown][] = [
    ["parentHash", "0x12"],
    ["coinbase", hash("0")],
    ["logsBloom", "0x"],
    ["difficulty", 2n ** 256n],
    ["number", -1n],
    ["gasLimit", 2n ** 64n],
    ["gasUsed", 5 as unknown],
    ["timestamp", undefined],
    ["extraData", "0xabc"],
    ["nonce", "0x1"],
    ["baseFeePerGas", "7"],
    ["withdrawalsRoot", hash("1")],
  ];
  for (const [field, value] of wrong) {
    assert.throws(() => checkHeaderFields({ ...GENESIS, [field]: value }), {
      name: "InvalidArgumentError",
      field: `header.${field}`,
    });
  }
});

test("RLP that is no header is refused where it is wrong", () => {
  const items = Rlp.toBytes(encodeHeader(GENESIS)) as unknown as Uint8Array[];
  const with_ = (index: number, value: Uint8Array) =>
    Rlp.from(items.with(index, value) as never, { as: "Bytes" }) as Uint8Array;
  const refused = (bytes: Uint8Array, field: string) =>
    assert.throws(() => decodeHeader(bytes), { name: "DecodingError", field });
  refused(Uint8Array.of(), "header");
  refused(Uint8Array.of(0x80), "header");
  refused(Uint8Array.of(0xc0), "header");
  refused(Uint8Array.of(...encodeHeader(GENESIS), 0), "header");
  refused(encodeHeader(GENESIS).subarray(0, 400), "header");
  refused(with_(0, new Uint8Array(31)), "header.parentHash");
  refused(with_(9, Uint8Array.of(0, 1)), "header.gasLimit");
  refused(with_(9, new Uint8Array(9).fill(1)), "header.gasLimit");
  refused(Rlp.from(items.slice(0, 14) as never, { as: "Bytes" }) as Uint8Array, "header");
});

/** A header that follows `parent` rightly under London. */
const LONDON = networkConfig("London");
const PARENT: Header = {
  ...GENESIS,
  number: 1n,
  gasLimit: 1_024_000n,
  timestamp: 10n,
  difficulty: 2n ** 30n,
  baseFeePerGas: 1000n,
};
const CHILD: Header = {
  ...PARENT,
  number: 2n,
  parentHash: headerHash(PARENT),
  timestamp: 15n,
  difficulty: 2n ** 30n + 2n ** 19n,
  baseFeePerGas: 875n,
  extraData: "0x",
};

test("a header that follows its parent is accepted, and each broken rule is refused by its field", () => {
  const rules = rulesAt(LONDON, CHILD);
  checkHeader(CHILD, PARENT, rules);
  const wrong: [keyof Header, unknown][] = [
    ["number", 3n],
    ["parentHash", hash("7")],
    ["timestamp", 10n],
    ["extraData", `0x${"00".repeat(33)}`],
    ["gasLimit", 1_025_000n],
    ["gasLimit", 1_023_000n],
    ["gasUsed", 1_024_001n],
    ["baseFeePerGas", 876n],
    ["difficulty", 1n],
    ["withdrawalsRoot", hash("1")],
  ];
  for (const [field, value] of wrong) {
    assert.throws(() => checkHeader({ ...CHILD, [field]: value } as Header, PARENT, rules), {
      name: "InvalidHeaderError",
      field: `header.${field}`,
    });
  }
});

test("from Paris on there is neither work nor uncles", () => {
  const config = networkConfig("Paris");
  const child = { ...CHILD, difficulty: 0n, nonce: "0x0000000000000000" as Hex };
  checkHeader(child, PARENT, rulesAt(config, child));
  for (const change of [{ difficulty: 1n }, { nonce: GENESIS.nonce }, { ommersHash: hash("1") }]) {
    const header = { ...child, ...change };
    assert.throws(() => checkHeader(header, PARENT, rulesAt(config, child)), { name: "InvalidHeaderError" });
  }
});

test("the DAO fork's blocks carry its mark", () => {
  const rules = {
    ...rulesAt(MAINNET, { number: 1920000n, timestamp: 15n }),
    fork: Fork.London,
    bombDelay: 0n,
  };
  assert.throws(() => checkHeader(CHILD, PARENT, rules), { field: "header.extraData" });
  checkHeader({ ...CHILD, extraData: "0x64616f2d686172642d666f726b" }, PARENT, rules);
});

test("blocks decode to what was encoded", () => {
  const legacy = Rlp.from([new Uint8Array(0), Uint8Array.of(7)] as never, { as: "Bytes" }) as Uint8Array;
  const typed = Uint8Array.of(2, 0xc1, 5);
  const block = { header: GENESIS, transactions: [legacy, typed], uncles: [GENESIS] };
  assert.deepEqual(decodeBlock(encodeBlock(block)), block);
  const shanghai = {
    header: { ...GENESIS, baseFeePerGas: 1n, withdrawalsRoot: hash("1") },
    transactions: [],
    uncles: [],
    withdrawals: [{ index: 0n, validatorIndex: 2n ** 64n - 1n, address: GENESIS.coinbase, amount: 300n }],
  };
  assert.deepEqual(decodeBlock(encodeBlock(shanghai)), shanghai);
});

test("blocks with a malformed part are refused by its name", () => {
  const refused = (items: unknown, field: string) =>
    assert.throws(() => decodeBlock(Rlp.from(items as never, { as: "Bytes" }) as Uint8Array), {
      name: "DecodingError",
      field,
    });
  const header = Rlp.toBytes(encodeHeader(GENESIS));
  refused([header, []], "block");
  refused([header, [], [], []], "withdrawals");
  refused([header, new Uint8Array(1), []], "transactions");
  refused([header, [Uint8Array.of(0xc0)], []], "transactions[0]");
  refused([header, [], [[]]], "uncles[0]");
});

test("what a miner seals is the header without its seal, whatever the seal is", () => {
  const sealed: Header = { ...GENESIS, mixHash: hash("1"), nonce: "0x0000000000000001" };
  assert.equal(sealHash(sealed), sealHash(GENESIS));
  assert.notEqual(sealHash({ ...GENESIS, gasUsed: 1n }), sealHash(GENESIS));
  // Behind the seal stands the base fee from London on.
  assert.notEqual(sealHash({ ...GENESIS, baseFeePerGas: 7n }), sealHash(GENESIS));
});

test("a block's RLP is at most 8 MiB long from Osaka on, and of any length before", () => {
  const length = MAX_BLOCK_SIZE + 1;
  checkBlockSize(MAX_BLOCK_SIZE, { fork: Fork.Osaka });
  checkBlockSize(length, { fork: Fork.Prague });
  assert.throws(() => checkBlockSize(length, { fork: Fork.Osaka }), {
    code: "INVALID_BLOCK",
    field: "block.size",
    met: 8_388_609,
  });
});
