import assert from "node:assert/strict";
import test from "node:test";
import { bytesToHex, FixtureError, readBlockFixture } from "@heddle/cli";
import { encoded, OTHER, tinyBlock, transfer } from "./support/tiny-block.ts";

const read = (changes: Record<string, unknown> = {}) =>
  readBlockFixture("b.json", encoded(tinyBlock(changes)));

test("a block file becomes what the engine takes", () => {
  const block = read();
  assert.equal(block.header.number, 18_000_001n);
  assert.equal(block.header.withdrawalsRoot, `0x${"0".repeat(64)}`, "a field that the fork demands is there");
  assert.equal(block.header.excessBlobGas, undefined, "one of a later fork is not");
  assert.deepEqual(block.senders, [
    "0x1000000000000000000000000000000000000001",
    "0x2000000000000000000000000000000000000002",
  ]);
  assert.equal(
    bytesToHex(block.transactions[1]!),
    "0xe10701825208944000000000000000000000000000000000000004" + "8203e8801b0101",
  );
  assert.equal(block.accounts.length, 2);
  assert.equal(block.blockHashes.get(17_999_999n), `0x${"2".repeat(64)}`);
  assert.equal(block.expected.gasUsed, 42_000n);
  assert.equal(block.expected.receiptsRoot, null);
});

test("what a source cannot tell is not expected", () => {
  const gasUsed = {
    checkable: { gasUsed: false },
    expected: { gasUsed: "0x1", stateRoot: `0x${"3".repeat(64)}` },
  };
  assert.equal(read(gasUsed).expected.gasUsed, null);
  const expected = { ...gasUsed.expected };
  assert.equal(read({ expected, checkable: { stateRoot: false } }).expected.stateRoot, null);
});

test("a second engine's results stand in where the chain's own are not known", () => {
  const block = read({ expected: {}, checkable: { gasUsed: false }, referenceOnly: { gasUsed: "0x10" } });
  assert.equal(block.expected.gasUsed, 16n);
});

const WRONG: [string, Record<string, unknown>, RegExp][] = [
  ["a missing header", { header: undefined }, /^b\.json: header must be a JSON object, but is missing$/],
  [
    "a short address",
    { withdrawals: [{ index: "0x1", validatorIndex: "0x1", address: "0x12", amount: "0x1" }] },
    /withdrawals\[0\]\.address must be 20 hexadecimal bytes/,
  ],
  [
    "a balance that is no number",
    { preState: { "0x1000000000000000000000000000000000000001": { balance: "much", nonce: "0x0" } } },
    /preState\.0x1000000000000000000000000000000000000001\.balance must be a hexadecimal quantity, but is "much"/,
  ],
  [
    "an account without an address",
    { preState: { here: {} } },
    /preState\.here must be the account of a 20-byte address/,
  ],
  [
    "a nonce over 64 bits",
    {
      preState: {
        "0x1000000000000000000000000000000000000001": { balance: "0x0", nonce: `0x1${"0".repeat(16)}` },
      },
    },
    /\.nonce must be a quantity of at most 64 bits/,
  ],
  [
    "an unknown transaction type",
    { transactions: [{ ...transfer(OTHER, 0), type: "0x9" }] },
    /transactions\[0\]\.type must be a transaction type from 0 to 4, but is "0x9"/,
  ],
  [
    "JSON that is no block at all",
    { format: undefined, fork: undefined },
    /format must be "mainnet-block\/1"/,
  ],
  ["another format", { format: "mainnet-block/2" }, /format must be "mainnet-block\/1"/],
];

for (const [name, changes, message] of WRONG) {
  test(`${name} is an error that names the file and the field`, () => {
    assert.throws(
      () => read(changes),
      (error: unknown) => {
        assert.ok(error instanceof FixtureError);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test("bytes that are not JSON are an error that says where", () => {
  assert.throws(
    () => readBlockFixture("b.json", new TextEncoder().encode('{"a":')),
    /^FixtureError: b\.json: the file must be JSON/,
  );
});
