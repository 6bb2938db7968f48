import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createEngine, type Engine, type Hex, networkConfig, type StateEdit } from "@heddle/engine";
import { inPortions } from "../src/checkpoint-writer.ts";
import { encodeChanges, encodeEdits } from "../src/index.ts";
import { decodeEdits, mergeEdits } from "../src/state-edits.ts";
import { KEYS, RECIPIENTS, sequence } from "./support/chain.ts";

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

test("a block's changes are packed as edits", () => {
  const [address, other] = [RECIPIENTS[0]!, RECIPIENTS[1]!];
  const none = { nonce: 0n, balance: 0n, code: undefined, storageWiped: true, storage: [] };
  const code = Uint8Array.of(1);
  const packed = encodeChanges([
    { ...none, address, deleted: true },
    { ...none, address: other, deleted: false, nonce: 3n, code, storage: [[KEYS[0]!, 5n]] },
  ]);
  assert.deepEqual(normal(decodeEdits(packed)), [
    { address, deleted: true, code: undefined, storage: [] },
    {
      address: other,
      deleted: false,
      nonce: 3n,
      balance: 0n,
      clearStorage: true,
      code: "0x01",
      storage: [[KEYS[0]!, 5n]],
    },
  ]);
});

const engines: Engine[] = [];
after(() => Promise.all(engines.map((engine) => engine.close())));

async function emptyEngine(): Promise<Engine> {
  const engine = await createEngine({ workers: 0, chain: networkConfig("London"), memoryLimit: 2 ** 26 });
  engines.push(engine);
  return engine;
}

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
