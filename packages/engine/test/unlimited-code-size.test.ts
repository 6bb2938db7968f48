import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine, type Hex, InvalidTransactionError, TransactionInspector } from "../src/index.ts";
import { block, contract, createAddress, ETHER, SHANGHAI, sender } from "./support/blocks.ts";

/** Init code of `length` bytes that gives `size` zero bytes as code. */
function initcode(size: number, length: number): Hex {
  const begin = `62${size.toString(16).padStart(6, "0")}5ff3`;
  return `0x${begin.padEnd(2 * length, "0")}`;
}

/** Creates a contract of its input and leaves its address in slot 0. */
const FACTORY: Hex = "0x365f5f37365f5ff05f5500";
const alloc = { [sender(0)]: { balance: ETHER }, [contract(0)]: { code: FACTORY } };
const big = initcode(30_000, 60_000);

test("a contract larger than EIP-170 and EIP-3860 allow is created only where the chain has no limits", async () => {
  for (const unlimitedCodeSize of [false, true]) {
    const chain = { ...SHANGHAI, unlimitedCodeSize };
    const inspector = await TransactionInspector.create();
    const engine = await createEngine({ workers: 0, chain, genesis: { alloc } });
    const direct = block([{ from: sender(0), data: big, gasLimit: 20_000_000n }]);
    const { invalid } = inspector.inspect(
      engine.rulesAt({ ...direct.header, difficulty: 0n }),
      direct.transactions[0]!,
      Buffer.alloc(20, 1),
    );
    assert.equal(invalid, unlimitedCodeSize ? undefined : "InitcodeSizeExceeded");
    const run = engine.execute(direct);
    if (!unlimitedCodeSize) {
      await assert.rejects(run, (error) => error instanceof InvalidTransactionError);
    } else {
      const result = await run;
      assert.equal(result.receipts.at(0).success, true);
      await result.commit();
      assert.equal((await engine.getCode(`0x${createAddress(sender(0), 0)}`)).length, 30_000);
    }
    const nonce = unlimitedCodeSize ? 1n : 0n;
    const inner = await engine.execute(
      block([{ from: sender(0), to: contract(0), data: big, gasLimit: 20_000_000n, nonce }], 2n),
    );
    assert.equal(inner.receipts.at(0).success, unlimitedCodeSize);
    inner.discard();
    await engine.close();
  }
});

test("code that is too large for EIP-170 alone is refused by the creation", async () => {
  const engine = await createEngine({ workers: 0, chain: SHANGHAI, genesis: { alloc } });
  const result = await engine.execute(
    block([{ from: sender(0), data: initcode(24_577, 100), gasLimit: 20_000_000n }]),
  );
  assert.equal(result.receipts.at(0).success, false);
  result.discard();
  await engine.close();
});
