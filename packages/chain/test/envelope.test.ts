// The oracle is ox, which makes the same envelopes out of hex.

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadSigner } from "@heddle/engine";
import * as Bytes from "ox/Bytes";
import * as Hex from "ox/Hex";
import * as Secp256k1 from "ox/Secp256k1";
import * as TxEnvelope from "ox/TxEnvelope";
import { impersonateTransaction, signTransaction } from "../src/dev/signing.ts";
import { Envelope, type EnvelopeFields } from "../src/envelope.ts";

const key = `0x${"4c".repeat(32)}` as const;
const to = "0x00000000000000000000000000000000000000aa";
const word = (digit: string): Hex.Hex => `0x${digit.repeat(64)}`;
const common = { nonce: 0n, gas: 21_000n, to, value: 10n ** 18n, data: "0x00ff" } as const;
const fees = { maxFeePerGas: 2n ** 70n, maxPriorityFeePerGas: 1n };
const accessList = [
  { address: to, storageKeys: [word("0"), word("7")] },
  { address: to, storageKeys: [] },
] satisfies EnvelopeFields["accessList"];
const r = Hex.fromNumber(2n ** 255n, { size: 32 });
const s = Hex.fromNumber(3n, { size: 32 });

type Case = [name: string, type: string, fields: Omit<EnvelopeFields, "chainId">, ox?: object];

const cases: Case[] = [
  ["a legacy transaction", "legacy", { ...common, gasPrice: 7n }],
  ["one that creates a contract", "legacy", { ...common, gasPrice: 0n, to: undefined, nonce: 2n ** 63n }],
  ["one of long data", "eip1559", { ...common, ...fees, data: `0x${"60".repeat(70_000)}` }],
  ["one with an access list", "eip2930", { ...common, gasPrice: 7n, accessList }],
  ["one with dynamic fees", "eip1559", { ...common, ...fees, accessList, value: undefined }],
  [
    "one with blobs",
    "eip4844",
    { ...common, ...fees, maxFeePerBlobGas: 9n, blobVersionedHashes: [`0x01${"ab".repeat(31)}`] },
  ],
  [
    "one that sets code",
    "eip7702",
    {
      ...common,
      ...fees,
      authorizationList: [
        { chainId: 0n, address: to, nonce: 5n, yParity: 1n, r: Hex.toBigInt(r), s: Hex.toBigInt(s) },
      ],
    },
    { authorizationList: [{ chainId: 0, address: to, nonce: 5n, yParity: 1, r, s }] },
  ],
];

for (const [name, type, fields, ox] of cases) {
  test(`the envelope of ${name} is that of others, signed and unsigned`, async () => {
    const sign = await loadSigner();
    for (const chainId of [1, 31_337]) {
      const theirs = TxEnvelope.from({ accessList: [], ...fields, chainId, type, ...ox } as never) as never;
      const mine = { ...fields, chainId: BigInt(chainId) };
      const payload = TxEnvelope.getSignPayload(theirs);
      assert.equal(Hex.fromBytes(new Envelope(mine).signingHash), payload);
      const signature = Secp256k1.sign({ payload, privateKey: key });
      assert.equal(
        Hex.fromBytes(signTransaction(mine, Bytes.fromHex(key), sign)),
        TxEnvelope.serialize(theirs, { signature } as never),
      );
      const inName = { r: Hex.padLeft(to, 32), s: Hex.fromNumber(1, { size: 32 }), yParity: 0 };
      assert.equal(
        Hex.fromBytes(impersonateTransaction(mine, to)),
        TxEnvelope.serialize(theirs, { signature: inName } as never),
      );
    }
  });
}
