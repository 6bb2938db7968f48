import assert from "node:assert/strict";
import test from "node:test";
import {
  type BlockAccessList,
  DecodingError,
  decodeBlockAccessList,
  encodeBlockAccessList,
} from "@heddle/engine";
import { accessListDifference, encodeAnyList } from "../src/access-list.ts";

const LIST: BlockAccessList = [
  {
    address: `0x${"0a".repeat(20)}`,
    storageChanges: [
      {
        key: 0n,
        changes: [
          { index: 1, value: 0n },
          { index: 300, value: 1n << 255n },
        ],
      },
    ],
    storageReads: [1n, 256n],
    balances: [{ index: 0, value: 128n }],
    nonces: [{ index: 2, value: 1n }],
    codes: [{ index: 2, value: "0x6000" }],
  },
  {
    address: `0x${"0b".repeat(20)}`,
    storageChanges: [],
    storageReads: [],
    balances: [],
    nonces: [],
    codes: [],
  },
];

test("a right list is encoded as the engine encodes it", () => {
  assert.deepEqual(encodeAnyList(LIST), encodeBlockAccessList(LIST));
  assert.deepEqual(decodeBlockAccessList(encodeAnyList(LIST)), LIST);
});

test("a wrong list is encoded as it stands, so that an import can refuse it", () => {
  const wrong = encodeAnyList(LIST.toReversed());
  assert.throws(() => decodeBlockAccessList(wrong), DecodingError);
});

test("the first entry that differs is named", () => {
  assert.deepEqual(accessListDifference(encodeAnyList(LIST), LIST), []);
  const [first, second] = LIST as [BlockAccessList[0], BlockAccessList[0]];
  const other = [first, { ...second, nonces: [{ index: 1, value: 9n }] }];
  assert.deepEqual(
    accessListDifference(encodeAnyList(LIST), other).map(({ field }) => field),
    [`access list, ${second.address} nonces`],
  );
  assert.deepEqual(accessListDifference(encodeAnyList([first]), LIST), [
    { field: `access list, ${second.address}`, ours: "not in the list", theirs: "in the list" },
  ]);
});
