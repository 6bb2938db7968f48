import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createEngine, type Engine, type Hex, networkConfig, type StateEdit } from "@heddle/engine";
import { encodeUnsigned } from "@heddle/engine/testing";
import { inPortions } from "../src/checkpoint-writer.ts";
import { encodeEdits } from "../src/index.ts";
import { decodeEdits, mergeEdits } from "../src/state-edits.ts";
import { CONTRACTS, KEYS, RECIPIENTS, sequence } from "./support/chain.ts";

const normal = (edits: Iterable<StateEdit>) =>
  [...edits].map(({ code, storage, ...rest }) => ({
    ...rest,
    code:
      code === undefined
        ? undefined
        : typeof code === "string"
          ? code
          : `0x${Buffer.from(code).toString("hex")}`,
    storage: [...(storage ?? [])],
  }));

/** An edit with any of its fields. */
function randomEdit(random: (below: number) => number): StateEdit {
  const address = RECIPIENTS[random(2)]!;
  const maybe = () => random(2) === 0;
  if (random(6) === 0) return { address, deleted: true };
  const edit: StateEdit = { address };
  if (random(6) === 0) edit.deleted = false;
  if (maybe()) edit.balance = BigInt(random(2)) << BigInt(random(250));
  if (maybe()) edit.nonce = BigInt(random(2));
  if (maybe()) edit.code = (["0x", "0x00", `0x${"5b".repeat(70_000)}`] as const)[random(3)]!;
  if (random(4) === 0) edit.clearStorage = true;
  if (maybe()) {
    const keys = KEYS.filter(() => maybe());
    edit.storage = keys.map((key) => [key, BigInt(random(2))] as const);
  }
  return edit;
}

test("edits are the same after packing and unpacking", () => {
  const random = sequence(1);
  const edits = Array.from({ length: 200 }, () => randomEdit(random));
  assert.deepEqual(normal(decodeEdits(encodeEdits(edits))), normal(edits));
  assert.deepEqual([...decodeEdits(encodeEdits([]))], []);
});

test("an address or a key of another length is refused", () => {
  const address: Hex = "0x00";
  assert.throws(() => encodeEdits([{ address }]), RangeError);
  assert.throws(() => encodeEdits([{ address: RECIPIENTS[0]!, storage: [["0x01", 1n]] }]), RangeError);
});

const engines: Engine[] = [];
after(() => Promise.all(engines.map((engine) => engine.close())));

async function emptyEngine(): Promise<Engine> {
  const engine = await createEngine({ workers: 0, chain: networkConfig("London"), memoryLimit: 2 ** 26 });
  engines.push(engine);
  return engine;
}

test("what the kernel packs of a block are its changes as edits", async () => {
  const engine = await emptyEngine();
  const [sender, recipient] = RECIPIENTS as [Hex, Hex];
  const [owner, gone] = CONTRACTS as [Hex, Hex];
  // Destroys itself.
  const code: Hex = "0x33ff";
  const storage = KEYS.map((key) => [key, 1n] as const);
  // Stores as many values as its input says.
  const writer: Hex = "0x3d355b8015601257808055600190036002565b00";
  await engine.edit([
    { address: sender, balance: 10n ** 20n },
    { address: gone, nonce: 1n, code, storage },
    { address: owner, nonce: 1n, code: writer },
  ]);
  // As long as code may be. The kernel writes 60,000 bytes at once: codes and slots are cut.
  const creation: Hex = "0x6160006000f3";
  const calls = [
    ...Array.from({ length: 3 }, () => ({ data: creation, gasLimit: 6_000_000n })),
    { to: gone, data: "0x" as Hex, gasLimit: 100_000n },
    { to: owner, data: `0x${(2_000).toString(16).padStart(64, "0")}` as Hex, gasLimit: 50_000_000n },
    { to: recipient, data: "0x" as Hex, gasLimit: 100_000n, value: 5n },
  ];
  const result = await engine.execute({
    header: {
      ...{ number: 1n, timestamp: 1n, gasLimit: 100_000_000n, coinbase: recipient, difficulty: 1n },
      ...{ parentHash: `0x${"00".repeat(32)}`, baseFeePerGas: 7n },
    },
    transactions: calls.map((call, i) =>
      encodeUnsigned({ nonce: BigInt(i), gasPrice: 7n, value: 0n, ...call }),
    ),
    senders: calls.map(() => sender),
  });
  const expected = Array.from(result.changes, ({ deleted, address, ...one }): StateEdit => {
    if (deleted) return { address, deleted };
    const { balance, nonce, code, storageWiped, storage } = one;
    return {
      address,
      deleted,
      balance,
      nonce,
      ...(code && { code }),
      ...(storageWiped && { clearStorage: true }),
      storage,
    };
  });
  assert.equal(expected.filter(({ code }) => code?.length === 24_576).length, 3);
  assert.ok(expected.some(({ deleted }) => deleted));
  assert.ok(expected.some(({ storage = [] }) => [...storage].length === 2_000));
  assert.deepEqual(normal(decodeEdits(result.changes.pack())), normal(expected));
  result.discard();
});

test("merged edits lead to the state that they lead to one after the other", async () => {
  const [single, merged] = [await emptyEngine(), await emptyEngine()];
  for (let seed = 1; seed <= 150; seed++) {
    const random = sequence(seed);
    const edits = Array.from({ length: 1 + random(8) }, () => randomEdit(random));
    for (const edit of edits) await single.edit([edit]);
    await merged.edit(mergeEdits(edits));
    assert.equal(merged.stateRoot, single.stateRoot, `seed ${seed}`);
  }
});

test("edits in portions lead to the state that they lead to at once, and no portion is larger than it may be", async () => {
  const [single, portioned] = [await emptyEngine(), await emptyEngine()];
  for (let seed = 1; seed <= 60; seed++) {
    const random = sequence(seed);
    const edits = mergeEdits(Array.from({ length: 1 + random(8) }, () => randomEdit(random)));
    await single.edit(edits);
    for (const portion of inPortions(edits, 3)) {
      const sizes = portion.map(({ storage }) => 1 + [...(storage ?? [])].length);
      assert.ok(sizes.reduce((sum, size) => sum + size, 0) <= 4);
      await portioned.edit(portion);
    }
    assert.equal(portioned.stateRoot, single.stateRoot, `seed ${seed}`);
  }
});
