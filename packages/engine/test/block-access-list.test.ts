import assert from "node:assert/strict";
import { test } from "node:test";
import * as Rlp from "ox/Rlp";
import {
  type BlockAccessList,
  checkResult,
  createEngine,
  DecodingError,
  decodeBlockAccessList,
  encodeBlockAccessList,
  type Header,
  type Hex,
  InvalidArgumentError,
  networkConfig,
} from "../src/index.ts";
import { address, block, type Call, contract, ETHER, recipient, sender, senders } from "./support/blocks.ts";
import { assemble } from "./support/token.ts";

const first = address(1, 1);
const second = address(1, 2);

const example: BlockAccessList = [
  {
    address: first,
    storageChanges: [
      {
        key: 0n,
        changes: [
          { index: 0, value: 0n },
          { index: 300, value: 2n ** 256n - 1n },
        ],
      },
      { key: 2n ** 255n, changes: [{ index: 1, value: 7n }] },
    ],
    storageReads: [1n, 128n],
    balances: [{ index: 1, value: 10n ** 18n }],
    nonces: [{ index: 1, value: 2n ** 64n - 1n }],
    codes: [{ index: 65535, value: "0x" }],
  },
  { address: second, storageChanges: [], storageReads: [], balances: [], nonces: [], codes: [] },
];

test("a list is the same after encoding and decoding, and nothing is the empty list", () => {
  assert.deepEqual(decodeBlockAccessList(encodeBlockAccessList(example)), example);
  assert.deepEqual(encodeBlockAccessList([]), Uint8Array.of(0xc0));
  assert.deepEqual(decodeBlockAccessList(Uint8Array.of(0xc0)), []);
});

type Item = Hex | Item[];
const encoded = (list: Item[]) => Rlp.fromHex(list as Hex[], { as: "Bytes" });
/** An account's items, of which the given ones are not empty lists. */
const account = (at: Hex, parts: Record<number, Item> = {}): Item[] => [
  at,
  ...[1, 2, 3, 4, 5].map((i) => parts[i] ?? []),
];

test("what is out of order, there twice or not minimal is refused, and the error names where", () => {
  const refused: [string, RegExp, Item[]][] = [
    ["accounts out of order", /^blockAccessList: has 0x01.* behind 0x01/, [account(second), account(first)]],
    ["an account twice", /^blockAccessList: has 0x01.* twice/, [account(first), account(first)]],
    ["too few items", /\[0\]: has 5 items, not 6/, [account(first).slice(0, 5)]],
    [
      "an address that is too short",
      /\[0\]\.address: has 19 bytes, not 20/,
      [account(`0x${"01".repeat(19)}`)],
    ],
    ["reads out of order", /\[0\]\.storageReads: has 1 behind 2/, [account(first, { 2: ["0x02", "0x01"] })]],
    ["a read twice", /\[0\]\.storageReads: has 2 twice/, [account(first, { 2: ["0x02", "0x02"] })]],
    [
      "a key among both",
      /\[0\]\.storageReads: has 2, which is among the changes too/,
      [account(first, { 1: [["0x02", [["0x01", "0x05"]]]], 2: ["0x02"] })],
    ],
    [
      "changed slots out of order",
      /\[0\]\.storageChanges: has 1 behind 2/,
      [
        account(first, {
          1: [
            ["0x02", [["0x01", "0x05"]]],
            ["0x01", [["0x01", "0x05"]]],
          ],
        }),
      ],
    ],
    [
      "a slot without a change",
      /storageChanges\[0\]\.changes: is empty/,
      [account(first, { 1: [["0x02", []]] })],
    ],
    [
      "an index twice",
      /\[0\]\.balances: has 1 twice/,
      [
        account(first, {
          3: [
            ["0x01", "0x05"],
            ["0x01", "0x06"],
          ],
        }),
      ],
    ],
    [
      "indexes out of order",
      /\[0\]\.nonces: has 1 behind 2/,
      [
        account(first, {
          4: [
            ["0x02", "0x05"],
            ["0x01", "0x06"],
          ],
        }),
      ],
    ],
    ["an index of more than 16 bits", /index: has 3 bytes/, [account(first, { 5: [["0x010000", "0x"]] })]],
    [
      "a key with a leading zero",
      /storageReads\[0\]: is a number with a leading zero/,
      [account(first, { 2: ["0x0001"] })],
    ],
    [
      "a zero that is a byte",
      /storageReads\[0\]: is a number with a leading zero/,
      [account(first, { 2: ["0x00"] })],
    ],
    [
      "a balance of 33 bytes",
      /value: has 33 bytes/,
      [account(first, { 3: [["0x01", `0x${"11".repeat(33)}`]] })],
    ],
    ["a nonce of 9 bytes", /value: has 9 bytes/, [account(first, { 4: [["0x01", `0x${"11".repeat(9)}`]] })]],
    ["code that is a list", /codes\[0\]\.value: is a list/, [account(first, { 5: [["0x01", []]] })]],
  ];
  for (const [what, message, list] of refused) {
    assert.throws(
      () => decodeBlockAccessList(encoded(list)),
      (error) => error instanceof DecodingError && message.test(error.message),
      what,
    );
  }
  assert.throws(() => decodeBlockAccessList(Uint8Array.of(0xc0, 0x00)), DecodingError);
  assert.throws(() => decodeBlockAccessList(new Uint8Array(0)), DecodingError);
});

test("a list that could not be decoded is not encoded", () => {
  for (const wrong of [
    [example[1]!, example[0]!],
    [{ ...example[1]!, storageReads: [2n, 1n] }],
    [{ ...example[1]!, balances: [{ index: 65536, value: 1n }] }],
    [{ ...example[1]!, nonces: [{ index: 1, value: -1n }] }],
    [{ ...example[1]!, address: "0x01" as Hex }],
  ]) {
    assert.throws(() => encodeBlockAccessList(wrong), InvalidArgumentError);
  }
});

/** Transfers, a counter that all of them call, a fee recipient that pays too. */
function busyBlock() {
  const coinbase = sender(0);
  const counter = contract(0);
  const calls: Call[] = Array.from({ length: 60 }, (_, i) => ({
    from: sender(i),
    gasPrice: BigInt(7 + (i % 3)),
    ...(i % 4 === 0 ? { to: recipient(i), value: 5n } : i % 4 === 1 ? { to: counter } : { to: contract(i) }),
    ...(i % 16 === 7 ? { to: coinbase, value: 3n } : {}),
  }));
  const { header, ...rest } = block(calls);
  return { ...rest, header: { ...header, coinbase }, withdrawals: [] };
}

test("the list is the same byte for byte in order and on 1, 2 and 8 workers", async () => {
  const alloc = {
    ...senders(60),
    [contract(0)]: { code: assemble("0 SLOAD 1 ADD 0 SSTORE") },
    ...Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [
        contract(i + 1),
        { code: assemble(`0 SLOAD 1 ADD ${i} SSTORE`) },
      ]),
    ),
  };
  const chain = { ...networkConfig("Shanghai"), eips: [7928] };
  await using engine = await createEngine({ workers: 8, chain, genesis: { alloc } });
  const results = [];
  for (const options of [{ mode: "sequential" as const }, { workers: 1 }, { workers: 2 }, { workers: 8 }]) {
    const result = await engine.execute({ ...busyBlock(), ...options });
    results.push({
      list: Buffer.from(result.blockAccessList!).toString("hex"),
      hash: result.blockAccessListHash,
    });
    result.discard();
  }
  for (const result of results) assert.deepEqual(result, results[0]);
  const list = decodeBlockAccessList(Buffer.from(results[0]!.list, "hex"));
  const counter = list.find(({ address }) => address === contract(0))!;
  assert.equal(counter.storageChanges[0]!.changes.length, 15);
  const coinbase = list.find(({ address }) => address === sender(0))!;
  assert.ok(coinbase.balances.length > 40);
  assert.equal(coinbase.balances.at(-1)!.value > ETHER - 10n ** 6n, true);
});

test("a header that states another list's hash is refused", async () => {
  const chain = { ...networkConfig("Shanghai"), eips: [7928] };
  await using engine = await createEngine({ workers: 1, chain, genesis: { alloc: senders(2) } });
  const result = await engine.execute(block([{ from: sender(0), to: recipient(0), value: 1n }]));
  const header = {
    gasUsed: result.gasUsed,
    transactionsRoot: result.roots.transactions,
    receiptsRoot: result.roots.receipts,
    withdrawalsRoot: result.roots.withdrawals,
    logsBloom: result.logsBloom,
    stateRoot: result.roots.state,
    blockAccessListHash: result.blockAccessListHash,
  } as Header;
  checkResult(header, result);
  for (const blockAccessListHash of [`0x${"11".repeat(32)}` as const, undefined]) {
    assert.throws(() => checkResult({ ...header, blockAccessListHash }, result), {
      code: "INVALID_BLOCK",
      field: "header.blockAccessListHash",
    });
  }
  result.discard();
});
