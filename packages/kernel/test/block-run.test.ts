import assert from "node:assert/strict";
import { test } from "node:test";
import type * as Address from "ox/Address";
import * as Hash from "ox/Hash";
import * as Hex from "ox/Hex";
import { Fork, Invalid } from "../src/codes.ts";
import { type AccountState, coinbase, type Environment, sender, TestBlock } from "./support/block.ts";
import { orderedRootOf } from "./support/ordered-root.ts";
import { referenceRoot } from "./support/reference-trie.ts";
import { type Fields, integer, recipient, rlp, signed } from "./support/transaction.ts";

const ETHER = 10n ** 18n;
const beaconRoots: Address.Address = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02";
const history: Address.Address = "0x0000f90827f1c53a10cb7a02335b175320002935";
const withdrawalRequests: Address.Address = "0x00000961ef480eb55e80d19ad83579a64c007002";
const consolidationRequests: Address.Address = "0x0000bbddc7ce488642fb579f8b00f3a590007251";
const depositContract: Address.Address = "0x00000000219ab540356cbb839cbe05303d7705fa";

/** Stores caller and first word of input at slots 0 and 1. */
const remembering: Hex.Hex = "0x335f555f35600155";
/** Returns `bytes`, at most 32. */
function returning(bytes: Hex.Hex): Hex.Hex {
  const length = Hex.fromNumber(Hex.size(bytes), { size: 1 });
  return Hex.concat("0x7f", Hex.padRight(bytes, 32), "0x5f5260", length, "0x5ff3");
}
const contracts = {
  [withdrawalRequests]: { code: returning("0x0a0b") },
  [consolidationRequests]: { code: returning("0x0c") },
};

function run(
  environment: Environment,
  transactions: readonly Fields[] = [],
  accounts: Record<string, AccountState> = {},
) {
  const block = new TestBlock(environment, { [sender]: { balance: ETHER }, ...accounts });
  for (const fields of transactions) block.add(signed(fields));
  return { block, invalid: block.run() };
}

test("proof-of-work rewards are 5, 3 and 2 ether by fork, and none after the merge", () => {
  const rewards: [number, bigint][] = [
    [Fork.Frontier, 5n],
    [Fork.Spurious, 5n],
    [Fork.Byzantium, 3n],
    [Fork.Constantinople, 2n],
    [Fork.London, 2n],
    [Fork.Paris, 0n],
  ];
  for (const [fork, ether] of rewards) {
    const { block, invalid } = run({ fork });
    assert.equal(invalid, Invalid.None);
    assert.equal(block.balance(coinbase), ether * ETHER);
  }
});

test("an uncle at depth d earns (8 - d) / 8, and the block a thirty-second for each", () => {
  const miners = [`0x${"11".repeat(20)}`, `0x${"12".repeat(20)}`] as const;
  const { block } = run({
    fork: Fork.Byzantium,
    uncles: [
      { depth: 1n, miner: miners[0] },
      { depth: 6n, miner: miners[1] },
    ],
  });
  assert.equal(block.balance(coinbase), 3n * ETHER + (2n * 3n * ETHER) / 32n);
  assert.equal(block.balance(miners[0]), (3n * ETHER * 7n) / 8n);
  assert.equal(block.balance(miners[1]), (3n * ETHER * 2n) / 8n);
});

test("the reward comes on top of the fees", () => {
  const { block } = run({ fork: Fork.Homestead }, [{ maxFee: 10n }]);
  assert.equal(block.balance(coinbase), 5n * ETHER + 210_000n);
});

test("withdrawals are credited in gwei, and their root is that of their encodings", () => {
  const withdrawals = [
    { index: 5n, validator: 1000n, address: recipient, gwei: 7n },
    { index: 6n, validator: 2n ** 64n - 1n, address: recipient, gwei: 2n ** 64n - 1n },
    { index: 200n, validator: 0n, address: `0x${"13".repeat(20)}` as const, gwei: 0n },
  ];
  const { block, invalid } = run({ fork: Fork.Shanghai, withdrawals });
  assert.equal(invalid, Invalid.None);
  assert.equal(block.balance(recipient), (7n + 2n ** 64n - 1n) * 10n ** 9n);
  assert.equal(block.exists(`0x${"13".repeat(20)}`), false);
  const items = withdrawals.map((w) =>
    rlp([integer(w.index), integer(w.validator), w.address, integer(w.gwei)]),
  );
  assert.equal(block.root("RESULT_WITHDRAWALS_ROOT"), orderedRootOf(items));
});

test("the parent's beacon root and hash are given to their contracts before the first transaction", () => {
  const root: Hex.Hex = `0x${"be".repeat(32)}`;
  const hash: Hex.Hex = `0x${"fa".repeat(32)}`;
  const { block, invalid } = run(
    { fork: Fork.Prague, parentBeaconRoot: root, parentHash: hash, baseFee: 1n },
    [{ to: beaconRoots, gasLimit: 200_000n }],
    { ...contracts, [beaconRoots]: { code: "0x33545f5260015f55" }, [history]: { code: remembering } },
  );
  assert.equal(invalid, Invalid.None);
  const system = BigInt("0xfffffffffffffffffffffffffffffffffffffffe");
  assert.equal(block.slot(history, 0n), system);
  assert.equal(block.slot(history, 1n), BigInt(hash));
  const before = run({ fork: Fork.Cancun, parentBeaconRoot: root, parentHash: hash }, [], {
    [beaconRoots]: { code: remembering },
    [history]: { code: remembering },
  });
  assert.equal(before.block.slot(beaconRoots, 1n), BigInt(root));
  assert.equal(before.block.slot(history, 1n), 0n);
  assert.equal(before.block.u64(before.block.result, "BlockResult_gasUsed"), 0n);
  assert.equal(before.block.nonce("0xfffffffffffffffffffffffffffffffffffffffe"), 0n);
});

test("before the transactions a system contract without code, or one that fails, is no error", () => {
  for (const code of ["0x", "0xfe"] as const) {
    const { invalid } = run({ fork: Fork.Prague, parentBeaconRoot: `0x${"be".repeat(32)}` }, [], {
      ...contracts,
      [beaconRoots]: { code },
      [history]: { code },
    });
    assert.equal(invalid, Invalid.None);
  }
});

test("withdrawal and consolidation requests are what their contracts return", () => {
  const { block, invalid } = run({ fork: Fork.Prague }, [], contracts);
  assert.equal(invalid, Invalid.None);
  const requests = (kind: string) =>
    block.span(block.result, `BlockResult_${kind}Requests`, `BlockResult_${kind}RequestsLength`);
  assert.equal(requests("withdrawal"), "0x0a0b");
  assert.equal(requests("consolidation"), "0x0c");
  assert.equal(requests("deposit"), "0x");
});

test("a block whose requests contract is missing or fails is not valid", () => {
  const missing = run({ fork: Fork.Prague }, [], { [withdrawalRequests]: contracts[withdrawalRequests]! });
  assert.equal(missing.invalid, Invalid.SystemContractEmpty);
  assert.equal(missing.block.address(missing.block.result, "BlockResult_culprit"), consolidationRequests);
  assert.equal(missing.block.u32(missing.block.result, "BlockResult_invalidIndex"), 0xffff_ffff);
  const failing = run({ fork: Fork.Prague }, [], { ...contracts, [withdrawalRequests]: { code: "0xfe" } });
  assert.equal(failing.invalid, Invalid.SystemCallFailed);
  assert.equal(failing.block.address(failing.block.result, "BlockResult_culprit"), withdrawalRequests);
});

const depositTopic = Hash.keccak256(Hex.fromString("DepositEvent(bytes,bytes,bytes,bytes,bytes)"));

/** The event's data as the deposit contract encodes it. */
function depositData(): Hex.Hex {
  const field = (length: number, byte: string) =>
    Hex.concat(
      Hex.fromNumber(length, { size: 32 }),
      Hex.padRight(`0x${byte.repeat(length)}`, Math.ceil(length / 32) * 32),
    );
  const offsets = [160, 256, 320, 384, 512].map((offset) => Hex.fromNumber(offset, { size: 32 }));
  return Hex.concat(
    ...offsets,
    field(48, "a1"),
    field(32, "a2"),
    field(8, "a3"),
    field(96, "a4"),
    field(8, "a5"),
  );
}

/** Emits its input as data of a log with `topic`. */
function emitting(topic: Hex.Hex): Hex.Hex {
  return Hex.concat("0x365f5f37", "0x7f", topic, "0x365fa1");
}

test("deposits are read from the logs of the deposit contract", () => {
  const deposit = (nonce: bigint, data: Hex.Hex, to = depositContract): Fields => ({
    nonce,
    data,
    to,
    gasLimit: 500_000n,
  });
  const data = depositData();
  const accounts = {
    ...contracts,
    [depositContract]: { code: emitting(depositTopic) },
    [recipient]: { code: emitting(depositTopic) },
  };
  const { block, invalid } = run(
    { fork: Fork.Prague },
    [deposit(0n, data), deposit(1n, "0x", recipient), deposit(2n, data)],
    accounts,
  );
  assert.equal(invalid, Invalid.None);
  const request: Hex.Hex = `0x${"a1".repeat(48)}${"a2".repeat(32)}${"a3".repeat(8)}${"a4".repeat(96)}${"a5".repeat(8)}`;
  assert.equal(
    block.span(block.result, "BlockResult_depositRequests", "BlockResult_depositRequestsLength"),
    Hex.concat(request, request),
  );

  const elsewhere = run(
    { fork: Fork.Prague, depositContract: recipient },
    [deposit(0n, data, recipient)],
    accounts,
  );
  assert.equal(
    elsewhere.block.span(
      elsewhere.block.result,
      "BlockResult_depositRequests",
      "BlockResult_depositRequestsLength",
    ),
    request,
  );
});

test("a deposit event of another layout makes the block invalid, another event of the contract does not", () => {
  const data = depositData();
  const broken = [Hex.slice(data, 0, 575), Hex.concat("0x01", Hex.slice(data, 1)), "0x"] as Hex.Hex[];
  const accounts = { ...contracts, [depositContract]: { code: emitting(depositTopic) } };
  for (const input of broken) {
    const { invalid } = run(
      { fork: Fork.Prague },
      [{ to: depositContract, data: input, gasLimit: 500_000n }],
      accounts,
    );
    assert.equal(invalid, Invalid.DepositEventLayout);
  }
  const other = run({ fork: Fork.Prague }, [{ to: depositContract, gasLimit: 500_000n }], {
    ...contracts,
    [depositContract]: { code: emitting(`0x${"01".repeat(32)}`) },
  });
  assert.equal(other.invalid, Invalid.None);
});

test("the DAO fork's block moves the drained balances before its transactions", () => {
  const from = [`0x${"d0".repeat(20)}`, `0x${"d1".repeat(20)}`] as const;
  const { block } = run({ fork: Fork.Homestead, drained: { from, to: recipient } }, [], {
    [from[0]]: { balance: 70n },
    [from[1]]: { balance: 7n },
  });
  assert.equal(block.balance(recipient), 77n);
  assert.equal(block.balance(from[0]), 0n);
});

test("a transaction that is not valid makes its block invalid and names its position", () => {
  const { block, invalid } = run({ fork: Fork.Paris }, [{}, { nonce: 7n }, { nonce: 1n }]);
  assert.equal(invalid, Invalid.NonceTooHigh);
  assert.equal(block.u32(block.result, "BlockResult_invalidIndex"), 1);
  assert.equal(block.u32(block.result, "BlockResult_committed"), 1);
  const malformed = new TestBlock({ fork: Fork.Paris }, { [sender]: { balance: ETHER } });
  malformed.add(signed({}));
  malformed.add("0xc0");
  assert.equal(malformed.run(), Invalid.Malformed);
  assert.equal(malformed.u32(malformed.result, "BlockResult_invalidIndex"), 1);
});

test("a later transaction sees what earlier ones did", () => {
  // Adds one to slot 0.
  const counting: Hex.Hex = "0x5f546001015f55";
  const { block, invalid } = run(
    { fork: Fork.Shanghai },
    [0n, 1n, 2n].map((nonce): Fields => ({ nonce, gasLimit: 100_000n })),
    { [recipient]: { code: counting } },
  );
  assert.equal(invalid, Invalid.None);
  assert.equal(block.slot(recipient, 0n), 3n);
  assert.deepEqual(
    [0, 1, 2].map((i) => block.u64(block.transaction(i), "Transaction_gasUsed")),
    [43_110n, 26_010n, 26_010n],
  );
});

test("before Byzantium a receipt holds the state root after its transaction", () => {
  const { block, invalid } = run({ fork: Fork.Homestead, flags: 0 }, [
    { value: 1n },
    { nonce: 1n, value: 2n },
  ]);
  assert.equal(invalid, Invalid.None);
  const account = (nonce: bigint, balance: bigint) =>
    rlp([
      integer(nonce),
      integer(balance),
      "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
      "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    ]);
  [1n, 3n].forEach((value, i) => {
    const fee = 210_000n * BigInt(i + 1);
    const entries = new Map<string, string>();
    const put = (address: Address.Address, leaf: Hex.Hex) => {
      entries.set(Hash.keccak256(address).slice(2), leaf.slice(2));
    };
    put(sender, account(BigInt(i + 1), ETHER - value - fee));
    put(recipient, account(0n, value));
    put(coinbase, account(0n, fee));
    assert.equal(block.hash(block.transaction(i), "Transaction_stateRoot"), `0x${referenceRoot(entries)}`);
    const receipt = block.span(block.transaction(i), "Transaction_receipt", "Transaction_receiptLength");
    assert.ok(receipt.includes(referenceRoot(entries)));
  });
});

test("a large memory is given back when its transaction ends, not at the worker's next one", () => {
  /** Chunks of 256 KiB of one worker alone: their entries in the table carry its number above the kind. */
  const held = (code: Hex.Hex) => {
    const environment = { fork: Fork.Prague, gasLimit: 1_000_000_000n };
    const { block, invalid } = run(environment, [{ gasLimit: 1_000_000_000n }], {
      ...contracts,
      [recipient]: { code },
    });
    assert.equal(invalid, Invalid.None);
    const table = new Uint32Array(block.room.memory.buffer, 8192, 16384);
    return {
      chunks: table.reduce((count, entry) => count + (entry > 255 ? 1 : 0), 0),
      gas: block.u64(block.transaction(0), "Transaction_gasUsed"),
    };
  };
  // PUSH3 MLOAD STOP: 10 million bytes.
  const large = held("0x629896805100");
  assert.ok(large.gas > 190_000_000n);
  assert.equal(large.chunks, held("0x00").chunks);
});
