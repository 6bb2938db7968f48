import assert from "node:assert/strict";
import { test } from "node:test";
import { Crew } from "./support/crew.ts";

const address = (n: number) => `0x${n.toString(16).padStart(40, "0")}` as const;

test("transfers on two workers give what one after another gives", async () => {
  const crew = await Crew.of(2);
  try {
    const senders = Array.from({ length: 100 }, (_, i) => address(0x1000 + i));
    const accounts = new Map(senders.map((sender) => [sender, { balance: 10n ** 20n }]));
    const block = {
      transactions: senders.map((from, i) => ({ from, to: address(0x9000 + (i % 7)), value: 5n, maxFee: 10n })),
    };
    crew.load(accounts);
    const expected = crew.runInOrder(block);
    crew.discard();
    assert.equal(expected.outcome.failure, 0);
    const met = crew.run(block);
    const by = Map.groupBy(met.schedule.attempts, (a) => a.worker); console.log([...by].map(([w, l]) => [w, l.length]));
    assert.deepEqual(met.outcome, expected.outcome);
  } finally {
    await crew.close();
  }
});
