import assert from "node:assert/strict";
import { test } from "node:test";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as Address from "ox/Address";
import * as HexOf from "ox/Hex";
import * as Secp256k1 from "ox/Secp256k1";
import * as Eip1559 from "ox/TxEnvelopeEip1559";
import { toHex } from "../src/hex.ts";
import { networkConfig, rulesAt, TransactionInspector } from "../src/index.ts";

const key = `0x${"a1".repeat(32)}` as const;
const rules = rulesAt({ ...networkConfig("Shanghai"), chainId: 1337 }, { number: 1n, timestamp: 1n });
const inspector = await TransactionInspector.create();

function signed(fields: Partial<Eip1559.TxEnvelopeEip1559> = {}): Uint8Array {
  const envelope = Eip1559.from({
    chainId: 1337,
    nonce: 7n,
    gas: 50_000n,
    maxFeePerGas: 3_000n,
    maxPriorityFeePerGas: 2n,
    value: 5n,
    to: `0x${"0b".repeat(20)}`,
    ...fields,
  });
  const signature = Secp256k1.sign({ payload: Eip1559.getSignPayload(envelope), privateKey: key });
  return HexOf.toBytes(Eip1559.serialize(envelope, { signature }));
}

test("a transaction is told with its signer and its hash", () => {
  const raw = signed();
  const { hash, sender, ...rest } = inspector.inspect(rules, raw);
  assert.equal(
    toHex(sender),
    Address.fromPublicKey(Secp256k1.getPublicKey({ privateKey: key })).toLowerCase(),
  );
  assert.equal(toHex(hash), toHex(keccak_256(raw)));
  assert.deepEqual(rest, {
    invalid: undefined,
    met: 0n,
    expected: 0n,
    type: 2,
    nonce: 7n,
    gasLimit: 50_000n,
    value: 5n,
    maxFeePerGas: 3_000n,
    maxPriorityFeePerGas: 2n,
    intrinsicGas: 21_000n,
    isCreate: false,
  });
});

test("what no block can hold is refused by its reason and both values", () => {
  const low = inspector.inspect(rules, signed({ gas: 20_999n }));
  assert.deepEqual([low.invalid, low.met, low.expected], ["IntrinsicGasTooLow", 20_999n, 21_000n]);
  assert.equal(inspector.inspect(rules, signed({ chainId: 1 })).invalid, "InvalidChainId");
  assert.equal(inspector.inspect(rules, Uint8Array.of(0xc0)).invalid, "Malformed");
  assert.equal(inspector.inspect(rules, new Uint8Array(0)).invalid, "Malformed");
});

test("a sender that is given is taken as it is", () => {
  const given = new Uint8Array(20).fill(9);
  const { invalid, sender, hash } = inspector.inspect(rules, signed(), given);
  assert.deepEqual([invalid, sender, toHex(hash)], [undefined, given, toHex(keccak_256(signed()))]);
});
