import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkStore, OtherChainError, openStore, StoreClosedError, StoreLockedError } from "../src/index.ts";
import { LOCK_FILE } from "../src/lock.ts";
import { sha256, TestChain } from "./support/chain.ts";
import { folder } from "./support/folders.ts";

/** What a process that is killed now would leave behind. */
function copyOf(directory: string): string {
  const copy = join(folder(), "copy");
  mkdirSync(copy);
  cpSync(directory, copy, { recursive: true });
  rmSync(join(copy, LOCK_FILE));
  return copy;
}

test("a store that is opened again goes on from its checkpoint and the log behind it", async () => {
  const directory = folder();
  const store = await openStore({ directory, checkpointDistance: 5, checkpointEvery: 4 });
  const chain = await TestChain.begin(store, 21);
  for (let i = 0; i < 30; i++) await chain.mine();
  await chain.goBack(27n);
  await chain.mine();
  const { blocks, snapshots } = chain;
  await chain.close();

  const again = await openStore({ directory, checkpointEvery: 1_000_000 });
  assert.ok(again.checkpoint!.number >= 20n && again.checkpoint!.number < 28n);
  const resumed = await TestChain.resume(again, 22);
  assert.deepEqual(
    resumed.blocks.map(({ hash }) => hash),
    blocks.map(({ hash }) => hash),
  );
  assert.equal(resumed.engine.stateRoot, blocks.at(-1)!.stateRoot);
  for (const [number, snapshot] of snapshots.entries()) {
    assert.deepEqual(await resumed.lookBack(BigInt(number)), snapshot, `state after block ${number}`);
  }
  // And back below the checkpoint, with records that only the database has.
  await resumed.goBack(9n);
  assert.deepEqual(await resumed.look(), snapshots[9]);
  await resumed.mine();
  await resumed.store.writeCheckpoint(10n);
  await resumed.close();
  assert.deepEqual((await checkStore(directory)).problems, []);
});

test("the log's old files go when a checkpoint does not need them", async () => {
  const store = await openStore({ directory: folder(), segmentBytes: 2000 });
  const chain = await TestChain.begin(store, 3);
  for (let i = 0; i < 30; i++) await chain.mine();
  assert.equal(store.log!.start, 0);
  await store.writeCheckpoint(28n);
  assert.ok(store.log!.start > 0);
  assert.ok(store.log!.start <= store.checkpoint!.position);
  await chain.close();
});

test("a checkpoint whose thread dies is not there, and the next one is", async () => {
  const directory = folder();
  const store = await openStore({ directory, checkpointEvery: 1_000_000 });
  const chain = await TestChain.begin(store, 8);
  for (let i = 0; i < 30; i++) await chain.mine();
  const failed = store.writeCheckpoint(20n);
  const refused = assert.rejects(failed, { name: "StoreError", code: "CHECKPOINT_FAILED" });
  while (!store.killCheckpointer()) await new Promise(setImmediate);
  await refused;
  assert.equal(store.checkpoint!.number, 0n);
  await store.writeCheckpoint(20n);
  assert.equal(store.checkpoint!.number, 20n);
  assert.deepEqual(await chain.lookBack(7n), chain.snapshots[7]);
  await chain.close();
  assert.deepEqual((await checkStore(directory)).problems, []);
});

test("a checkpoint whose root is not the header's is refused and not written", async () => {
  const directory = folder();
  const errors: unknown[] = [];
  const onCheckpointError = (error: unknown) => errors.push(error);
  const store = await openStore({ directory, checkpointDistance: 0, checkpointEvery: 3, onCheckpointError });
  const chain = await TestChain.begin(store, 8);
  await chain.mine();
  const wrong = { ...(await chain.mine()), number: 3n, stateRoot: sha256("wrong"), hash: sha256("three") };
  store.append(wrong);
  await assert.rejects(store.writeCheckpoint(3n), { name: "WrongRootError", block: 3n });
  assert.equal(store.checkpoint!.number, 0n);
  assert.equal((errors[0] as Error).name, "WrongRootError");
  await store.writeCheckpoint(2n);
  assert.equal(store.checkpoint!.number, 2n);
  await chain.close();
  assert.deepEqual((await checkStore(directory)).problems, []);
});

test("a genesis whose root is not its header's leaves a new store", async () => {
  const directory = folder();
  const store = await openStore({ directory });
  const genesis = {
    number: 0n,
    hash: sha256("genesis"),
    stateRoot: sha256("wrong"),
    position: 0,
    payload: new Uint8Array(0),
    transactionHashes: new Uint8Array(0),
    undo: [],
    changes: [],
  };
  await assert.rejects(store.initialise(genesis, []), { name: "WrongRootError" });
  assert.equal(store.checkpoint, undefined);
  const chain = await TestChain.begin(store);
  await chain.mine();
  await assert.rejects(store.initialise(genesis, []), { code: "NOT_EMPTY" });
  await chain.close();
});

test("a store in use is refused to others, and free when it is closed", async () => {
  const directory = folder();
  const store = await openStore({ directory });
  await assert.rejects(openStore({ directory }), StoreLockedError);
  await assert.rejects(checkStore(directory), StoreLockedError);
  await store.close();
  await store.close();
  assert.throws(() => store.payload(0n), StoreClosedError);
  await assert.rejects(store.writeCheckpoint(0n), StoreClosedError);
  await (await openStore({ directory })).close();
});

test("another chain's store is refused", async () => {
  const directory = folder();
  const chain = { chainId: 31337n, genesisHash: sha256("genesis") };
  await (await TestChain.begin(await openStore({ directory, chain }))).close();
  await (await openStore({ directory, chain })).close();
  await (await openStore({ directory })).close();
  await assert.rejects(
    openStore({ directory, chain: { ...chain, chainId: 1n } }),
    (error) => error instanceof OtherChainError && error.met === 31337n && error.expected === 1n,
  );
  await assert.rejects(
    openStore({ directory, chain: { ...chain, genesisHash: sha256("other") } }),
    OtherChainError,
  );
});

test("what is left at any moment is a whole store", async () => {
  const directory = folder();
  const store = await openStore({ directory, checkpointDistance: 1, checkpointEvery: 2 });
  const chain = await TestChain.begin(store, 4);
  for (let i = 0; i < 12; i++) {
    await chain.mine();
    if (i === 7) await chain.goBack(2n);
    if (i % 4 !== 3) continue;
    await store.log!.flush();
    const copy = copyOf(directory);
    const report = await checkStore(copy);
    assert.deepEqual(report.problems, []);
    const left = await openStore({ directory: copy });
    const resumed = await TestChain.resume(left);
    assert.equal(resumed.engine.stateRoot, chain.blocks.at(-1)!.stateRoot);
    await resumed.close();
  }
  await chain.close();
});

const WRITER = fileURLToPath(new URL("./support/chain-writer.ts", import.meta.url));

test("a process that is killed loses no block that it had said is durable", {
  timeout: 120_000,
}, async () => {
  const directory = folder();
  for (let round = 0; round < 5; round++) {
    const child = spawn(
      process.execPath,
      ["--conditions=@heddle/source", WRITER, directory, String(round + 1)],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let output = "";
    const exited = new Promise((resolve) => child.on("exit", (_, signal) => resolve(signal)));
    await new Promise<void>((resolve) => {
      child.on("exit", () => resolve());
      child.stdout.on("data", (data) => {
        output += data;
        if (output.split("done").length > 8 + round * 13) resolve();
      });
    });
    child.kill("SIGKILL");
    assert.equal(await exited, "SIGKILL");
    const lines = output.split("\n").slice(0, -1);
    const [, number, hash] = lines.findLast((line) => line.startsWith("done"))!.split(" ");
    const tried = lines.at(-1)!.split(" ");

    const { problems } = await checkStore(directory);
    assert.deepEqual(problems, [], `round ${round}`);
    const store = await openStore({ directory });
    // It runs the log again, and fails where a root is not the header's.
    const chain = await TestChain.resume(store);
    const wentBack = tried[0] === "try" && tried[2] !== "?" && store.hash(store.head) === tried[2];
    if (!wentBack) {
      assert.equal(store.hash(BigInt(number!)), hash, `round ${round}`);
      assert.ok(store.head <= BigInt(number!) + 1n);
    }
    assert.equal(chain.engine.stateRoot, chain.blocks.at(-1)!.stateRoot);
    await chain.close();
  }
});

test("an option out of its range is refused by its name", async () => {
  for (const wrong of [
    { directory: "" },
    { checkpointDistance: -1 },
    { checkpointEvery: 0 },
    { checkpointMemory: 1.5 },
  ]) {
    const [field] = Object.keys(wrong);
    await assert.rejects(openStore(wrong), { name: "InvalidArgumentError", field });
  }
  const directory = folder();
  await assert.rejects(openStore({ directory, fsync: "sometimes" as "never" }), { field: "fsync" });
  await (await openStore({ directory })).close();
});
