import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Hex, InvalidTransactionError } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import {
  type BlockToSimulate,
  type Chain,
  decodeTransaction,
  openChain,
  type SimulatedCall,
  SimulatedNonceError,
  SimulationOrderError,
} from "../src/index.ts";
import { alice, bob, COUNTER, carol, dave, ETHER, genesisOf, person, signed } from "./support/people.ts";

const people = [alice, bob, carol];
const opened: Chain[] = [];
after(() => Promise.all(opened.map((chain) => chain.close())));

async function open(workers = 2): Promise<Chain> {
  const chain = await openChain({ genesis: genesisOf(people), workers, memoryLimit: 2 ** 27 });
  opened.push(chain);
  return chain;
}

const slotOf = (address: Hex): Hex => `0x${address.slice(2).padStart(64, "0")}`;

/** Blocks in which everybody calls the counter and pays somebody. */
async function extend(chain: Chain, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const transactions = await Promise.all(
      people.map(async (one) =>
        signed(one, {
          nonce: (await chain.state().account(one.address))!.nonce,
          to: i % 2 === 0 ? COUNTER : person(9).address,
          value: i % 2 === 0 ? 0n : ETHER / 100n,
        }),
      ),
    );
    const coinbase = dave.address;
    await chain.mine({ transactions, coinbase, timestamp: chain.head.header.timestamp + 12n });
  }
}

/** What the chain tells of itself. */
async function told(chain: Chain) {
  const accounts = await Promise.all(
    [...people, dave, person(9)].map(({ address }) => chain.state().account(address)),
  );
  return {
    accounts,
    root: chain.engine.stateRoot,
    head: chain.head.hash,
    counted: await chain.state().storage(COUNTER, slotOf(alice.address)),
    proof: await chain.state().prove(COUNTER, [slotOf(alice.address)]),
  };
}

/** The calls that a block's transactions are. */
function callsOf(chain: Chain, number: bigint): SimulatedCall[] {
  const block = chain.block(number)!;
  return Array.from({ length: block.transactionCount }, (_, i) => {
    const { nonce, gas, to, value, data, maxFeePerGas, maxPriorityFeePerGas } = block.transaction(i);
    return { from: block.sender(i), nonce, gas, to, value, data, maxFeePerGas, maxPriorityFeePerGas };
  });
}

test("simulated again, the blocks of a chain have the roots that they have", async () => {
  const chain = await open();
  await extend(chain, 4);
  const numbers = [2n, 3n, 4n];
  const before = await told(chain);
  const blocks = numbers.map((number): BlockToSimulate => {
    const { timestamp, coinbase, mixHash, gasLimit } = chain.block(number)!.header;
    return { timestamp, coinbase, prevRandao: mixHash, gasLimit, calls: callsOf(chain, number) };
  });
  const simulated = await chain.simulate(blocks, { validation: true }, 1n);
  for (const [i, { block, calls }] of simulated.entries()) {
    const real = chain.block(numbers[i]!)!;
    assert.equal(block.header.stateRoot, real.header.stateRoot);
    assert.equal(block.header.receiptsRoot, real.header.receiptsRoot);
    assert.equal(block.header.gasUsed, real.header.gasUsed);
    assert.equal(block.header.baseFeePerGas, real.header.baseFeePerGas);
    assert.equal(calls.length, real.transactionCount);
  }
  assert.deepEqual(await told(chain), before);
});

test("nothing of a simulation is left, whether it ends well or not", async () => {
  const chain = await open();
  await extend(chain, 3);
  await chain.edit([{ address: carol.address, balance: 7n * ETHER }]);
  const before = await told(chain);
  const events: string[] = [];
  for (const name of ["block", "reorg", "pending"] as const) chain.on(name, () => events.push(name));
  const spend: SimulatedCall = { from: carol.address, to: bob.address, value: 6n * ETHER };
  const edits = [
    { address: bob.address, balance: 0n },
    { address: COUNTER, clearStorage: true },
  ];
  for (const parent of ["latest", 1n] as const) {
    const [first, second] = await chain.simulate(
      [{ edits, calls: [spend] }, { calls: [{ from: bob.address, to: COUNTER }] }],
      {},
      parent,
    );
    assert.equal(chain.block(first!.block.hash), undefined);
    assert.equal(second!.block.header.parentHash, first!.block.hash);
    assert.equal(HexOf.fromBytes(second!.calls[0]!.output), `0x${"1".padStart(64, "0")}`);
    await assert.rejects(
      chain.simulate([{ edits, calls: [spend] }, { calls: [spend] }], {}, parent),
      (error) => error instanceof InvalidTransactionError && error.reason === "InsufficientFunds",
    );
  }
  assert.deepEqual(await told(chain), before);
  assert.deepEqual(events, []);
  assert.equal(chain.pool.size, 0);
  await extend(chain, 1);
});

test("who reads or adds to the pool meanwhile meets the state of the head", async () => {
  const chain = await open();
  const edits = [{ address: alice.address, balance: 0n, nonce: 5n }];
  const simulating = chain.simulate(Array.from({ length: 30 }, () => ({ edits })));
  const added = await chain.pool.add(await signed(alice, { nonce: 0n, to: bob.address, value: 1n }));
  const account = await chain.state().account(alice.address);
  await simulating;
  assert.notEqual(added, undefined);
  assert.deepEqual([account!.nonce, account!.balance], [0n, 10n * ETHER]);
});

test("nonces and gas that are left open follow from the calls before", async () => {
  const chain = await open();
  const calls: SimulatedCall[] = [
    { from: alice.address, to: bob.address },
    { from: alice.address, to: COUNTER },
    { from: alice.address, to: bob.address, nonce: 77n, gas: 30_000n },
    { from: alice.address, to: bob.address },
  ];
  const [{ block, calls: outcomes }] = (await chain.simulate([{ gasLimit: 20_000_000n, calls }], {
    gas: 10_000_000n,
  })) as [Awaited<ReturnType<Chain["simulate"]>>[number]];
  const fields = calls.map((_, i) => decodeTransaction(block.rawTransaction(i)));
  assert.deepEqual(
    fields.map(({ nonce }) => nonce),
    [0n, 1n, 77n, 3n],
  );
  let left = 10_000_000n;
  for (const [i, { gas }] of fields.entries()) {
    assert.equal(gas, i === 2 ? 30_000n : left);
    left -= outcomes[i]!.gasUsed;
  }
  // With validation a nonce counts.
  await assert.rejects(
    chain.simulate([{ baseFeePerGas: 0n, calls: calls.slice(0, 3) }], { validation: true }),
    (error) =>
      error instanceof InvalidTransactionError && error.reason === "NonceTooHigh" && error.index === 2,
  );
  const never = { from: alice.address, to: bob.address, nonce: 2n ** 64n - 1n };
  await assert.rejects(
    chain.simulate([{ baseFeePerGas: 0n, calls: [never] }], { validation: true }),
    SimulatedNonceError,
  );
  await assert.rejects(
    chain.simulate([{ gasLimit: 50_000n, calls: [{ from: alice.address, gas: 50_001n }] }]),
    (error) => error instanceof InvalidTransactionError && error.reason === "GasAllowanceExceeded",
  );
});

test("who offers no fee pays none below the base fee, but where that is checked", async () => {
  const chain = await open();
  const poor = { from: person(50).address, to: bob.address };
  const [simulated] = await chain.simulate([{ baseFeePerGas: 7n, coinbase: dave.address, calls: [poor] }]);
  assert.equal(simulated!.calls[0]!.halt, "Success");
  assert.equal(simulated!.block.header.baseFeePerGas, 7n);
  await assert.rejects(
    chain.simulate([{ baseFeePerGas: 7n, calls: [poor] }], { validation: true }),
    (error) => error instanceof InvalidTransactionError && error.reason === "MaxFeeBelowBaseFee",
  );
  // Who offers one pays it, to the block's fee recipient.
  const edits = [{ address: poor.from, balance: ETHER }];
  const paying = { ...poor, maxFeePerGas: 10n, maxPriorityFeePerGas: 3n };
  // Calls BALANCE of the fee recipient and returns it.
  const reader: Hex = `0x${"ab".repeat(20)}`;
  const code: Hex = "0x41315f5260205ff3";
  const [paid] = await chain.simulate([
    {
      baseFeePerGas: 7n,
      coinbase: dave.address,
      edits: [...edits, { address: reader, code }],
      calls: [paying, { from: alice.address, to: reader }],
    },
  ]);
  assert.equal(BigInt(HexOf.fromBytes(paid!.calls[1]!.output)), 21_000n * 3n);
});

test("moved precompiles answer elsewhere, for one block", async () => {
  const chain = await open();
  const identity: Hex = `0x${"4".padStart(40, "0")}`;
  const elsewhere: Hex = `0x${"7e".repeat(20)}`;
  const calls = [identity, elsewhere].map((to) => ({ from: alice.address, to, data: "0x1234" as Hex }));
  const precompiles = new Map([
    [identity, undefined],
    [elsewhere, identity],
  ]);
  const outputs = (await chain.simulate([{ precompiles, calls }, { calls }])).map((one) =>
    one.calls.map(({ output }) => HexOf.fromBytes(output)),
  );
  assert.deepEqual(outputs, [
    ["0x", "0x1234"],
    ["0x1234", "0x"],
  ]);
});

test("traced transfers leave logs of 0xeeee…ee that no receipt has; to oneself too, and none where they are undone", async () => {
  const chain = await open();
  // Calls itself with its value as long as there is gas for it, then reverts the innermost: SELFBALANCE to CALLER.
  const payer: Hex = `0x${"ad".repeat(20)}`;
  const payBack: Hex = "0x5f5f5f5f47335af100";
  const reverter: Hex = `0x${"ae".repeat(20)}`;
  const edits = [
    { address: payer, code: payBack },
    { address: reverter, code: "0x5f5ffd" as Hex },
  ];
  const calls: SimulatedCall[] = [
    { from: alice.address, to: alice.address, value: 1n },
    { from: alice.address, to: payer, value: 2n },
    { from: alice.address, to: reverter, value: 3n },
    { from: alice.address, to: bob.address },
  ];
  const [traced] = await chain.simulate([{ edits, calls }], { transferLogs: true });
  const [plain] = await chain.simulate([{ edits, calls }]);
  const moves = traced!.calls.map(({ logs }) =>
    logs.map(({ address, topics, data }) => [
      address,
      `0x${topics[1]!.slice(26)}`,
      `0x${topics[2]!.slice(26)}`,
      BigInt(data),
    ]),
  );
  const ether = `0x${"ee".repeat(20)}`;
  assert.deepEqual(moves, [
    [[ether, alice.address, alice.address, 1n]],
    [
      [ether, alice.address, payer, 2n],
      [ether, payer, alice.address, 2n],
    ],
    [],
    [],
  ]);
  assert.equal(traced!.block.hash, plain!.block.hash);
  assert.deepEqual(
    plain!.calls.flatMap(({ logs }) => logs),
    [],
  );
});

test("blocks between are filled in, and BLOCKHASH knows simulated ones", async () => {
  const chain = await open();
  await extend(chain, 2);
  // BLOCKHASH of the number in the calldata.
  const reader: Hex = `0x${"ba".repeat(20)}`;
  const edits = [{ address: reader, code: "0x5f35405f5260205ff3" as Hex }];
  const ask = (number: bigint) => ({
    from: alice.address,
    to: reader,
    data: slotOf(`0x${number.toString(16)}`),
  });
  const simulated = await chain.simulate([
    { edits, number: 5n, calls: [ask(2n), ask(3n), ask(4n), ask(5n)] },
    { calls: [ask(5n)] },
  ]);
  assert.deepEqual(
    simulated.map(({ block }) => block.number),
    [3n, 4n, 5n, 6n],
  );
  const hashes = simulated.map(({ block }) => block.hash);
  const answers = simulated.flatMap(({ calls }) => calls.map(({ output }) => HexOf.fromBytes(output)));
  assert.deepEqual(answers, [chain.head.hash, hashes[0], hashes[1], slotOf("0x0"), hashes[2]]);
});

test("blocks must be in order and not too many", async () => {
  const chain = await open();
  const code = async (blocks: BlockToSimulate[]) => {
    const error: unknown = await chain.simulate(blocks).catch((met: unknown) => met);
    assert.ok(error instanceof SimulationOrderError, String(error));
    return error.code;
  };
  assert.equal(await code([{ number: 0n }]), "NUMBER_ORDER");
  assert.equal(await code([{ number: 2n }, { number: 2n }]), "NUMBER_ORDER");
  assert.equal(await code([{ timestamp: 0n }]), "TIMESTAMP_ORDER");
  assert.equal(await code([{ number: 257n }]), "TOO_MANY_BLOCKS");
  assert.equal(await code([{ number: 2n ** 64n - 1n }]), "TOO_MANY_BLOCKS");
  assert.equal((await chain.simulate([{ number: 256n }])).length, 256);
});
