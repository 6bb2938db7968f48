import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createEngine, type Engine, type ExecuteInput, type Hex, networkConfig } from "../src/index.ts";
import { block, type Call, COUNTER, contract, recipient, sender, senders } from "./support/blocks.ts";
import { balanceSlot, TOKEN, transferData } from "./support/token.ts";

const COUNT = 200;
const chain = { ...networkConfig("Cancun"), eips: [7928] };
const alloc = {
  ...senders(COUNT),
  [contract(0)]: { code: COUNTER },
  [contract(1)]: { code: TOKEN, storage: { [balanceSlot(sender(0))]: 1000n } },
};

const engines = new Map<number, Engine>();
for (const workers of [0, 1, 2, 8]) {
  engines.set(workers, await createEngine({ workers, chain, genesis: { alloc } }));
}
after(() => Promise.all([...engines.values()].map((engine) => engine.close())));

const HASH: Hex = `0x${"00".repeat(32)}`;

function blockOf(calls: readonly Call[]): ExecuteInput {
  const input = block(calls);
  return { ...input, header: { ...input.header, parentBeaconBlockRoot: HASH, excessBlobGas: 0n } };
}

/** Each transfers all that the one before has got. */
const chainOfTransfers = blockOf(
  Array.from({ length: COUNT - 1 }, (_, i) => ({
    from: sender(i),
    to: contract(1),
    data: transferData(sender(i + 1), 1000n),
  })),
);
const sameCounter = blockOf(Array.from({ length: COUNT }, (_, i) => ({ from: sender(i), to: contract(0) })));
const oneSender = blockOf(
  Array.from({ length: COUNT }, (_, i) => ({
    from: sender(0),
    to: recipient(i),
    value: 1n,
    nonce: BigInt(i),
  })),
);

async function summary(engine: Engine, input: ExecuteInput) {
  const result = await engine.execute(input);
  const { roots, gasUsed, logsBloom, blockAccessList, schedule } = result;
  const facts = { roots, gasUsed, logsBloom, receipts: [...result.receipts], changes: [...result.changes] };
  result.discard();
  return { facts, blockAccessList, schedule };
}

for (const [name, input] of Object.entries({ chainOfTransfers, sameCounter, oneSender })) {
  for (const [workers, engine] of engines) {
    test(`${name} on ${workers} workers: the list that came with the block leaves no conflicts and the same result`, async () => {
      const expected = await summary(engine, { ...input, mode: "sequential" });
      const met = await summary(engine, { ...input, blockAccessList: expected.blockAccessList });
      assert.deepEqual(met.facts, expected.facts);
      assert.deepEqual(met.blockAccessList, expected.blockAccessList);
      assert.ok(met.schedule.onAccessList);
      assert.equal(met.schedule.aborts + met.schedule.estimates + met.schedule.inTurn, 0);
      assert.equal(met.schedule.inOrderFrom, undefined);
    });
  }
}
