import assert from "node:assert/strict";
import { test } from "node:test";
import { openDevChain } from "@heddle/chain";
import type { Hex, Tracer, TraceStep } from "@heddle/engine";

/** Stores what stands in slot 0 and one more, and the hash of the block three before. */
const COUNTER: Hex = `0x${"c1".repeat(20)}`;
const CODE: Hex = "0x5f546001015f556003430340600155";

/** The operands of each instruction that stores. */
class Stores implements Tracer {
  readonly stored: string[] = [];

  step(step: TraceStep): void {
    if (step.opcode === 0x55) this.stored.push(`${step.stack(0)}: ${step.stack(1)}`);
  }
}

test("blocks that are traced one after another find what each of them found, and what was changed between them", async () => {
  const dev = await openDevChain({ workers: 0, memoryLimit: 2 ** 28 });
  try {
    const { chain } = dev;
    const [account] = dev.accounts;
    await chain.edit([{ address: COUNTER, code: CODE }]);
    const from = account!.address;
    for (let i = 0; i < 8; i++) {
      await dev.sendTransaction(from, { to: COUNTER, gas: 200_000n });
      if (i === 3) await chain.edit([{ address: COUNTER, storage: [[`0x${"00".repeat(32)}`, 100n]] }]);
    }
    const blocks = Array.from({ length: 8 }, (_, i) => chain.block(BigInt(i + 1))!);
    const stored = (traces: readonly { tracer: Stores }[]) => traces.flatMap(({ tracer }) => tracer.stored);
    const line = await chain.traceLine(blocks, (block) =>
      block.number === 2n ? undefined : () => new Stores(),
    );
    const counts = line.map((traces) => stored(traces)[0]);
    assert.deepEqual(counts, ["0: 1", undefined, "0: 3", "0: 4", "0: 101", "0: 102", "0: 103", "0: 104"]);
    for (const [i, block] of blocks.entries()) {
      const alone = await chain.trace(block, { tracer: () => new Stores() });
      if (block.number !== 2n) assert.deepEqual(stored(line[i]!), stored(alone), `block ${block.number}`);
      if (i >= 3) assert.equal(stored(alone)[1], `1: ${BigInt(chain.block(BigInt(i - 2))!.hash)}`);
    }
    await assert.rejects(
      chain.traceLine([chain.genesis], () => () => new Stores()),
      /no block .* is known/,
    );
  } finally {
    await dev.close();
  }
});
