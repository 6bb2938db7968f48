import assert from "node:assert/strict";
import { test } from "node:test";
import * as Hex from "ox/Hex";
import { Fork, Invalid } from "../src/codes.ts";
import { TestBlock } from "./support/block.ts";
import { lift } from "./support/curve.ts";
import { envelope, type Fields, type Item, items, recipient, signed } from "./support/transaction.ts";

const keyOf = (i: number): Hex.Hex => Hex.fromNumber(1000 + i, { size: 32 });

/** A signature whose r is no point's x, so that nobody has made it. */
function withoutSigner(fields: Fields, start: bigint): Hex.Hex {
  let r = start;
  while (lift(r, 0n) !== null) r++;
  return envelope(2, [...items({ ...fields, type: 2 }), "0x01", Hex.fromNumber(r), "0x07"] as Item[]);
}

/** What decoding leaves of each transaction, by `decode`. */
function outcomes(raws: readonly (readonly [Hex.Hex, Hex.Hex?])[], decode: (block: TestBlock) => void) {
  const block = new TestBlock({ fork: Fork.Osaka, chainId: 1n });
  for (const [raw, given] of raws) block.add(raw, given);
  decode(block);
  return raws.map((_, i) => {
    const t = block.transaction(i);
    const invalid = block.u32(t, "Transaction_invalid");
    if (invalid !== Invalid.None) return invalid;
    return [block.address(t, "Transaction_sender"), block.word(t, "Transaction_value")];
  });
}

function decodeTogether(block: TestBlock, count: number): void {
  block.x.togetherBegin();
  for (let i = 0; i < count; i++) block.x.transactionDecodeTogether(block.transaction(i));
  block.x.togetherEnd();
}

const good = (i: number): readonly [Hex.Hex] => [
  signed({ type: ([0, 1, 2] as const)[i % 3]!, nonce: BigInt(i), value: BigInt(i) * 77n }, keyOf(i % 7)),
];

for (const count of [0, 1, 7, 8, 9, 64, 70, 130]) {
  test(`${count} transactions decoded together have the senders, and the faults, that each has alone`, () => {
    const raws = Array.from({ length: count }, (_, i) => {
      if (i % 11 === 3) return [withoutSigner({ nonce: BigInt(i) }, BigInt(i * 1000 + 5))] as const;
      if (i % 11 === 5) return ["0x02c0"] as const;
      if (i % 11 === 7) return [good(i)[0], recipient] as const;
      return good(i);
    });
    const alone = outcomes(raws, (block) => {
      for (const i of raws.keys()) block.decode(i);
    });
    const together = outcomes(raws, (block) => decodeTogether(block, count));
    assert.deepEqual(together, alone);
    if (count > 7) {
      assert.equal(alone[3], Invalid.InvalidSignature);
      assert.equal(alone[5], Invalid.Malformed);
      assert.deepEqual(alone[7], [recipient, 539n]);
    }
  });
}

test("where memory has no room for recovering together, senders are recovered one by one", () => {
  const raws = Array.from({ length: 10 }, (_, i) => good(i));
  const alone = outcomes(raws, (block) => {
    for (const i of raws.keys()) block.decode(i);
  });
  const together = outcomes(raws, (block) => {
    const control = Number(block.x.CONTROL.value);
    new DataView(block.room.memory.buffer).setBigUint64(control, 262144n, true);
    decodeTogether(block, raws.length);
  });
  assert.deepEqual(together, alone);
});
