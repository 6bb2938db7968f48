import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createEngine, type Engine, type Log } from "@heddle/engine";
import { replaceState } from "@heddle/engine/testing";
import { Hash, Hex } from "ox";
import { CANCUN } from "../src/forks.ts";
import { type Batch, ENDOWMENT, Script } from "../src/script.ts";
import { type Environment, workloads } from "../src/workloads/index.ts";
import { mergeBlocks, noRecordedBlocks, recordedBlocks } from "../src/workloads/mainnet.ts";

/** EIP-7825: the most gas that a transaction may ask for. */
const TRANSACTION_GAS = 2n ** 24n;
const SIZE = 60;

let engine: Engine;
before(async () => {
  engine = await createEngine({ workers: 4, chain: CANCUN, memoryLimit: 2 ** 30 });
});
after(() => engine.close());

let number = 0n;

function inputOf({ transactions, senders, gasLimits }: Batch, environment: Environment = {}) {
  return {
    header: {
      number,
      timestamp: number * 12n,
      gasLimit: gasLimits.reduce((sum, gas) => sum + gas, 0n),
      coinbase: `0x${"fe".repeat(20)}`,
      baseFeePerGas: 7n,
      excessBlobGas: 0n,
      parentBeaconBlockRoot: `0x${"00".repeat(32)}`,
      ...environment,
    },
    transactions,
    senders,
    blockHashes: () => undefined,
  } as const;
}

/** Executes the block one after the other, and three times in parallel, which must give the same. */
async function execute(block: Batch, environment: Environment | undefined) {
  const oracle = await engine.execute({ ...inputOf(block, environment), mode: "sequential" });
  const { roots } = oracle;
  const receipts = [...oracle.receipts];
  oracle.discard();
  for (let run = 0; run < 3; run++) {
    const result = await engine.execute(inputOf(block, environment));
    result.discard();
    assert.deepEqual(result.roots, roots);
  }
  return receipts;
}

const written = workloads.filter(({ fixed }) => !fixed);

for (const workload of written) {
  test(`${workload.name}: every transaction succeeds, and in parallel all is as one after the other`, async () => {
    const script = new Script({ signed: false });
    const { setup, block, alloc, environment } = await workload.write(script, SIZE, {});
    const funded = script.accounts.map((address) => [address, { balance: ENDOWMENT }]);
    replaceState(engine, { ...Object.fromEntries(funded), ...alloc });
    number = 1n;
    for (const batch of setup) {
      const result = await engine.execute({ ...inputOf(batch), mode: "sequential" });
      const unsuccessful = failed(result.receipts);
      await result.commit();
      assert.deepEqual(unsuccessful, [], "failed transactions of the set-up");
      number++;
    }
    assert.ok(block.gasLimits.every((gas) => gas <= TRANSACTION_GAS));
    const size = block.transactions.length;
    assert.ok(size >= 0.9 * SIZE && size <= 1.1 * SIZE, `${size} transactions`);
    const receipts = await execute(block, environment);
    assert.deepEqual(failed(receipts), [], "failed transactions");
    assert.deepEqual(failedOperations(receipts), [], "failed operations within a transaction");
    if (workload.name.startsWith("swaps-")) {
      assert.deepEqual(receipts.map(swaps), Array(SIZE).fill(1), "swaps of each transaction");
    }
  });
}

test("mainnet: of the merged blocks' transactions 97 of 100 end as they did on the chain, in parallel as in order", {
  skip: noRecordedBlocks() ?? false,
}, async () => {
  const { block, alloc, environment, succeeded, left } = mergeBlocks(await recordedBlocks());
  replaceState(engine, alloc!);
  const receipts = await execute(block, environment);
  const alike = receipts.filter(({ success }, i) => success === succeeded[i]);
  assert.ok(alike.length > 0.97 * receipts.length, `${alike.length} of ${receipts.length}`);
  assert.ok(left < 0.06 * receipts.length, `${left} are not in it`);
});

function failed(receipts: Iterable<{ success: boolean | undefined }>): number[] {
  return Array.from(receipts, ({ success }, i) => (success ? -1 : i)).filter((i) => i >= 0);
}

/** UserOperationEvent(userOpHash, sender, paymaster, nonce, success, …): the EntryPoint goes on where one fails. */
const OPERATION = Hash.keccak256(
  Hex.fromString("UserOperationEvent(bytes32,address,address,uint256,bool,uint256,uint256)"),
);

function failedOperations(receipts: Iterable<{ logs: readonly Log[] }>): Log[] {
  return Array.from(receipts, ({ logs }) => logs)
    .flat()
    .filter(({ topics, data }) => topics[0] === OPERATION && BigInt(Hex.slice(data, 32, 64)) !== 1n);
}

/** What the pools of Uniswap V2 and V3 say of a swap. */
const SWAPS = [
  "Swap(address,uint256,uint256,uint256,uint256,address)",
  "Swap(address,address,int256,int256,uint160,uint128,int24)",
].map((event) => Hash.keccak256(Hex.fromString(event)));

const swaps = ({ logs }: { logs: readonly Log[] }): number =>
  logs.filter(({ topics }) => SWAPS.includes(topics[0] as Hex.Hex)).length;

test("a workload is written the same way every time", async () => {
  for (const workload of written) {
    const [first, second] = await Promise.all(
      [0, 1].map(async () => workload.write(new Script({ signed: false }), 20, {})),
    );
    assert.deepEqual(first, second, workload.name);
  }
});
