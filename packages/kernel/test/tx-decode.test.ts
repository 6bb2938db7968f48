import assert from "node:assert/strict";
import { test } from "node:test";
import * as Hash from "ox/Hash";
import * as Hex from "ox/Hex";
import * as Rlp from "ox/Rlp";
import * as Secp256k1 from "ox/Secp256k1";
import * as TxEnvelopeEip1559 from "ox/TxEnvelopeEip1559";
import * as TxEnvelopeEip2930 from "ox/TxEnvelopeEip2930";
import * as TxEnvelopeEip4844 from "ox/TxEnvelopeEip4844";
import * as TxEnvelopeEip7702 from "ox/TxEnvelopeEip7702";
import * as TxEnvelopeLegacy from "ox/TxEnvelopeLegacy";
import { Fork, Invalid } from "../src/codes.ts";
import { key, sender, TestBlock } from "./support/block.ts";
import {
  authorize,
  envelope,
  type Fields,
  type Item,
  integer,
  items,
  recipient,
  signed,
  signItems,
} from "./support/transaction.ts";

const blobHash: Hex.Hex = `0x01${"07".repeat(31)}`;
const storageKey: Hex.Hex = `0x${"09".repeat(32)}`;

function decoded(raw: Hex.Hex, fork: number = Fork.Osaka, chainId = 1n) {
  const block = new TestBlock({ fork, chainId });
  const index = block.add(raw);
  const invalid = block.decode(index);
  return { block, t: block.transaction(index), invalid };
}

function refusal(raw: Hex.Hex, fork: number = Fork.Osaka, chainId = 1n): string {
  const code = decoded(raw, fork, chainId).invalid;
  return Object.entries(Invalid).find(([, value]) => value === code)![0];
}

function replace(list: readonly Item[], index: number, item: Item): Item[] {
  return list.map((old, i) => (i === index ? item : old));
}

const call = { to: recipient, value: 12_345_678_901_234_567_890n, data: "0x00112200" as const };

test("a legacy transaction's fields, hashes and sender are those of ox", () => {
  for (const chainId of [undefined, 1]) {
    const unsigned = TxEnvelopeLegacy.from({
      ...call,
      ...(chainId === undefined ? {} : { chainId }),
      nonce: 300n,
      gas: 90_000n,
      gasPrice: 7_000_000_000n,
    });
    const payload = TxEnvelopeLegacy.getSignPayload(unsigned);
    const signature = Secp256k1.sign({ payload, privateKey: key });
    const raw = TxEnvelopeLegacy.serialize(unsigned, { signature });
    const { block, t, invalid } = decoded(raw);
    assert.equal(invalid, Invalid.None);
    assert.equal(block.u32(t, "Transaction_type"), 0);
    assert.equal(block.u64(t, "Transaction_nonce"), 300n);
    assert.equal(block.u64(t, "Transaction_gasLimit"), 90_000n);
    assert.equal(block.word(t, "Transaction_maxFee"), 7_000_000_000n);
    assert.equal(block.word(t, "Transaction_value"), call.value);
    assert.equal(block.address(t, "Transaction_to"), recipient);
    assert.equal(block.span(t, "Transaction_data", "Transaction_dataLength"), call.data);
    assert.equal(block.u32(t, "Transaction_hasChainId"), chainId === undefined ? 0 : 1);
    assert.equal(block.hash(t, "Transaction_signingHash"), payload);
    assert.equal(block.hash(t, "Transaction_hash"), Hash.keccak256(raw));
    assert.equal(block.address(t, "Transaction_sender"), sender);
  }
});

test("typed transactions' fields, hashes and sender are those of ox", () => {
  const accessList = [{ address: recipient, storageKeys: [storageKey, storageKey] }];
  const common = { ...call, accessList, chainId: 1, nonce: 5n, gas: 100_000n } as const;
  const fees = { maxFeePerGas: 2n ** 200n, maxPriorityFeePerGas: 3n };
  const authorizationList = [
    { address: recipient, chainId: 1, nonce: 7n, r: "0x01", s: "0x02", yParity: 1 },
  ] as const;
  const envelopes = [
    [1, TxEnvelopeEip2930, TxEnvelopeEip2930.from({ ...common, gasPrice: 2n ** 200n })],
    [2, TxEnvelopeEip1559, TxEnvelopeEip1559.from({ ...common, ...fees })],
    [
      3,
      TxEnvelopeEip4844,
      TxEnvelopeEip4844.from({
        ...common,
        ...fees,
        maxFeePerBlobGas: 77n,
        blobVersionedHashes: [blobHash, blobHash],
      }),
    ],
    [
      4,
      TxEnvelopeEip7702,
      TxEnvelopeEip7702.from({ ...common, ...fees, authorizationList: authorizationList as never }),
    ],
    // biome-ignore lint/suspicious/noExplicitAny: the modules' functions take each its own envelope
  ] as readonly [number, any, any][];
  for (const [type, module, unsigned] of envelopes) {
    const payload = module.getSignPayload(unsigned) as Hex.Hex;
    const signature = Secp256k1.sign({ payload, privateKey: key });
    const raw = module.serialize(unsigned, { signature }) as Hex.Hex;
    const { block, t, invalid } = decoded(raw);
    assert.equal(invalid, Invalid.None, `type ${type}`);
    assert.equal(block.u32(t, "Transaction_type"), type);
    assert.equal(block.u64(t, "Transaction_chainId"), 1n);
    assert.equal(block.u64(t, "Transaction_nonce"), 5n);
    assert.equal(block.u64(t, "Transaction_gasLimit"), 100_000n);
    assert.equal(block.word(t, "Transaction_maxFee"), 2n ** 200n);
    assert.equal(block.word(t, "Transaction_priorityFee"), type === 1 ? 2n ** 200n : 3n);
    assert.equal(block.word(t, "Transaction_value"), call.value);
    assert.equal(block.span(t, "Transaction_data", "Transaction_dataLength"), call.data);
    assert.equal(block.u32(t, "Transaction_accessListAddresses"), 1);
    assert.equal(block.u32(t, "Transaction_accessListKeys"), 2);
    assert.equal(block.u32(t, "Transaction_blobCount"), type === 3 ? 2 : 0);
    assert.equal(block.u32(t, "Transaction_authorizationCount"), type === 4 ? 1 : 0);
    if (type === 3) {
      assert.equal(block.word(t, "Transaction_maxBlobFee"), 77n);
      const hashes = block.room.bytes(block.u32(t, "Transaction_blobHashes"), 64);
      assert.equal(Hex.fromBytes(hashes), Hex.concat(blobHash, blobHash));
    }
    assert.equal(block.hash(t, "Transaction_signingHash"), payload);
    assert.equal(block.hash(t, "Transaction_hash"), Hash.keccak256(raw));
    assert.equal(block.address(t, "Transaction_sender"), sender);
  }
});

test("a creation has no recipient", () => {
  const { block, t, invalid } = decoded(signed({ to: "0x", data: "0x6000" }));
  assert.equal(invalid, Invalid.None);
  assert.equal(block.u32(t, "Transaction_isCreate"), 1);
});

test("a given sender is taken as it is, and no signature is recovered", () => {
  const block = new TestBlock({ fork: Fork.Osaka });
  const index = block.add(signed({}), recipient);
  assert.equal(block.decode(index), Invalid.None);
  assert.equal(block.address(block.transaction(index), "Transaction_sender"), recipient);
});

test("every type begins with its fork", () => {
  const since = [Fork.Frontier, Fork.Berlin, Fork.London, Fork.Cancun, Fork.Prague] as const;
  since.forEach((fork, type) => {
    const fields: Fields = { type: type as 0, ...(type === 0 ? {} : { chainId: 1n }) };
    assert.equal(refusal(signed(fields), fork), "None");
    if (fork > 0) assert.equal(refusal(signed(fields), fork - 1), "TypeNotSupported");
  });
  assert.equal(refusal(envelope(5, [])), "TypeNotSupported");
  for (const raw of ["0x00", "0x80", "0xb801c0"] as const) assert.equal(refusal(raw), "TypeNotSupported");
});

test("EIP-155 begins with Spurious Dragon, and its chain id must be the block's", () => {
  const raw = signed({ chainId: 5n });
  assert.equal(refusal(raw, Fork.Tangerine, 5n), "InvalidSignature");
  assert.equal(refusal(raw, Fork.Spurious, 5n), "None");
  assert.equal(refusal(raw, Fork.Spurious, 6n), "InvalidChainId");
  assert.equal(refusal(signed({ type: 2, chainId: 5n }), Fork.Osaka, 6n), "InvalidChainId");
  const huge = signItems(0, items({}), { chainId: 2n ** 200n });
  assert.equal(refusal(huge), "InvalidChainId");
});

test("a v that says nothing is refused", () => {
  const list = Rlp.toHex(signed({})) as Item[];
  for (const v of [0n, 1n, 26n, 29n, 34n]) {
    const raw = envelope(0, replace(list, 6, integer(v)));
    assert.equal(refusal(raw, Fork.Homestead), "InvalidSignature");
    // Since EIP-155 it says a chain id that none can be; 0 and 1 are what unsigned transactions carry.
    assert.equal(refusal(raw), v < 2n ? "InvalidSignature" : "InvalidChainId");
  }
  const typed = items({ type: 2 });
  assert.equal(refusal(envelope(2, [...typed, integer(2), "0x01", "0x01"])), "InvalidSignature");
});

test("r and s are in the curve's range, and s in its lower half from Homestead on", () => {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const list = Rlp.toHex(signed({})) as Item[];
  for (const index of [7, 8]) {
    for (const scalar of [0n, order, order + 1n, 2n ** 256n - 1n]) {
      const raw = envelope(0, replace(list, index, integer(scalar)));
      assert.equal(refusal(raw, Fork.Frontier), "InvalidSignature");
    }
  }
  // The other signature of the same key and message: order - s with the other parity.
  const high = order - BigInt(list[8] as Hex.Hex);
  const v = 55n - BigInt(list[6] as Hex.Hex);
  const raw = envelope(0, replace(replace(list, 8, integer(high)), 6, integer(v)));
  assert.equal(decoded(raw, Fork.Frontier).invalid, Invalid.None);
  assert.equal(refusal(raw, Fork.Homestead), "InvalidSignature");
  const half = envelope(0, replace(list, 8, integer(order / 2n)));
  assert.notEqual(refusal(half, Fork.Frontier), "Malformed");
});

test("integers have no leading zeros and keep to their size", () => {
  const legacy = items({});
  const at = { nonce: 0, gasPrice: 1, gasLimit: 2, to: 3, value: 4, data: 5 };
  for (const index of [at.nonce, at.gasPrice, at.gasLimit, at.value]) {
    assert.equal(refusal(signItems(0, replace(legacy, index, "0x0001"))), "Malformed");
    assert.equal(refusal(signItems(0, replace(legacy, index, "0x00"))), "Malformed");
    assert.equal(refusal(signItems(0, replace(legacy, index, []))), "Malformed");
  }
  assert.equal(refusal(signItems(0, replace(legacy, at.nonce, integer(2n ** 64n)))), "NonceOverflow");
  assert.equal(refusal(signItems(0, replace(legacy, at.gasLimit, integer(2n ** 64n)))), "GasLimitOverflow");
  assert.equal(refusal(signItems(0, replace(legacy, at.gasPrice, integer(2n ** 256n)))), "GasPriceOverflow");
  assert.equal(refusal(signItems(0, replace(legacy, at.value, integer(2n ** 256n)))), "ValueOverflow");
  const most = signItems(0, replace(legacy, at.value, integer(2n ** 256n - 1n)));
  assert.equal(decoded(most).block.word(decoded(most).t, "Transaction_value"), 2n ** 256n - 1n);
});

test("a recipient has 20 bytes or none", () => {
  for (const to of [`0x${"11".repeat(19)}`, `0x${"11".repeat(21)}`, "0x00", []] as Item[]) {
    assert.equal(refusal(signItems(0, replace(items({}), 3, to))), "Malformed");
  }
});

test("lists have neither items too few nor too many, and nothing follows them", () => {
  for (const type of [0, 1, 2, 3, 4] as const) {
    const list = items({ type });
    const end: Item[] = [integer(type === 0 ? 27 : 0), "0x01", "0x01"];
    assert.equal(refusal(envelope(type, [...list, ...end.slice(0, 2)])), "Malformed");
    assert.equal(refusal(envelope(type, [...list, ...end, "0x01"])), "Malformed");
    assert.equal(refusal(envelope(type, [])), "Malformed");
    assert.equal(refusal(Hex.concat(signed({ type, chainId: 1n }), "0x00")), "Malformed");
    const raw = signed({ type, chainId: 1n });
    assert.equal(refusal(Hex.slice(raw, 0, Hex.size(raw) - 1)), "Malformed");
  }
  for (const raw of ["0x", "0xc0", "0xf800", "0x02", "0x0280", "0x02f9"] as Hex.Hex[]) {
    assert.equal(refusal(raw), "Malformed", raw);
  }
});

test("access lists are pairs of an address and keys of 32 bytes", () => {
  const list = items({ type: 1 });
  const bad: Item[] = [
    "0x",
    [recipient],
    [[recipient]],
    [[recipient, [], []]],
    [[recipient, "0x"]],
    [[`0x${"11".repeat(19)}`, []]],
    [[recipient, [`0x${"11".repeat(31)}`]]],
    [[recipient, [[]]]],
  ];
  for (const accessList of bad) {
    assert.equal(
      refusal(signItems(1, replace(list, 7, accessList))),
      "Malformed",
      JSON.stringify(accessList),
    );
  }
});

test("blob hashes have 32 bytes, and the form with the blobs themselves is for the pool only", () => {
  const list = items({ type: 3, blobHashes: [blobHash] });
  assert.equal(refusal(signItems(3, list)), "None");
  assert.equal(refusal(signItems(3, replace(list, 10, ["0x01"]))), "Malformed");
  assert.equal(refusal(signItems(3, replace(list, 10, "0x"))), "Malformed");
  assert.equal(refusal(envelope(3, [[...list, "0x", "0x01", "0x01"], [], [], []])), "Malformed");
});

test("authorizations keep to the bounds of EIP-7702", () => {
  const tuple = authorize(key, { address: recipient, nonce: 1n }) as Item[];
  const withTuple = (item: Item) => signed({ type: 4, chainId: 1n, authorizations: [item] });
  assert.equal(refusal(withTuple(tuple)), "None");
  const most = [2n ** 256n - 1n, null, 2n ** 64n - 1n, 255n, 2n ** 256n - 1n, 2n ** 256n - 1n];
  most.forEach((value, index) => {
    if (value === null) return;
    assert.equal(refusal(withTuple(replace(tuple, index, integer(value)))), "None");
    assert.equal(refusal(withTuple(replace(tuple, index, integer(value + 1n)))), "AuthorizationMalformed");
    assert.equal(refusal(withTuple(replace(tuple, index, "0x0001"))), "AuthorizationMalformed");
  });
  assert.equal(refusal(withTuple(replace(tuple, 1, `0x${"11".repeat(19)}`))), "AuthorizationMalformed");
  assert.equal(refusal(withTuple(tuple.slice(0, 5))), "AuthorizationMalformed");
  assert.equal(refusal(withTuple([...tuple, "0x"])), "AuthorizationMalformed");
  assert.equal(refusal(withTuple("0x01")), "AuthorizationMalformed");
});

test("no cut or changed byte of a transaction makes decoding fail otherwise than by a refusal", () => {
  const raw = Hex.toBytes(
    signed({
      type: 4,
      chainId: 1n,
      accessList: [[recipient, [storageKey]]],
      authorizations: [authorize(key, { address: recipient, nonce: 0n })],
    }),
  );
  const block = new TestBlock({ fork: Fork.Osaka });
  for (let i = 0; i < raw.length; i++) {
    const changed = raw.slice();
    changed[i]! ^= 0x80 | i;
    for (const bytes of [changed, raw.slice(0, i)]) {
      const index = block.add(Hex.fromBytes(bytes), sender);
      assert.ok(block.decode(index) <= Invalid.GasPriceOverflow);
    }
  }
});
