import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine, InvalidTransactionError } from "../src/index.ts";
import { block, ETHER, SHANGHAI, sender, transfers } from "./support/blocks.ts";

const alloc = { [sender(0)]: { balance: ETHER, code: "0x00" as const } };

test("an account with code sends transactions only where the chain lets it", async () => {
  for (const contractSenders of [false, true]) {
    const engine = await createEngine({
      workers: 0,
      chain: { ...SHANGHAI, contractSenders },
      genesis: { alloc },
    });
    const run = engine.execute(block(transfers(1)));
    if (contractSenders) (await run).discard();
    else {
      await assert.rejects(
        run,
        (error) => error instanceof InvalidTransactionError && error.reason === "SenderNotEoa",
      );
    }
    await engine.close();
  }
});
