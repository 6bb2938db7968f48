// Blob transactions and what comes beside them: numbers, hashes and proofs of sidecars, replacement, room.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Hex, networkConfig } from "@heddle/engine";
import {
  openChain,
  type PoolOptions,
  type RefusalReason,
  type TransactionRefusedError,
} from "../src/index.ts";
import { BLOB_HASH, blobTransaction, INFINITY, type WantedBlobs } from "./support/blobs.ts";
import { alice, bob, CHAIN_ID, carol, genesisOf, signed } from "./support/people.ts";
import { refused } from "./support/refused.ts";

const opened: { close(): Promise<void> }[] = [];
after(() => Promise.all(opened.map((chain) => chain.close())));

async function chainAt(fork: "Cancun" | "Osaka", pool: PoolOptions = {}) {
  const config = { ...networkConfig(fork, { chainId: CHAIN_ID }) };
  const chain = await openChain({
    genesis: genesisOf([alice, bob, carol], { config }),
    workers: 0,
    memoryLimit: 2 ** 26,
    pool,
  });
  opened.push(chain);
  return chain;
}

const GENERATOR: Hex =
  "0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";
const OTHER_HASH: Hex = `0x01${"ab".repeat(31)}`;

test("a sidecar has the form of its fork, and proofs that verify", async () => {
  const infinities = (count: number): Hex[] => Array(count).fill(INFINITY);
  for (const [fork, version] of [
    ["Cancun", 0],
    ["Osaka", 1],
  ] as const) {
    const { pool } = await chainAt(fork);
    const proofs = version === 1 ? 128 : 1;
    const cases: [Partial<WantedBlobs>, RefusalReason, RegExp][] = [
      [{ version: undefined }, "SidecarMissing", /^missing sidecar in blob transaction/],
      [{ version: version === 1 ? 0 : 1 }, "SidecarInvalid", /version \d where the fork has \d/],
      [{ blobs: 2, hashes: [BLOB_HASH] }, "SidecarInvalid", /2 blobs for 1 hashes/],
      [{ commitments: infinities(2) }, "SidecarInvalid", /2 commitments for 1 hashes/],
      [{ proofs: infinities(proofs + 1) }, "SidecarInvalid", /\d+ proofs, not \d+/],
      [{ hashes: [OTHER_HASH] }, "SidecarInvalid", /commitment 0xc00.* is not that of 0x01abab/],
      [
        { blobs: 2, proofs: infinities(2 * proofs).with(2 * proofs - 1, GENERATOR) },
        "SidecarInvalid",
        /a proof of blob 1 that does not verify/,
      ],
    ];
    for (const [wanted, reason, words] of cases) {
      const raw = blobTransaction(alice, { nonce: 0n, version, ...wanted });
      await assert.rejects(pool.add(raw), refused(reason, words), `${fork} ${reason} ${words}`);
    }
    assert.equal(pool.size, 0);
    const taken = await pool.add(blobTransaction(alice, { nonce: 0n, version, blobs: 2 }));
    assert.deepEqual([taken.blobs, taken.sidecar?.version], [2, version]);
  }
});

test("a pool that does not insist takes either form or none, but no wrong proof", async () => {
  const { pool } = await chainAt("Osaka", { sidecarOptional: true });
  for (const [nonce, version] of [undefined, 0, 1].entries()) {
    const wanted = { nonce: BigInt(nonce), version: version as WantedBlobs["version"] };
    assert.equal((await pool.add(blobTransaction(alice, wanted))).sidecar?.version, version);
  }
  const wrong = blobTransaction(bob, { nonce: 0n, version: 0, proofs: [GENERATOR] });
  await assert.rejects(pool.add(wrong), refused("SidecarInvalid", /does not verify/));
});

test("what is mined of blobs are their hashes, as many as a block may have", async () => {
  const chain = await chainAt("Cancun");
  const people = [alice, bob, carol];
  for (const one of people) await chain.pool.add(blobTransaction(one, { nonce: 0n, version: 0, blobs: 3 }));
  await chain.pool.add(signed(alice, { nonce: 1n }));
  const { header, transactionCount } = await chain.mine();
  assert.equal(header.blobGasUsed, 6n * 131_072n);
  assert.equal(transactionCount, 3);
  assert.equal(chain.pool.size, 1);
  await chain.mine();
  assert.equal(chain.head.header.blobGasUsed, 3n * 131_072n);
  assert.deepEqual([chain.pool.size, chain.pool.bytes], [0, 0]);
});

test("a blob transaction is replaced by one that pays twice as much for everything", async () => {
  const { pool } = await chainAt("Cancun");
  const fees = { maxFeePerGas: 100n, maxPriorityFeePerGas: 10n, maxFeePerBlobGas: 50n };
  await pool.add(blobTransaction(alice, { nonce: 0n, version: 0, ...fees }));
  const twice = { maxFeePerGas: 200n, maxPriorityFeePerGas: 20n, maxFeePerBlobGas: 100n };
  for (const poor of ["maxFeePerGas", "maxPriorityFeePerGas", "maxFeePerBlobGas"] as const) {
    const raw = blobTransaction(alice, { nonce: 0n, version: 0, ...twice, [poor]: twice[poor] - 1n });
    await assert.rejects(
      pool.add(raw),
      refused("ReplacementUnderpriced", /^replacement transaction underpriced/),
      poor,
    );
  }
  await pool.add(blobTransaction(alice, { nonce: 0n, version: 0, ...twice }));
  assert.equal(pool.size, 1);
});

test("blobs count as what they are: a flood of them stays within the bytes of the pool", async () => {
  const byteLimit = 5 * 131_072;
  const { pool } = await chainAt("Cancun", { byteLimit });
  const told: (RefusalReason | undefined)[] = [];
  for (let round = 1n; round <= 3n; round++) {
    for (const one of [alice, bob, carol]) {
      const fee = round * 1_000_000_000n;
      const raw = blobTransaction(one, {
        ...{ nonce: round - 1n, version: 0, blobs: 2 },
        ...{ maxFeePerGas: fee, maxPriorityFeePerGas: 1n },
      });
      const refusal = await pool.add(raw).then(
        () => undefined,
        (error: unknown) => (error as TransactionRefusedError).reason,
      );
      told.push(refusal);
      assert.ok(pool.bytes <= byteLimit, `${pool.bytes} bytes`);
    }
  }
  assert.equal(
    pool.bytes,
    [...pool.transactions()].reduce((sum, { raw, blobs }) => sum + raw.length + blobs * 131_072, 0),
  );
  assert.ok(told.every((reason) => reason === undefined || reason === "PoolFull"));
  assert.ok(told.includes("PoolFull"));
  pool.clear();
  assert.equal(pool.bytes, 0);
});
