import assert from "node:assert/strict";
import { test } from "node:test";
import type * as Address from "ox/Address";
import * as Address_ from "ox/Address";
import * as ContractAddress from "ox/ContractAddress";
import * as Hex from "ox/Hex";
import * as Secp256k1 from "ox/Secp256k1";
import { Fork, Halt, Invalid } from "../src/codes.ts";
import {
  type AccountState,
  coinbase,
  type Environment,
  key,
  ONLY_TRANSACTIONS,
  sender,
  TestBlock,
} from "./support/block.ts";
import { authorize, type Fields, type Item, integer, recipient, signed } from "./support/transaction.ts";

const ETHER = 10n ** 18n;
const forks = Object.entries(Fork).filter(([, fork]) => fork <= Fork.Osaka);

/** A block with the given transactions of `sender`, who has an ether; already run. */
function run(
  environment: Environment,
  transactions: readonly Fields[],
  accounts: Record<string, AccountState> = {},
) {
  const block = new TestBlock(
    { ...ONLY_TRANSACTIONS, ...environment },
    { [sender]: { balance: ETHER }, ...accounts },
  );
  for (const fields of transactions) block.add(signed(fields));
  const invalid = block.run();
  return { block, invalid, t: block.transaction(0) };
}

function reason(code: number): string {
  return Object.entries(Invalid).find(([, value]) => value === code)![0];
}

test("a transfer moves value, burns the base fee and pays the rest of the gas price, in every fork", () => {
  for (const [name, fork] of forks) {
    const baseFee = fork >= Fork.London ? 7n : 0n;
    const { block, invalid, t } = run({ fork, baseFee }, [{ value: 1000n, maxFee: 10n }]);
    assert.equal(reason(invalid), "None", name);
    assert.equal(block.u64(t, "Transaction_gasUsed"), 21_000n);
    assert.equal(block.u32(t, "Transaction_status"), Halt.Success);
    assert.equal(block.balance(sender), ETHER - 1000n - 210_000n);
    assert.equal(block.balance(recipient), 1000n);
    assert.equal(block.balance(coinbase), 21_000n * (10n - baseFee));
    assert.equal(block.nonce(sender), 1n);
  }
});

test("ether is neither made nor lost but for the burnt base fee", () => {
  const transactions = [0n, 1n, 2n].map(
    (nonce): Fields => ({
      type: 2,
      chainId: 1n,
      nonce,
      maxFee: 100n,
      priorityFee: 3n,
      value: 5n,
      gasLimit: 50_000n,
    }),
  );
  const { block, invalid } = run({ fork: Fork.Prague, baseFee: 20n }, transactions);
  assert.equal(invalid, Invalid.None);
  const left = block.balance(sender) + block.balance(recipient) + block.balance(coinbase);
  assert.equal(left, ETHER - 3n * 21_000n * 20n);
  assert.equal(block.word(block.transaction(0), "Transaction_effectiveGasPrice"), 23n);
  assert.equal(block.u64(block.result, "BlockResult_gasUsed"), 63_000n);
  assert.equal(block.u64(block.transaction(2), "Transaction_cumulativeGas"), 63_000n);
});

test("the priority fee is cut where the maximal fee leaves less", () => {
  const { block } = run({ fork: Fork.London, baseFee: 20n }, [
    { type: 2, chainId: 1n, maxFee: 22n, priorityFee: 5n },
  ]);
  assert.equal(block.word(block.transaction(0), "Transaction_effectiveGasPrice"), 22n);
  assert.equal(block.balance(coinbase), 42_000n);
});

test("a transaction is refused for each of its own faults", () => {
  const cases: [string, number, Fields, Partial<Environment>?, Record<string, AccountState>?][] = [
    ["IntrinsicGasTooLow", Fork.Frontier, { gasLimit: 20_999n }],
    ["IntrinsicGasTooLow", Fork.Homestead, { to: "0x", gasLimit: 52_999n }],
    ["IntrinsicGasTooLow", Fork.Frontier, { data: "0x0001", gasLimit: 21_071n }],
    ["IntrinsicGasTooLow", Fork.Istanbul, { data: "0x0001", gasLimit: 21_019n }],
    ["IntrinsicGasTooLow", Fork.Shanghai, { to: "0x", data: "0x01", gasLimit: 53_017n }],
    [
      "IntrinsicGasTooLow",
      Fork.Berlin,
      { type: 1, accessList: [[recipient, [`0x${"00".repeat(32)}`]]], gasLimit: 25_299n },
    ],
    ["FloorGasTooLow", Fork.Prague, { data: "0x0001", gasLimit: 21_049n }],
    ["NonceTooLow", Fork.Osaka, { nonce: 4n }, {}, { [sender]: { balance: ETHER, nonce: 5n } }],
    ["NonceTooHigh", Fork.Osaka, { nonce: 6n }, {}, { [sender]: { balance: ETHER, nonce: 5n } }],
    [
      "NonceIsMax",
      Fork.Osaka,
      { nonce: 2n ** 64n - 1n },
      {},
      { [sender]: { balance: ETHER, nonce: 2n ** 64n - 1n } },
    ],
    ["InsufficientFunds", Fork.Osaka, { value: ETHER - 209_999n }],
    [
      "InsufficientFunds",
      Fork.London,
      { type: 2, maxFee: ETHER / 20_999n, priorityFee: 0n },
      { baseFee: 1n },
    ],
    ["InsufficientFunds", Fork.Osaka, { maxFee: 2n ** 255n }],
    ["InsufficientFunds", Fork.Osaka, { value: 2n ** 256n - 1n }],
    ["SenderNotEoa", Fork.Osaka, {}, {}, { [sender]: { balance: ETHER, code: "0x00" } }],
    ["MaxFeeBelowBaseFee", Fork.London, { maxFee: 10n }, { baseFee: 11n }],
    ["MaxFeeBelowBaseFee", Fork.London, { type: 2, maxFee: 10n }, { baseFee: 11n }],
    ["PriorityAboveMaxFee", Fork.London, { type: 2, maxFee: 10n, priorityFee: 11n }, { baseFee: 1n }],
    ["GasAllowanceExceeded", Fork.Osaka, { gasLimit: 30_001n }, { gasLimit: 30_000n }],
    ["GasLimitAboveMaximum", Fork.Osaka, { gasLimit: 2n ** 24n + 1n }],
    [
      "InitcodeSizeExceeded",
      Fork.Shanghai,
      { to: "0x", data: `0x${"00".repeat(49_153)}`, gasLimit: 5_000_000n },
    ],
    ["NoBlobs", Fork.Cancun, { type: 3 }],
    ["TooManyBlobs", Fork.Osaka, { type: 3, blobHashes: new Array(7).fill(`0x01${"00".repeat(31)}`) }],
    ["TooManyBlobs", Fork.Cancun, { type: 3, blobHashes: new Array(7).fill(`0x01${"00".repeat(31)}`) }],
    ["BlobVersion", Fork.Cancun, { type: 3, blobHashes: [`0x02${"00".repeat(31)}`] }],
    [
      "MaxBlobFeeTooLow",
      Fork.Cancun,
      { type: 3, blobHashes: [`0x01${"00".repeat(31)}`] },
      { blobBaseFee: 2n },
    ],
    [
      "BlobCreate",
      Fork.Cancun,
      { type: 3, to: "0x", gasLimit: 60_000n, blobHashes: [`0x01${"00".repeat(31)}`] },
    ],
    ["EmptyAuthorizations", Fork.Prague, { type: 4 }],
    ["AuthorizationCreate", Fork.Prague, { type: 4, to: "0x", gasLimit: 60_000n }],
  ];
  for (const [expected, fork, fields, environment, accounts] of cases) {
    const { block, invalid } = run({ fork, ...environment }, [fields], accounts);
    assert.equal(reason(invalid), expected);
    assert.equal(block.u32(block.result, "BlockResult_invalidIndex"), 0);
  }
});

test("what is just enough is enough", () => {
  const cases: [number, Fields, Partial<Environment>?][] = [
    [Fork.Frontier, { to: "0x", gasLimit: 21_000n }],
    [Fork.Homestead, { to: "0x", gasLimit: 53_000n }],
    [Fork.Prague, { data: "0x0001", gasLimit: 21_050n }],
    [Fork.Osaka, { value: ETHER - 210_000n }],
    [Fork.Osaka, { gasLimit: 2n ** 24n }],
    [Fork.Prague, { gasLimit: 2n ** 24n + 1n }],
    [Fork.Osaka, { gasLimit: 30_000n }, { gasLimit: 30_000n }],
    [Fork.Shanghai, { to: "0x", data: `0x${"00".repeat(49_152)}`, gasLimit: 5_000_000n }],
  ];
  for (const [fork, fields, environment] of cases) {
    assert.equal(reason(run({ fork, ...environment }, [fields]).invalid), "None");
  }
});

test("an error names what was met and what was expected", () => {
  const { block, t } = run({ fork: Fork.Osaka }, [{ nonce: 3n }]);
  assert.equal(block.word(t, "Transaction_met"), 3n);
  assert.equal(block.word(t, "Transaction_expected"), 0n);
  const poor = run({ fork: Fork.Osaka }, [{ value: ETHER }]);
  assert.equal(poor.block.word(poor.t, "Transaction_met"), ETHER);
  assert.equal(poor.block.word(poor.t, "Transaction_expected"), ETHER + 210_000n);
});

test("the block's gas is what its transactions leave of it", () => {
  const fields = [0n, 1n].map((nonce): Fields => ({ nonce, gasLimit: 30_000n }));
  assert.equal(reason(run({ fork: Fork.Osaka, gasLimit: 51_000n }, fields).invalid), "None");
  const { block, invalid } = run({ fork: Fork.Osaka, gasLimit: 50_999n }, fields);
  assert.equal(reason(invalid), "GasAllowanceExceeded");
  assert.equal(block.u32(block.result, "BlockResult_invalidIndex"), 1);
  assert.equal(block.word(block.transaction(1), "Transaction_expected"), 29_999n);
});

test("blobs are paid at the block's blob fee and counted against the block", () => {
  const blobs = (nonce: bigint, count: number): Fields => ({
    type: 3,
    nonce,
    priorityFee: 10n,
    maxBlobFee: 5n,
    blobHashes: new Array(count).fill(`0x01${"00".repeat(31)}`),
  });
  const { block, invalid } = run({ fork: Fork.Cancun, blobBaseFee: 3n }, [blobs(0n, 4), blobs(1n, 2)]);
  assert.equal(invalid, Invalid.None);
  assert.equal(block.u64(block.result, "BlockResult_blobGasUsed"), 6n * 131_072n);
  assert.equal(block.balance(sender), ETHER - 2n * 210_000n - 6n * 131_072n * 3n);
  const over = run({ fork: Fork.Cancun }, [blobs(0n, 4), blobs(1n, 3)]);
  assert.equal(reason(over.invalid), "BlobGasAllowanceExceeded");
});

// SSTORE 0 at slot 0, which holds 1: 15,000 gas back before London, 4,800 from there on.
const clearing: Hex.Hex = "0x5f5f5500";
const clearingOld: Hex.Hex = "0x600060005500";

test("refunds are capped at half of the gas before London and a fifth from there on", () => {
  const accounts = { [recipient]: { code: clearingOld, storage: { "0x0": 1n } } };
  // 21,000 + 2 PUSH1 + SSTORE 5,000; the refund of 15,000 exceeds half.
  const old = run({ fork: Fork.Istanbul }, [{ gasLimit: 100_000n }], accounts);
  assert.equal(reason(old.invalid), "None");
  assert.equal(old.block.slot(recipient, 0n), 0n);
  assert.equal(old.block.u64(old.t, "Transaction_gasUsed"), 26_006n - 13_003n);
  assert.equal(old.block.u64(old.t, "Transaction_gasRefunded"), 13_003n);
  const london = run({ fork: Fork.London }, [{ gasLimit: 100_000n }], accounts);
  assert.equal(london.block.u64(london.t, "Transaction_gasUsed"), 26_006n - 4_800n);
});

test("the floor of EIP-7623 is paid after refunds", () => {
  const data: Hex.Hex = `0x${"01".repeat(500)}`;
  const { block, t } = run({ fork: Fork.Prague }, [{ gasLimit: 100_000n, data }], {
    [recipient]: { code: clearing, storage: { "0x0": 1n } },
  });
  assert.equal(block.u64(t, "Transaction_gasUsed"), 21_000n + 500n * 40n);
  assert.equal(block.balance(sender), ETHER - 41_000n * 10n);
});

test("a reverted call keeps nonce and fee, gives value and unused gas back, and has status 0", () => {
  const { block, t } = run({ fork: Fork.Osaka }, [{ gasLimit: 100_000n, value: 9n }], {
    [recipient]: { code: "0x5f5ffd" },
  });
  assert.equal(block.u32(t, "Transaction_status"), Halt.Revert);
  assert.equal(block.u64(t, "Transaction_gasUsed"), 21_004n);
  assert.equal(block.balance(sender), ETHER - 210_040n);
  assert.equal(block.balance(recipient), 0n);
  const failed = run({ fork: Fork.Osaka }, [{ gasLimit: 100_000n }], { [recipient]: { code: "0xfe" } });
  assert.equal(failed.block.u32(failed.t, "Transaction_status"), Halt.InvalidOpcode);
  assert.equal(failed.block.u64(failed.t, "Transaction_gasUsed"), 100_000n);
});

test("a creation deploys its code at the address of sender and nonce", () => {
  // Returns the one byte 0x00.
  const { block, t, invalid } = run(
    { fork: Fork.Osaka },
    [{ nonce: 200n, to: "0x", data: "0x60015ff3", gasLimit: 100_000n, value: 3n }],
    { [sender]: { balance: ETHER, nonce: 200n } },
  );
  assert.equal(reason(invalid), "None");
  const created = ContractAddress.fromCreate({ from: sender, nonce: 200n }).toLowerCase() as Address.Address;
  assert.equal(block.address(t, "Transaction_created"), created);
  assert.equal(block.code(created), "0x00");
  assert.equal(block.balance(created), 3n);
  assert.equal(block.nonce(created), 1n);
  // 53,000, 3 bytes that are not zero and one that is, a word of init code, 3 + 2 + 3 gas of memory, 200 a byte.
  assert.equal(block.u64(t, "Transaction_gasUsed"), 53_000n + 4n * 16n + 2n + 3n + 2n + 3n + 200n);
});

test("sender, recipient, precompiles, access list and (from Shanghai) the proposer are warm", () => {
  const other: Address.Address = `0x${"77".repeat(20)}`;
  const balanceOf = (address: Address.Address, fork: number, accessList: Fields["accessList"] = []) => {
    const { block, t } = run({ fork }, [{ type: 1, gasLimit: 100_000n, accessList }], {
      [recipient]: { code: Hex.concat("0x73", address, "0x3100") },
    });
    return block.u64(t, "Transaction_gasUsed") - 21_003n - BigInt(accessList.length) * 2_400n;
  };
  for (const address of [sender, recipient, `0x${"00".repeat(19)}01`] as Address.Address[]) {
    assert.equal(balanceOf(address, Fork.Berlin), 100n);
  }
  assert.equal(balanceOf(other, Fork.Berlin), 2_600n);
  assert.equal(balanceOf(other, Fork.Berlin, [[other, []]]), 100n);
  assert.equal(balanceOf(coinbase, Fork.London), 2_600n);
  assert.equal(balanceOf(coinbase, Fork.Shanghai), 100n);
  const storageKey: Hex.Hex = `0x${"00".repeat(31)}05`;
  const { block, t } = run(
    { fork: Fork.Berlin },
    [{ type: 1, gasLimit: 100_000n, accessList: [[recipient, [storageKey]]] }],
    { [recipient]: { code: "0x6005545060065400" } },
  );
  assert.equal(block.u64(t, "Transaction_gasUsed"), 21_000n + 4_300n + 3n + 100n + 2n + 3n + 2_100n);
});

test("a fee recipient that destructs itself takes its fee along", () => {
  const { block, invalid } = run({ fork: Fork.London }, [{ to: coinbase, gasLimit: 100_000n }], {
    [coinbase]: { code: "0x33ff", balance: 5n },
  });
  assert.equal(reason(invalid), "None");
  assert.equal(block.exists(coinbase), false);
  assert.equal(block.balance(coinbase), 0n);
});

test("a fee of zero makes the proposer's account before Spurious Dragon, and not from there on", () => {
  const environment = { flags: 4 | 8 };
  const at = (fork: number) => run({ ...environment, fork }, [{ maxFee: 0n }]).block.exists(coinbase);
  assert.equal(at(Fork.Tangerine), true);
  assert.equal(at(Fork.Spurious), false);
});

const authority: Hex.Hex = `0x${"46".repeat(32)}`;
const authorityAddress = Address_.fromPublicKey(Secp256k1.getPublicKey({ privateKey: authority }));
const delegate: Address.Address = `0x${"d1".repeat(20)}`;
const designator = Hex.concat("0xef0100", delegate);

function authorized(tuples: readonly Item[], accounts: Record<string, AccountState> = {}, to = recipient) {
  return run({ fork: Fork.Prague }, [{ type: 4, gasLimit: 200_000n, authorizations: tuples, to }], {
    [delegate]: { code: "0x602a5f5500" },
    ...accounts,
  });
}

test("an authorization sets, changes and clears a delegation", () => {
  const set = authorized([authorize(authority, { address: delegate, nonce: 0n })]);
  assert.equal(reason(set.invalid), "None");
  assert.equal(set.block.code(authorityAddress), designator);
  assert.equal(set.block.nonce(authorityAddress), 1n);
  assert.equal(set.block.u64(set.t, "Transaction_gasUsed"), 46_000n);
  const clear = authorized(
    [authorize(authority, { chainId: 0n, address: `0x${"00".repeat(20)}`, nonce: 1n })],
    { [authorityAddress]: { code: designator, nonce: 1n } },
  );
  assert.equal(clear.block.code(authorityAddress), "0x");
  assert.equal(clear.block.nonce(authorityAddress), 2n);
  // The account existed: 12,500 come back, of which a fifth of the gas used at most.
  assert.equal(clear.block.u64(clear.t, "Transaction_gasUsed"), 46_000n - 9_200n);
});

test("a transaction to a delegated account runs the delegate's code there", () => {
  const { block, t } = authorized(
    [authorize(authority, { address: delegate, nonce: 0n })],
    {},
    authorityAddress,
  );
  assert.equal(block.u32(t, "Transaction_status"), Halt.Success);
  assert.equal(block.slot(authorityAddress, 0n), 42n);
});

test("a sender may delegate itself: its nonce has been raised by then", () => {
  const { block } = authorized([authorize(key, { address: delegate, nonce: 1n })]);
  assert.equal(block.code(sender), designator);
  assert.equal(block.nonce(sender), 2n);
});

test("an authorization that does not fit is skipped, and costs its gas", () => {
  const tuple = authorize(authority, { address: delegate, nonce: 0n }) as Item[];
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const with_ = (index: number, item: Item) => tuple.map((old, i) => (i === index ? item : old));
  const skipped: [Item, AccountState?][] = [
    [authorize(authority, { chainId: 2n, address: delegate, nonce: 0n })],
    [authorize(authority, { address: delegate, nonce: 1n })],
    [
      authorize(authority, { address: delegate, nonce: 2n ** 64n - 1n }),
      { nonce: 2n ** 64n - 1n, balance: 1n },
    ],
    [tuple, { code: "0x00", balance: 1n }],
    [with_(3, integer(2))],
    [with_(4, "0x")],
    [with_(5, integer(order - BigInt(tuple[5] as Hex.Hex)))],
  ];
  for (const [item, account] of skipped) {
    const { block, t } = authorized([item], account === undefined ? {} : { [authorityAddress]: account });
    assert.equal(block.code(authorityAddress), account?.code ?? "0x");
    assert.equal(block.nonce(authorityAddress), account?.nonce ?? 0n);
    assert.equal(block.u64(t, "Transaction_gasUsed"), 46_000n);
  }
});

test("delegations stay where the transaction's call is reverted", () => {
  const { block, t } = authorized([authorize(authority, { address: delegate, nonce: 0n })], {
    [recipient]: { code: "0x5f5ffd" },
  });
  assert.equal(block.u32(t, "Transaction_status"), Halt.Revert);
  assert.equal(block.code(authorityAddress), designator);
});

test("a delegated account may send transactions", () => {
  const { invalid } = run({ fork: Fork.Prague }, [{}], { [sender]: { balance: ETHER, code: designator } });
  assert.equal(reason(invalid), "None");
});
