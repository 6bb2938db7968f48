import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as Rlp from "ox/Rlp";
import {
  checkResult,
  createEngine,
  EMPTY_TRIE_ROOT,
  type ExecuteInput,
  type Header,
  type Hex,
  InvalidTransactionError,
  networkConfig,
  ResultGoneError,
} from "../src/index.ts";
import {
  block,
  COINBASE,
  COUNTER,
  contract,
  ETHER,
  recipient,
  SHANGHAI,
  sender,
  senders,
  transfers,
} from "./support/blocks.ts";

const alloc = { ...senders(20), [contract(0)]: { code: COUNTER, storage: { "0x1": "0x2" } } };
const engine = await createEngine({ workers: 2, chain: SHANGHAI, genesis: { alloc } });
after(() => engine.close());

test("nothing is applied before commit, and nothing at all after discard", async () => {
  const root = engine.stateRoot;
  const result = await engine.execute(block(transfers(5)));
  assert.notEqual(result.roots.state, root);
  assert.equal(await engine.getAccount(recipient(0)), undefined);
  result.discard();
  assert.equal(await engine.getAccount(recipient(0)), undefined);
  assert.equal(engine.stateRoot, root);

  const again = await engine.execute(block(transfers(5)));
  assert.deepEqual(again.roots, result.roots);
  await again.commit();
  assert.equal((await engine.getAccount(recipient(0)))?.balance, 1000n);
  assert.equal((await engine.getAccount(sender(0)))?.nonce, 1n);
  assert.equal(engine.stateRoot, result.roots.state);
});

test("a result must be closed before the next block, and only once", async () => {
  const result = await engine.execute(block([]));
  await assert.rejects(engine.execute(block([])), { code: "RESULT_PENDING" });
  result.discard();
  assert.throws(() => result.discard(), { code: "RESULT_CLOSED" });
  await assert.rejects(result.commit(), { code: "RESULT_CLOSED" });
});

test("receipts, changes and schedule tell what happened", async () => {
  const calls = [
    { from: sender(10), to: recipient(10), value: 5n },
    { from: sender(11), to: contract(0) },
    { from: sender(12), to: contract(0), gasLimit: 21_100n },
    { from: sender(13), to: undefined, data: "0x00" as Hex },
  ];
  const result = await engine.execute({ ...block(calls), recordSchedule: true });
  const [transfer, count, outOfGas, create] = result.receipts;
  assert.deepEqual(
    [...result.receipts].map(({ success }) => success),
    [true, true, false, true],
  );
  assert.equal(transfer!.gasUsed, 21_000n);
  assert.equal(transfer!.sender, sender(10));
  assert.equal(transfer!.effectiveGasPrice, 7n);
  assert.equal(outOfGas!.gasUsed, 21_100n);
  assert.equal(create!.cumulativeGasUsed, result.gasUsed);
  assert.equal(count!.contractAddress, undefined);
  assert.match(create!.contractAddress!, /^0x[0-9a-f]{40}$/);
  const change = [...result.changes].find(({ address }) => address === contract(0))!;
  assert.deepEqual(change.storage, [[`0x${"0".repeat(64)}`, 1n]]);
  assert.equal(change.code, undefined);
  assert.ok(result.schedule.attempts.length >= 4);
  result.discard();
});

test("a result is readable until the next block, and afterwards if it was retained", async () => {
  const first = await engine.execute(block([{ from: sender(10), to: recipient(10) }]));
  first.discard();
  assert.equal(first.receipts.at(0).gasUsed, 21_000n);
  const second = (await engine.execute(block([{ from: sender(10), to: recipient(10) }]))).retain();
  second.discard();
  assert.throws(() => first.receipts.at(0), ResultGoneError);
  const third = await engine.execute(block([]));
  third.discard();
  assert.equal(second.receipts.at(0).gasUsed, 21_000n);
  assert.equal([...second.changes].length, second.changes.length);
});

test("an invalid transaction is named by its position and reason, and the block is not applied", async () => {
  const root = engine.stateRoot;
  const cases: [Partial<Parameters<typeof block>[0][number]>, string][] = [
    [{ nonce: 9n }, "NonceTooHigh"],
    [{ value: 2n * ETHER }, "InsufficientFunds"],
    [{ gasLimit: 20_000n }, "IntrinsicGasTooLow"],
    [{ gasPrice: 6n }, "MaxFeeBelowBaseFee"],
  ];
  for (const mode of ["parallel", "sequential"] as const) {
    for (const [wrong, reason] of cases) {
      const calls = [
        { from: sender(10), to: recipient(1) },
        { from: sender(11), to: recipient(1), ...wrong },
      ];
      await assert.rejects(engine.execute({ ...block(calls), mode }), (error: unknown) => {
        assert.ok(error instanceof InvalidTransactionError, String(error));
        assert.deepEqual([error.index, error.reason, error.field], [1, reason, "transactions[1]"]);
        return true;
      });
    }
    await assert.rejects(
      engine.execute({ ...block([]), transactions: [Uint8Array.of(2, 0xc0)], mode, senders: undefined }),
      {
        name: "InvalidTransactionError",
        reason: "Malformed",
      },
    );
  }
  assert.equal(engine.stateRoot, root);
});

test("every field out of its range is refused by its name before anything runs", async () => {
  const good = block(transfers(1, 1n));
  const wrong: [string, object][] = [
    ["header", { header: undefined }],
    ["header.number", { header: { ...good.header, number: 1 } }],
    ["header.gasLimit", { header: { ...good.header, gasLimit: 2n ** 63n } }],
    ["header.timestamp", { header: { ...good.header, timestamp: -1n } }],
    ["header.coinbase", { header: { ...good.header, coinbase: "0x12" } }],
    ["header.baseFeePerGas", { header: { ...good.header, baseFeePerGas: 2n ** 256n } }],
    ["header.mixHash", { header: { ...good.header, mixHash: "0x" } }],
    ["transactions", { transactions: {} }],
    ["transactions[0]", { transactions: ["0x00"] }],
    ["senders", { senders: [] }],
    ["senders[0]", { senders: ["0x12"] }],
    [
      "withdrawals[0].amount",
      { withdrawals: [{ index: 0n, validatorIndex: 0n, address: COINBASE, amount: 2n ** 64n }] },
    ],
    ["uncles", { uncles: [{ number: 0n, coinbase: COINBASE }] }],
    ["uncles[0].number", { uncles: [{ number: 5n, coinbase: COINBASE }] }],
  ];
  for (const [field, change] of wrong) {
    await assert.rejects(engine.execute({ ...good, ...change } as ExecuteInput), { field }, field);
  }
});

test("options out of their range are refused by their name", async () => {
  const wrong: [string, object][] = [
    ["workers", { workers: -1 }],
    ["workers", { workers: 1.5 }],
    ["memoryLimit", { memoryLimit: 2 ** 33 }],
    ["hangTimeout", { hangTimeout: 0 }],
    ["deltas", { deltas: "sometimes" }],
    ["state", { state: {} }],
    ["alloc[0x12]", { workers: 0, genesis: { alloc: { "0x12": {} } } }],
  ];
  for (const [field, options] of wrong) {
    await assert.rejects(createEngine(options), { name: "InvalidArgumentError", field }, field);
  }
});

test("memory that does not suffice is a typed error, and the engine goes on", async () => {
  await using small = await createEngine({
    workers: 2,
    chain: SHANGHAI,
    genesis: { alloc: senders(20) },
    memoryLimit: 24 * 2 ** 20,
  });
  const root = small.stateRoot;
  const many = block(
    Array.from({ length: 20_000 }, (_, i) => ({
      from: sender(i % 20),
      to: recipient(i),
      nonce: BigInt(Math.floor(i / 20)),
    })),
  );
  await assert.rejects(small.execute(many), { name: "MemoryExhaustedError", code: "MEMORY_EXHAUSTED" });
  assert.equal(small.stateRoot, root);
  const result = await small.execute(block(transfers(20)));
  assert.equal(result.gasUsed, 20n * 21_000n);
  await result.commit();
});

test("call runs against the committed state and changes nothing", async () => {
  const root = engine.stateRoot;
  // Returns what is in slot 1.
  const reader: Hex = "0x60015460005260206000f3";
  const { success, output, halt } = await engine.call({ data: reader });
  assert.deepEqual([success, halt], [true, "Success"]);
  assert.equal(BigInt(`0x${Buffer.from(output).toString("hex")}`), 0n, "init code has a storage of its own");
  const counted = await engine.call({ from: sender(3), to: contract(0) });
  assert.equal(counted.success, true);
  assert.ok(counted.gasUsed > 21_000n);
  assert.equal(engine.stateRoot, root);
  assert.equal(await engine.getStorage(contract(0), `0x${"0".repeat(64)}`), 0n);
  assert.equal(await engine.getStorage(contract(0), `0x${"0".repeat(63)}1`), 2n);
  assert.equal((await engine.getCode(contract(0))).length, 10);
  await assert.rejects(engine.call({ gas: 20_000n }), { name: "IntrinsicGasError" });
});

test("a call pays for its access list and its authorizations, and finds what is listed warm", async () => {
  const key: Hex = `0x${"0".repeat(64)}`;
  const block = { number: 30_000_000n, timestamp: 1_780_000_000n };
  const call = { from: sender(3), to: contract(0) };
  const plain = await engine.call(call, { block });
  const listed = await engine.call(
    { ...call, accessList: [{ address: contract(0), storageKeys: [key] }] },
    { block },
  );
  const missed = await engine.call(
    { ...call, accessList: [{ address: contract(9), storageKeys: [key] }] },
    { block },
  );
  // EIP-2930: 2400 for the address, which is warm anyway, and 1900 for the key, which was 2100 dearer when cold.
  assert.equal(missed.gasUsed - plain.gasUsed, 2400n + 1900n);
  assert.ok(listed.gasUsed - plain.gasUsed < 2400n);
  const authorized = await engine.call({ ...call, authorizationCount: 2 }, { block });
  assert.equal(authorized.gasUsed - plain.gasUsed, 50_000n);
  // BLOBHASH of 0, returned.
  const code: Hex = "0x5f495f5260205ff3";
  const hash: Hex = `0x01${"ab".repeat(31)}`;
  await using cancun = await createEngine({ workers: 0, chain: networkConfig("Cancun") });
  const seen = await cancun.call({ data: code, blobVersionedHashes: [hash] });
  assert.equal(`0x${Buffer.from(seen.output).toString("hex")}`, hash);
  await assert.rejects(engine.call({ authorizationCount: -1 }), { name: "InvalidArgumentError" });
});

test("proofs lead from the state root to the account and its slots", async () => {
  const key: Hex = `0x${"0".repeat(63)}1`;
  const proof = await engine.getProof(contract(0), [key]);
  const hash = (node: Hex): Hex =>
    `0x${Buffer.from(keccak_256(Buffer.from(node.slice(2), "hex"))).toString("hex")}`;
  assert.equal(hash(proof.accountProof[0]!), engine.stateRoot);
  for (const [i, node] of proof.accountProof.slice(1).entries()) {
    assert.ok(proof.accountProof[i]!.includes(hash(node).slice(2)), `node ${i + 1}`);
  }
  const leaf = Rlp.toHex(proof.accountProof.at(-1)!) as Hex[];
  const [nonce, balance, storageRoot, codeHash] = Rlp.toHex(leaf[1]!) as Hex[];
  assert.deepEqual([nonce, balance], ["0x", "0x"]);
  assert.equal(storageRoot, proof.storageHash);
  assert.equal(codeHash, proof.codeHash);
  assert.deepEqual(
    proof.storageProof.map(({ value }) => value),
    [2n],
  );
  assert.equal(hash(proof.storageProof[0]!.proof[0]!), proof.storageHash);

  const absent = await engine.getProof(recipient(999));
  assert.equal(absent.storageHash, EMPTY_TRIE_ROOT);
  assert.ok(absent.accountProof.length > 0);
});

test("a result that differs from its header is named by the field", async () => {
  const input = block([{ from: sender(14), to: recipient(14) }]);
  const result = await engine.execute(input);
  result.discard();
  const header = {
    ...input.header,
    gasUsed: 21_000n,
    transactionsRoot: result.roots.transactions,
    receiptsRoot: result.roots.receipts,
    withdrawalsRoot: result.roots.withdrawals,
    stateRoot: result.roots.state,
    logsBloom: result.logsBloom,
  } as Header;
  checkResult(header, result);
  assert.throws(() => checkResult({ ...header, gasUsed: 1n }, result), {
    field: "header.gasUsed",
    expected: 21_000n,
  });
  assert.throws(() => checkResult({ ...header, receiptsRoot: EMPTY_TRIE_ROOT }, result), {
    field: "header.receiptsRoot",
  });
});

test("a closed engine says so", async () => {
  const closed = await createEngine({ workers: 1, chain: SHANGHAI });
  await closed.close();
  await closed.close();
  await assert.rejects(closed.execute(block([])), { code: "CLOSED" });
});

const genesisFile = new URL(
  "../../../../shared/conformance/mainnet-first-8192/genesis.json.xz",
  import.meta.url,
);
test("mainnet's genesis allocation gives mainnet's state root", {
  skip: !existsSync(genesisFile) && "no corpus beside the project",
}, async () => {
  const { execFileSync } = await import("node:child_process");
  const { fileURLToPath } = await import("node:url");
  const json = execFileSync("xz", ["-dc", fileURLToPath(genesisFile)], { maxBuffer: 2 ** 28 });
  await using mainnet = await createEngine({ workers: 0, genesis: JSON.parse(json.toString()) });
  assert.equal(mainnet.stateRoot, "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544");
});
