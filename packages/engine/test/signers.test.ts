import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { toHex } from "../src/hex.ts";
import {
  createEngine,
  InvalidArgumentError,
  InvalidTransactionError,
  networkConfig,
  packTransactions,
  WorkerFailedError,
} from "../src/index.ts";
import { kernelMemory } from "../src/kernel-memory.ts";
import type { TransactionFields } from "../src/local-executor.ts";
import { Fault, ROW } from "../src/worker-control.ts";
import { block, recipient, senders, transfers } from "./support/blocks.ts";
import { authorize, sign, signer } from "./support/signed.ts";

const chain = networkConfig("Prague");
const base: TransactionFields = {
  nonce: 0n,
  gasPrice: 7n,
  gasLimit: 21_000n,
  to: recipient(1),
  value: 1n,
  data: "0x",
};
const FIELDS: TransactionFields[] = [
  base,
  { ...base, accessList: [{ address: recipient(2), storageKeys: [] }] },
  { ...base, maxFeePerGas: 7n, maxPriorityFeePerGas: 1n },
  { ...base, maxFeePerGas: 7n, maxFeePerBlobGas: 1n, blobVersionedHashes: [`0x01${"00".repeat(31)}`] },
  { ...base, maxFeePerGas: 7n, authorizationList: authorize([{ address: recipient(3), nonce: 0n }], 9) },
];
const raw = Array.from({ length: 150 }, (_, i) => sign({ ...FIELDS[i % 5]!, nonce: BigInt(i) }, i % 4));
const part = (bytes: Uint8Array, size: number, i: number) => toHex(bytes.subarray(i * size, (i + 1) * size));

for (const workers of [0, 2]) {
  describe(`recoverSenders with ${workers} workers`, () => {
    test("gives the signer and the hash of every transaction", async () => {
      await using engine = await createEngine({ workers, chain });
      for (const given of [raw, packTransactions(raw), raw.slice(0, 1)]) {
        const { senders, hashes, errors } = await engine.recoverSenders(given);
        assert.deepEqual(errors, []);
        const count = senders.length / 20;
        for (let i = 0; i < count; i++) {
          assert.equal(part(senders, 20, i), signer(i % 4));
          assert.equal(part(hashes, 32, i), toHex(keccak_256(raw[i]!)));
        }
      }
    });

    test("names those that are wrong, and gives the others", async () => {
      await using engine = await createEngine({ workers, chain });
      const list = [...raw.slice(0, 70)];
      list[3] = Uint8Array.of(0xc0);
      list[66] = sign({ ...base, chainId: 5n }, 1);
      const { senders, hashes, errors } = await engine.recoverSenders(list);
      assert.deepEqual(
        errors.map((error) => [error instanceof InvalidTransactionError, error.index, error.reason]),
        [
          [true, 3, "Malformed"],
          [true, 66, "InvalidChainId"],
        ],
      );
      assert.equal(part(senders, 20, 3), `0x${"00".repeat(20)}`);
      assert.equal(part(hashes, 32, 66), `0x${"00".repeat(32)}`);
      assert.equal(part(senders, 20, 69), signer(69 % 4));
      await assert.rejects(engine.recoverSenders([7] as never), InvalidArgumentError);
      assert.equal((await engine.recoverSenders([])).senders.length, 0);
    });

    test("leaves an open block and what it gave as they are", async () => {
      const genesis = { alloc: senders(40) };
      await using engine = await createEngine({ workers, chain: networkConfig("Shanghai"), genesis });
      await using other = await createEngine({ workers, chain: networkConfig("Shanghai"), genesis });
      const legacy = raw.filter((_, i) => i % 5 < 3);
      for (let number = 1n; number <= 3n; number++) {
        const input = block(transfers(40, number - 1n), number);
        const result = await engine.execute(input);
        const expected = await other.execute(input);
        for (let i = 0; i < 3; i++) await engine.recoverSenders(legacy);
        assert.deepEqual([...result.receipts], [...expected.receipts]);
        assert.deepEqual([...result.changes], [...expected.changes]);
        assert.deepEqual(result.undo(), expected.undo());
        await result.commit();
        await expected.commit();
        await engine.recoverSenders(legacy);
        assert.deepEqual([...result.receipts], [...expected.receipts]);
        assert.equal(engine.stateRoot, other.stateRoot);
      }
    });
  });
}

test("recoverSenders takes no memory that it does not give back, and survives a worker that fails", async () => {
  await using engine = await createEngine({ workers: 2, chain });
  const again = () => engine.recoverSenders(raw);
  const expected = await again();
  await again();
  const held = kernelMemory(engine.host);
  for (let i = 0; i < 20; i++) await again();
  assert.deepEqual(kernelMemory(engine.host), held);
  Atomics.store(engine.pool.row(1).words, ROW.fault, Fault.Throw);
  await assert.rejects(again(), WorkerFailedError);
  assert.deepEqual(await again(), expected);
});
