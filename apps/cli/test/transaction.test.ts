import assert from "node:assert/strict";
import test from "node:test";
import { bytesToHex, Fields, transactionBytes } from "@heddle/cli";
import * as Rlp from "ox/Rlp";

const COMMON = {
  chainId: "0x1",
  nonce: "0x0",
  to: null,
  value: "0x0",
  gas: "0x5208",
  input: "0x60",
  v: "0x1",
  yParity: "0x1",
  r: "0x02",
  s: "0x03",
};
const ADDRESS = "0x1000000000000000000000000000000000000001";
const SLOT = `0x${"0".repeat(63)}1`;
const LIST = [{ address: ADDRESS, storageKeys: [SLOT] }];

function items(transaction: Record<string, unknown>): { type: number; items: unknown } {
  const raw = transactionBytes(new Fields("t.json", "transaction", transaction));
  const type = raw[0]! < 0xc0 ? raw[0]! : 0;
  return { type, items: Rlp.toHex(bytesToHex(type === 0 ? raw : raw.subarray(1))) };
}

test("each type has its own fields, in the order of its EIP", () => {
  assert.deepEqual(items({ ...COMMON, type: "0x0", gasPrice: "0x7" }), {
    type: 0,
    items: ["0x", "0x07", "0x5208", "0x", "0x", "0x60", "0x01", "0x02", "0x03"],
  });
  const tail = ["0x5208", "0x", "0x", "0x60", [[ADDRESS, [SLOT]]]];
  const signed = ["0x01", "0x02", "0x03"];
  assert.deepEqual(items({ ...COMMON, type: "0x1", gasPrice: "0x7", accessList: LIST }), {
    type: 1,
    items: ["0x01", "0x", "0x07", ...tail, ...signed],
  });
  const fees = { maxFeePerGas: "0x9", maxPriorityFeePerGas: "0x8", accessList: LIST };
  assert.deepEqual(items({ ...COMMON, ...fees, type: "0x2" }), {
    type: 2,
    items: ["0x01", "0x", "0x08", "0x09", ...tail, ...signed],
  });
  assert.deepEqual(
    items({ ...COMMON, ...fees, type: "0x3", maxFeePerBlobGas: "0x5", blobVersionedHashes: [SLOT] }),
    {
      type: 3,
      items: ["0x01", "0x", "0x08", "0x09", ...tail, "0x05", [SLOT], ...signed],
    },
  );
  const authorization = {
    chainId: "0x1",
    address: ADDRESS,
    nonce: "0x4",
    yParity: "0x0",
    r: "0x5",
    s: "0x6",
  };
  assert.deepEqual(items({ ...COMMON, ...fees, type: "0x4", authorizationList: [authorization] }), {
    type: 4,
    items: [
      "0x01",
      "0x",
      "0x08",
      "0x09",
      ...tail,
      [["0x01", ADDRESS, "0x04", "0x", "0x05", "0x06"]],
      ...signed,
    ],
  });
});
