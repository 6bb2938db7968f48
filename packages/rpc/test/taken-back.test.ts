import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { type DevChain, openDevChain } from "@heddle/chain";
import { devMethods, type MethodTable } from "@heddle/rpc";

describe("reads that wait while the block that they were asked of is taken back", () => {
  let dev: DevChain;
  let methods: MethodTable;
  before(async () => {
    dev = await openDevChain({ workers: 0, memoryLimit: 2 ** 27, mining: { kind: "manual" } });
    methods = devMethods(dev, { clientVersion: "heddle/test" });
  });
  after(() => dev.close());
  beforeEach(async () => {
    await dev.mine();
    await dev.setBalance(RICH, 5n);
  });

  const RICH = "0x00000000000000000000000000000000000000aa";
  const ask = async (name: string, ...params: unknown[]) =>
    methods[name]!.call(params, { signal: new AbortController().signal, connection: undefined });

  for (const [name, params, expected] of [
    ["eth_getBalance", [RICH, "latest"], "0x0"],
    ["eth_getBalance", [RICH, "pending"], "0x0"],
    ["eth_getStorageAt", [RICH, "0x0", "latest"], `0x${"0".repeat(64)}`],
    ["eth_call", [{ to: RICH }, "latest"], "0x"],
    ["eth_estimateGas", [{ to: RICH }], "0x5208"],
  ] as const) {
    it(`${name} answers of what ${JSON.stringify(params.at(-1))} means then`, async () => {
      const back = dev.chain.rewind(dev.chain.mark(dev.chain.head.number - 1n));
      const answer = ask(name, ...params);
      await back;
      assert.equal(await answer, expected);
    });
  }

  it("a read of the block by its hash is refused", async () => {
    const { hash } = dev.chain.head;
    const back = dev.chain.rewind(dev.chain.mark(dev.chain.head.number - 1n));
    const answer = ask("eth_getBalance", RICH, { blockHash: hash });
    await back;
    await assert.rejects(answer, /header not found/);
  });
});
