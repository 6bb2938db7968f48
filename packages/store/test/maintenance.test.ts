import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { closeTables, openTables, type Tables } from "../src/database.ts";
import { checkFolder, FORMAT, logFolder, readStamp, stateFolder, writeStamp } from "../src/folder.ts";
import {
  checkStore,
  DiskFullError,
  ForeignFolderError,
  HistoryGoneError,
  migrateStore,
  NewerFolderError,
  openStore,
  pruneStore,
} from "../src/index.ts";
import { SEGMENT_HEADER } from "../src/log/record.ts";
import { type MigrationStep, migrateBy } from "../src/migrate.ts";
import { TestChain } from "./support/chain.ts";
import { folder } from "./support/folders.ts";

/** A store of 40 blocks whose checkpoint is of block 30, closed. */
async function madeStore(): Promise<{ directory: string; chain: TestChain }> {
  const directory = folder();
  const chain = await TestChain.begin(await openStore({ directory, checkpointEvery: 1_000_000 }), 17);
  for (let i = 0; i < 40; i++) {
    await chain.mine();
    if (i % 5 === 0) await chain.store.writeCheckpoint(chain.store.head);
  }
  await chain.close();
  return { directory, chain };
}

const made = await madeStore();

/** Changes the tables of a copy of the store. */
async function damaged(damage: (tables: Tables) => void): Promise<string> {
  const directory = folder();
  execFileSync("cp", ["-r", `${made.directory}/.`, directory]);
  const tables = openTables(stateFolder(directory));
  tables.root.transactionSync(() => damage(tables));
  await closeTables(tables);
  return directory;
}

const firstKey = (tables: Tables, name: Exclude<keyof Tables, "root">, skip = 0) =>
  [...tables[name].getKeys({})][skip]!;

test("a whole store has no problems", async () => {
  const report = await checkStore(made.directory);
  assert.deepEqual(report.problems, []);
  assert.equal(report.checkpoint!.number, 36n);
  assert.equal(report.blocks, 37);
  assert.equal(report.records, 40);
  assert.ok(report.accounts > 5 && report.slots > 0);
});

const damages: [string, (tables: Tables) => void, RegExp][] = [
  [
    "an account that is missing",
    (tables) => tables.accounts.removeSync(firstKey(tables, "accounts")),
    /account of hash 0x[0-9a-f]{64} is in the trie only/,
  ],
  [
    "an account with another balance",
    (tables) => {
      const key = firstKey(tables, "accounts");
      const record = Buffer.from(tables.accounts.get(key)!);
      record[3]! ^= 1;
      tables.accounts.putSync(key, record);
    },
    /its (balance|nonce) is/,
  ],
  [
    "a slot with another value",
    (tables) => tables.slots.putSync(firstKey(tables, "slots"), Uint8Array.of(77)),
    /slot 0x[0-9a-f]{64} is 77, in the trie/,
  ],
  [
    "a slot that the trie does not have",
    (tables) => {
      const key = Buffer.from(firstKey(tables, "slots"));
      key.fill(0xee, 20);
      tables.slots.putSync(key, Uint8Array.of(1));
    },
    /is not in the trie/,
  ],
  [
    "a slot of nobody",
    (tables) => tables.slots.putSync(Buffer.alloc(52, 0xaa), Uint8Array.of(1)),
    /1 slots belong to no account/,
  ],
  [
    "trie nodes that are missing",
    (tables) => {
      for (const key of [...tables.nodes.getKeys({})]) tables.nodes.removeSync(key);
    },
    /is missing/,
  ],
  [
    "trie nodes with other bytes",
    (tables) => {
      for (const key of [...tables.nodes.getKeys({})]) tables.nodes.putSync(key, Buffer.from("other"));
    },
    /has other bytes/,
  ],
  [
    "a code with other bytes",
    (tables) => {
      for (const key of [...tables.codes.getKeys({})]) tables.codes.putSync(key, Buffer.from("other"));
    },
    /code 0x[0-9a-f]{64} has other bytes/,
  ],
  [
    "a block without its payload",
    (tables) => tables.payloads.removeSync(firstKey(tables, "payloads", 7)),
    /block 7 is not there as a whole/,
  ],
  [
    "a block that is not found by its hash",
    (tables) => tables.numbers.removeSync(firstKey(tables, "numbers")),
    /is not found by its hash/,
  ],
  [
    "a transaction that is not found by its hash",
    (tables) => tables.transactions.removeSync(firstKey(tables, "transactions")),
    /transaction 0x[0-9a-f]{64} of block \d+ is not found/,
  ],
  [
    "history with another value",
    (tables) => tables.slotHistory.putSync(firstKey(tables, "slotHistory"), Uint8Array.of(9, 9)),
    /history of 0x[0-9a-f]{104} at block \d+ is not/,
  ],
  [
    "an undo record that is missing",
    (tables) => tables.undos.removeSync(firstKey(tables, "undos", 5)),
    /undo record of block 5 is missing/,
  ],
];

for (const [what, damage, problem] of damages) {
  test(`a check finds ${what}`, async () => {
    const { problems } = await checkStore(await damaged(damage));
    assert.ok(
      problems.some((text) => problem.test(text)),
      problems.join("\n"),
    );
    assert.ok(problems.length <= 100);
  });
}

test("a check finds a damaged log and a log that is too short", async () => {
  const directory = await damaged(() => undefined);
  const file = join(logFolder(directory), readdirSync(logFolder(directory)).sort()[0]!);
  const bytes = readFileSync(file);
  writeFileSync(
    file,
    Buffer.concat([bytes.subarray(0, 200), Buffer.of(bytes[200]! ^ 1), bytes.subarray(201)]),
  );
  assert.match((await checkStore(directory)).problems[0]!, /is damaged at byte 32/);
  writeFileSync(file, bytes.subarray(0, 200));
  const report = await checkStore(directory);
  assert.match(report.problems[0]!, /the log ends at \d+, the checkpoint is of position \d+/);
  assert.ok(report.tornBytes > 0);
});

test("a check takes a last file that was made and not begun for none, wherever its first bytes end", async () => {
  const directory = await damaged(() => undefined);
  const files = logFolder(directory);
  const { base, length } = readdirSync(files)
    .map((name) => ({ base: Number.parseInt(name, 10), length: readFileSync(join(files, name)).length }))
    .sort((a, b) => a.base - b.base)
    .at(-1)!;
  const next = join(files, `${String(base + length - SEGMENT_HEADER).padStart(16, "0")}.log`);
  const { records } = await checkStore(directory);
  for (const bytes of [0, 1, SEGMENT_HEADER - 1]) {
    writeFileSync(next, Buffer.alloc(bytes));
    assert.deepEqual(await checkStore(directory), { ...(await checkStore(made.directory)), records });
  }
  writeFileSync(next, Buffer.alloc(SEGMENT_HEADER + 1));
  assert.match((await checkStore(directory)).problems[0]!, /is damaged at byte 0/);
});

test("nothing but a store is checked, pruned or migrated", async () => {
  for (const work of [checkStore, pruneStore, migrateStore]) {
    await assert.rejects(() => work(folder()), ForeignFolderError);
  }
});

test("pruning removes former states and leaves everything else", async () => {
  const directory = await damaged(() => undefined);
  const count = async () => {
    const tables = openTables(stateFolder(directory));
    const nodes = tables.nodes.getKeysCount({});
    await closeTables(tables);
    return nodes;
  };
  const before = await count();
  const { nodes, blocks } = await pruneStore(directory);
  assert.ok(nodes > 5);
  assert.equal(blocks, 0);
  assert.equal(await count(), before - nodes);
  assert.deepEqual(await pruneStore(directory), { nodes: 0, codes: 0, blocks: 0 });
  assert.deepEqual((await checkStore(directory)).problems, []);
  const chain = await TestChain.resume(await openStore({ directory, checkpointEvery: 1_000_000 }), 3);
  for (const [number, snapshot] of made.chain.snapshots.entries()) {
    assert.deepEqual(await chain.lookBack(BigInt(number)), snapshot);
  }
  await chain.goBack(12n);
  await chain.mine();
  await chain.store.writeCheckpoint(13n);
  await chain.close();
  assert.deepEqual((await checkStore(directory)).problems, []);
});

test("pruning history leaves the blocks asked for, and older ones are refused", async () => {
  const directory = await damaged(() => undefined);
  const { blocks } = await pruneStore(directory, { keepHistory: 10 });
  assert.equal(blocks, 26);
  assert.deepEqual((await checkStore(directory)).problems, []);
  const store = await openStore({ directory });
  assert.equal(store.oldest, 26n);
  assert.ok(store.payload(3n) !== undefined, "blocks stay");
  assert.throws(() => store.history(25n), HistoryGoneError);
  await assert.rejects(store.removeAbove(25n, 0), HistoryGoneError);
  const engine = await TestChain.engineOver(store);
  const old = store.history(26n);
  const wanted = made.chain.snapshots[26]!;
  for (const place of Object.keys(wanted).filter((name) => name.length === 42)) {
    const found = old.account(place as `0x${string}`);
    const account = found === undefined ? await engine.getAccount(place as `0x${string}`) : found.value;
    assert.deepEqual(account && [account.nonce, account.balance], wanted[place]);
  }
  await engine.close();
  await store.close();
  await assert.rejects(pruneStore(directory, { keepHistory: -1 }), { field: "keepHistory" });
});

test("a store of this format has nothing to migrate, a newer one is refused", async () => {
  const directory = await damaged(() => undefined);
  assert.deepEqual(await migrateStore(directory), { from: FORMAT, to: FORMAT });
  writeStamp(directory, FORMAT + 1);
  await assert.rejects(migrateStore(directory), NewerFolderError);
});

test("an older store is brought on step by step, and a step that was cut off is run again", async () => {
  const directory = await damaged(() => undefined);
  assert.throws(() => checkFolder(directory, FORMAT + 2), { name: "OlderFolderError", expected: FORMAT + 2 });
  let failures = 1;
  const steps: MigrationStep[] = [
    {
      from: FORMAT + 1,
      title: "blooms are stored apart",
      run: async () => {
        if (failures-- > 0) throw new Error("the power went");
      },
    },
    {
      from: FORMAT,
      title: "a table is added",
      run: async (path) => {
        const tables = openTables(stateFolder(path));
        tables.meta.putSync(Buffer.from("added"), Buffer.from("yes"));
        await closeTables(tables);
      },
    },
  ];
  const told: string[] = [];
  const migrate = () =>
    migrateBy(steps, FORMAT + 2, directory, { onStep: ({ title }) => void told.push(title) });
  await assert.rejects(migrate(), /the power went/);
  assert.equal(readStamp(directory), FORMAT + 1);
  assert.deepEqual(await migrate(), { from: FORMAT + 1, to: FORMAT + 2 });
  assert.deepEqual(told, ["a table is added", "blooms are stored apart", "blooms are stored apart"]);
  assert.equal(checkFolder(directory, FORMAT + 2), true);
  const tables = openTables(stateFolder(directory));
  assert.equal(Buffer.from(tables.meta.get(Buffer.from("added"))!).toString(), "yes");
  await closeTables(tables);
});

test("a format that no step begins with is told", async () => {
  const directory = await damaged(() => undefined);
  await assert.rejects(migrateBy([], FORMAT + 1, directory), { code: "NO_MIGRATION", met: FORMAT });
});

/** A file system of two MiB, where this process may make one. */
function smallFileSystem(): string | undefined {
  const path = folder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", path], { stdio: "ignore" });
    return path;
  } catch {
    return undefined;
  }
}

const mounted = process.platform === "linux" ? smallFileSystem() : undefined;

test("a checkpoint for which the disk has no room is refused, and written when it has", {
  skip: mounted === undefined,
}, async () => {
  try {
    const directory = join(mounted!, "store");
    const ballast = join(mounted!, "ballast");
    const chain = await TestChain.begin(await openStore({ directory, checkpointEvery: 1_000_000 }), 2);
    for (let i = 0; i < 30; i++) await chain.mine();
    let size = 3_000_000;
    for (; size > 1000; size = Math.floor(size * 0.8)) {
      try {
        writeFileSync(ballast, Buffer.alloc(size), { flag: "a" });
      } catch {
        // As much as there is room for.
      }
    }
    await assert.rejects(chain.store.writeCheckpoint(25n), DiskFullError);
    assert.equal(chain.store.checkpoint!.number, 0n);
    assert.deepEqual(await chain.lookBack(4n), chain.snapshots[4]);
    rmSync(ballast);
    await chain.store.writeCheckpoint(25n);
    assert.equal(chain.store.checkpoint!.number, 25n);
    await chain.close();
    assert.deepEqual((await checkStore(directory)).problems, []);
  } finally {
    execFileSync("umount", [mounted!]);
  }
});
