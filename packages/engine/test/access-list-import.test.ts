import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as ContractAddress from "ox/ContractAddress";
import { createEngine, type Engine } from "../src/index.ts";
import {
  type Call,
  COINBASE,
  COUNTER,
  contract,
  ETHER,
  recipient,
  sender,
  senders,
} from "./support/blocks.ts";
import { executed, LISTED, listedBlock } from "./support/listed-blocks.ts";
import { assemble, balanceSlot, TOKEN, transferData } from "./support/token.ts";

const COUNT = 120;
/** Writes what the fee recipient has, and gives it one wei. */
const TIP = assemble("COINBASE BALANCE 0 SSTORE 0 0 0 0 1 COINBASE GAS CALL POP STOP");
/** Sends one wei to whom calldata names. */
const PAY = assemble("0 0 0 0 1 0 CALLDATALOAD GAS CALL POP STOP");
/** Creates, always at the same address, a contract that destructs itself at once: CALLER SELFDESTRUCT. */
const FLASH = assemble("51 0 MSTORE8 255 1 MSTORE8 0 2 0 CALLVALUE CREATE2 POP STOP");
const FLASHED = ContractAddress.fromCreate2({
  from: contract(3),
  salt: new Uint8Array(32),
  bytecode: Uint8Array.of(0x33, 0xff),
});
const alloc = {
  ...senders(COUNT),
  [contract(0)]: { code: COUNTER },
  [contract(1)]: { code: TOKEN, storage: { [balanceSlot(sender(0))]: 1000n } },
  [contract(2)]: { code: TIP, balance: ETHER },
  [contract(3)]: { code: FLASH, balance: ETHER },
  [contract(4)]: { code: PAY, balance: ETHER },
  // Was there before with nothing but ether.
  [FLASHED]: { balance: 7n },
  // Is in the trie although it is empty: a remainder of the time before EIP-161.
  [recipient(99)]: {},
};

const engines = new Map<number, Engine>();
for (const workers of [0, 1, 2, 8]) {
  engines.set(workers, await createEngine({ workers, chain: LISTED, genesis: { alloc } }));
}
after(() => Promise.all([...engines.values()].map((engine) => engine.close())));

const each = (call: (i: number) => Call) => listedBlock(Array.from({ length: COUNT - 1 }, (_, i) => call(i)));

const blocks = {
  "transfers of all that the one before has got": each((i) => ({
    from: sender(i),
    to: contract(1),
    data: transferData(sender(i + 1), 1000n),
  })),
  "a counter that all count": each((i) => ({ from: sender(i), to: contract(0) })),
  "transactions of one sender": each((i) => ({
    from: sender(0),
    to: recipient(i),
    value: 1n,
    nonce: BigInt(i),
  })),
  "transactions that look at the fee recipient": each((i) => ({
    from: sender(i),
    to: contract(2),
    gasPrice: 9n,
  })),
  "transactions that look at the fee recipient, touch it, or leave it a fee, between each other": each(
    (i) => ({
      from: sender(i),
      to: [contract(2), contract(0), COINBASE, recipient(3)][i % 4],
      gasPrice: i % 8 < 6 ? 9n + BigInt(i) : 7n,
    }),
  ),
  "fees for a recipient of which nobody knows anything else": each((i) => ({
    from: sender(i),
    to: recipient(i),
    value: 1n,
    gasPrice: 9n,
  })),
  "transactions of the fee recipient itself": {
    ...each((i) => ({ from: sender(0), to: recipient(i % 3), value: 1n, nonce: BigInt(i), gasPrice: 9n })),
    header: { ...each(() => ({ from: sender(0) })).header, coinbase: sender(0) },
  },
  "contracts that live for one transaction": each((i) => ({
    from: sender(i),
    to: contract(3),
    value: BigInt(i % 2),
  })),
  creations: each((i) => ({
    from: sender(i % 7),
    to: undefined,
    data: "0x602a60005260206000f3",
    nonce: BigInt(Math.floor(i / 7)),
  })),
  "no transactions": listedBlock([]),
  withdrawals: {
    ...listedBlock([{ from: sender(0), to: recipient(0), value: 5n }]),
    withdrawals: [recipient(0), COINBASE, recipient(9)].map((address, i) => ({
      index: BigInt(i),
      validatorIndex: 0n,
      address,
      amount: BigInt(i),
    })),
  },
};

for (const [name, input] of Object.entries(blocks)) {
  for (const [workers, engine] of engines) {
    test(`${name}, on ${workers} workers: a list leaves no conflicts, and the result is that of the order`, async () => {
      const expected = await executed(engine, { ...input, mode: "sequential" });
      const met = await executed(engine, { ...input, blockAccessList: expected.list });
      assert.deepEqual(met.facts, expected.facts);
      assert.deepEqual(met.list, expected.list);
      assert.deepEqual(met.changes, expected.changes);
      const { onAccessList, aborts, estimates, inTurn, inOrderFrom, longestChain, criticalGas } =
        met.schedule;
      assert.deepEqual(
        { onAccessList, aborts, estimates, inTurn, inOrderFrom },
        { onAccessList: true, aborts: 0, estimates: 0, inTurn: 0, inOrderFrom: undefined },
      );
      assert.ok(longestChain <= COUNT && criticalGas <= expected.facts.gasUsed);
    });
  }
}

test("without a state root a block is executed on its list as well", async () => {
  const input = { ...blocks["a counter that all count"], computeStateRoot: false };
  for (const engine of engines.values()) {
    const expected = await executed(engine, { ...input, mode: "sequential" });
    const met = await executed(engine, { ...input, blockAccessList: expected.list });
    assert.deepEqual(met.facts, expected.facts);
    assert.deepEqual(met.changes, expected.changes);
    assert.ok(met.schedule.onAccessList);
  }
});

test("a result on a list is committed like any other, and the next block goes on from it", async () => {
  const next = (number: bigint, nonce: bigint) =>
    listedBlock(
      Array.from({ length: 20 }, (_, i) => ({ from: sender(i), to: contract(0), nonce })),
      number,
    );
  await using plain = await createEngine({ workers: 0, chain: LISTED, genesis: { alloc } });
  await using listed = await createEngine({ workers: 2, chain: LISTED, genesis: { alloc } });
  for (let i = 0n; i < 4n; i++) {
    const one = await plain.execute(next(i + 1n, i));
    const other = await listed.execute({ ...next(i + 1n, i), blockAccessList: one.blockAccessList });
    assert.ok(other.schedule.onAccessList);
    await one.commit();
    await other.commit();
    assert.equal(listed.stateRoot, plain.stateRoot);
  }
  assert.equal(await listed.getStorage(contract(0), `0x${"00".repeat(32)}`), 80n);
});

test("the first block of an engine, and one of more transactions than any before, are executed on their lists", async () => {
  const name = "transactions that look at the fee recipient, touch it, or leave it a fee, between each other";
  const input = blocks[name];
  const { list, facts } = await executed(engines.get(1)!, { ...input, mode: "sequential" });
  for (const workers of [0, 2, 8]) {
    await using fresh = await createEngine({ workers, chain: LISTED, genesis: { alloc } });
    const met = await executed(fresh, { ...input, blockAccessList: list });
    assert.ok(met.schedule.onAccessList);
    assert.deepEqual(met.facts, facts);
  }
});

test("an account that its transaction creates over ether and destructs is not in the state any more", async () => {
  const engine = engines.get(2)!;
  const input = blocks["contracts that live for one transaction"];
  const { list } = await executed(engine, { ...input, mode: "sequential" });
  const { changes, schedule } = await executed(engine, { ...input, blockAccessList: list });
  assert.ok(schedule.onAccessList);
  assert.equal(changes.find(({ address }) => address === FLASHED)?.deleted, true);
});

test("a block that removes an empty account of the time before EIP-161 is not executed on claims", async () => {
  // The second one pays for a new account: that it is new the list does not tell.
  const calls: Call[] = [
    { from: sender(0), to: recipient(99) },
    { from: sender(1), to: contract(4), data: `0x${recipient(99).slice(2).padStart(64, "0")}` },
  ];
  const input = listedBlock(calls);
  for (const engine of engines.values()) {
    const expected = await executed(engine, { ...input, mode: "sequential" });
    const met = await executed(engine, { ...input, blockAccessList: expected.list });
    assert.deepEqual(met.facts, expected.facts);
    assert.deepEqual(met.changes, expected.changes);
    assert.equal(met.schedule.onAccessList, false);
  }
});
