import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine, type Hex } from "../src/index.ts";
import { block, contract, ETHER, SHANGHAI, sender } from "./support/blocks.ts";

const CONSOLE = "000000000000000000636f6e736f6c652e6c6f67";

/** Copies its input to memory, calls the console with it, and goes on with `then`. */
const printer = (then: string): Hex => `0x365f5f375f5f365f73${CONSOLE}5afa50${then}`;
const STOP = "00";
const REVERT = "60015ffd";
/** Calls what stands at contract(2), which fails, then prints itself. */
const outer: Hex = `0x365f5f375f5f365f5f73${contract(2).slice(2)}5af150${printer(STOP).slice(10)}`;

const alloc = {
  [sender(0)]: { balance: ETHER },
  [sender(1)]: { balance: ETHER },
  [contract(1)]: { code: printer(STOP) },
  [contract(2)]: { code: printer(REVERT) },
  [contract(3)]: { code: outer },
};

const said = (data: Hex, index = 1) => ({ address: contract(index), data });

test("what transactions say to the console can be read of a block, in order and on workers, and where they fail", async () => {
  for (const workers of [0, 2]) {
    const engine = await createEngine({
      workers,
      chain: { ...SHANGHAI, consoleCalls: true },
      genesis: { alloc },
    });
    const result = await engine.execute(
      block([
        { from: sender(0), to: contract(1), data: "0x1234" },
        { from: sender(1), to: sender(0) },
        { from: sender(1), to: contract(2), data: "0x56", nonce: 1n },
        { from: sender(1), to: contract(3), data: "0x78", nonce: 2n },
      ]),
    );
    assert.deepEqual(
      [...result.notable()].map(({ output, ...rest }) => ({ ...rest, output: output.length })),
      [
        { index: 0, halt: "Success", output: 0, consoleCalls: [said("0x1234")] },
        { index: 2, halt: "Revert", output: 1, consoleCalls: [said("0x56", 2)] },
        { index: 3, halt: "Success", output: 0, consoleCalls: [said("0x78", 2), said("0x78", 3)] },
      ],
    );
    await result.commit();
    assert.equal([...result.notable()].length, 3);
    await engine.close();
  }
});

test("a message that is called tells what it said, nothing is kept unless it is asked for, and never much", async () => {
  for (const consoleCalls of [true, false]) {
    const engine = await createEngine({
      workers: 0,
      chain: { ...SHANGHAI, consoleCalls },
      genesis: { alloc },
    });
    const call = (data: Hex) => engine.call({ to: contract(1), data });
    assert.deepEqual((await call("0xabcd")).consoleCalls, consoleCalls ? [said("0xabcd")] : []);
    const large = await call(`0x${"11".repeat(200_000)}`);
    assert.deepEqual([large.success, large.consoleCalls], [true, []]);
    await engine.close();
  }
});
