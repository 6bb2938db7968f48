import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { type CallInput, createEngine, type Hex, networkConfig, type StateSource } from "../src/index.ts";
import { block, COUNTER, contract, SHANGHAI, sender, senders, transfers } from "./support/blocks.ts";

const hashOf = (number: bigint): Hex => `0x${number.toString(16).padStart(64, "0")}`;
/** Returns the hash of the block whose number is its data. */
const BLOCKHASH: Hex = "0x5f35405f5260205ff3";
const header = { number: 300n, timestamp: 1_780_000_000n, parentHash: hashOf(299n) };

describe("a call that is answered at once", async () => {
  const alloc = {
    ...senders(20),
    [contract(0)]: { code: COUNTER, storage: { "0x1": "0x2" } },
    [contract(1)]: { code: BLOCKHASH },
  };
  const engine = await createEngine({
    workers: 1,
    chain: SHANGHAI,
    genesis: { alloc },
    blockHashes: hashOf,
  });
  after(() => engine.close());
  const onBlock = engine.callBlock(header)!;

  it("gives what it gives otherwise", async () => {
    const messages: CallInput[] = [
      { to: contract(0), from: sender(3) },
      { to: contract(0), from: sender(3), gas: 22_000n },
      { data: "0x60015460005260206000fd" },
      ...[298n, 299n, 44n, 43n, 300n].map((number) => ({ to: contract(1), data: hashOf(number) })),
    ];
    for (const message of messages) {
      assert.deepEqual(
        engine.callAtOnce(message, onBlock),
        await engine.call(message, { block: header }),
        JSON.stringify(message, (_, value) => String(value)),
      );
    }
    assert.throws(() => engine.callAtOnce({ gas: 20_000n }, onBlock), { name: "IntrinsicGasError" });
    assert.throws(() => engine.callBlock({ coinbase: "0x12" }), { field: "header.coinbase" });
  });

  it("is not while something else has its turn, or a result is open", async () => {
    const message = { to: contract(0) };
    const turn = engine.getStorage(contract(0), hashOf(1n));
    assert.equal(engine.callAtOnce(message, onBlock), undefined);
    await turn;
    assert.notEqual(engine.callAtOnce(message, onBlock), undefined);
    const result = await engine.execute(block(transfers(5)));
    assert.equal(engine.callAtOnce(message, onBlock), undefined);
    result.discard();
    assert.notEqual(engine.callAtOnce(message, onBlock), undefined);
    await assert.rejects(engine.execute({ ...block([]), workers: -1 }));
    assert.notEqual(engine.callAtOnce(message, onBlock), undefined);
  });

  it("is not where a source must be asked, for values or for hashes, until it has been", async () => {
    const read: Hex[] = [];
    const state: StateSource = {
      account(address) {
        read.push(address);
        return Promise.resolve(address === contract(1) ? { nonce: 1n, balance: 0n } : undefined);
      },
      storage: () => 0n,
      code: () => new Uint8Array(0),
    };
    const blockHashes = (number: bigint) => Promise.resolve(hashOf(number));
    await using far = await createEngine({ workers: 0, chain: networkConfig("Cancun"), state });
    const seen = far.callBlock(header)!;
    assert.equal(far.callAtOnce({ to: contract(1) }, seen), undefined);
    assert.equal((await far.call({ to: contract(1) }, { block: header })).success, true);
    assert.ok(read.includes(contract(1)));
    assert.equal(far.callAtOnce({ to: contract(1) }, seen)?.success, true);
    await using unknown = await createEngine({ workers: 0, blockHashes });
    assert.equal(unknown.callBlock(header), undefined);
  });
});
