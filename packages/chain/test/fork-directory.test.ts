import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Hex } from "@heddle/engine";
import { checkStore, OtherChainError } from "@heddle/store";
import {
  type DevChain,
  type DevChainOptions,
  devAccounts,
  type ForkOptions,
  openDevChain,
  RemoteError,
} from "../src/index.ts";
import { slotOf } from "./support/counting.ts";
import { directory } from "./support/directories.ts";
import { FakeRemote } from "./support/fake-remote.ts";
import { COUNTER, COUNTER_CODE, ETHER, person } from "./support/people.ts";

const [first, second] = devAccounts(2);
const rich = person(5).address;
const unread = person(6).address;
const quick = { workers: 0, memoryLimit: 2 ** 27, accounts: 2 } as const;

let remoteChain: DevChain;
let remote: FakeRemote;
const opened: DevChain[] = [];

before(async () => {
  remoteChain = await openDevChain({ ...quick, chainId: 4242, timestamp: 1_700_000_000n });
  for (const address of [rich, unread]) await remoteChain.setBalance(address, 7n * ETHER);
  await remoteChain.setCode(COUNTER, COUNTER_CODE);
  await remoteChain.setStorageAt(COUNTER, slotOf(first!.address), 41n);
  await remoteChain.mineMany(3);
  remote = await FakeRemote.start(remoteChain);
});
after(async () => {
  for (const dev of opened) await dev.close();
  await remote.close();
  await remoteChain.close();
});

interface Place extends Omit<DevChainOptions, "fork"> {
  fork?: Partial<ForkOptions>;
  isAway?: boolean;
}

async function open(path: string, { fork, isAway = false, ...options }: Place = {}): Promise<DevChain> {
  remote.lie = (_, result) => result;
  remote.fault = (_, response) => {
    if (isAway) response.destroy();
    return isAway;
  };
  remote.asked.length = 0;
  const given = { url: remote.url, cache: false as const, retries: 0, ...fork };
  const dev = await openDevChain({ ...quick, ...options, directory: path, fork: given });
  opened.push(dev);
  return dev;
}

const count = async (dev: DevChain, address: Hex) => dev.chain.state().storage(COUNTER, slotOf(address));
const balanceOf = async (dev: DevChain, address: Hex) => (await dev.chain.state().account(address))?.balance;
const counts = { to: COUNTER, gas: 100_000n };

test("a restart needs the remote only for what was not read", async () => {
  const path = directory();
  const dev = await open(path, { workers: 2 });
  const begun = dev.chain.genesis;
  await dev.setBalance(person(9).address, 5n);
  // Senders in turn, so that some are executed in vain where there are several lanes.
  for (let round = 0; round < 3; round++) {
    dev.setMining({ kind: "manual" });
    for (const { address } of [first!, second!, first!]) await dev.sendTransaction(address, counts);
    await dev.sendTransaction(first!.address, { to: rich, value: 1n, gas: 21_000n });
    await dev.mine();
  }
  dev.setMining({ kind: "auto" });
  dev.impersonate(rich);
  await dev.sendTransaction(rich, { to: person(9).address, value: ETHER, gas: 21_000n });
  const snapshot = await dev.snapshot();
  await dev.mine();
  const { hash } = dev.chain.head;
  await dev.close();

  const again = await open(path, { isAway: true });
  assert.deepEqual(remote.asked, []);
  assert.equal(again.chain.head.hash, hash);
  assert.equal(again.chain.head.number, 8n);
  assert.equal(again.chain.genesis.hash, begun.hash);
  assert.equal(await count(again, first!.address), 41n + 6n);
  assert.equal(await count(again, second!.address), 3n);
  assert.equal(await balanceOf(again, person(9).address), 5n + ETHER);
  // The state behind older blocks, and those up to the fork's own.
  assert.equal(await again.chain.state(4n).storage(COUNTER, slotOf(first!.address)), 43n);
  assert.equal(await again.chain.state(3n).storage(COUNTER, slotOf(first!.address)), 41n);
  assert.equal(again.isImpersonated(rich), true);
  // What nobody has read is missed, and nothing else stops.
  await assert.rejects(balanceOf(again, unread), (error: Error) => {
    const cause = error instanceof RemoteError ? error : error.cause;
    return cause instanceof RemoteError && cause.problem === "UNREACHABLE";
  });
  assert.equal(await again.revert(snapshot), true);
  assert.equal(again.chain.head.number, 7n);
  await again.reset();
  assert.equal(await count(again, first!.address), 41n);
  assert.equal(await balanceOf(again, person(9).address), undefined);
  await again.close();

  // When it is back it is asked, but never for what was read.
  const third = await open(path);
  assert.equal(third.chain.head.hash, begun.hash);
  assert.equal(await count(third, first!.address), 41n);
  assert.deepEqual(remote.asked, []);
  assert.equal(await balanceOf(third, unread), 7n * ETHER);
  assert.deepEqual(remote.asked.slice(0, 2).sort(), ["eth_chainId", "eth_getBlockByNumber"]);
  await third.sendTransaction(first!.address, counts);
  assert.equal(await count(third, first!.address), 42n);
  assert.equal(remote.asked.filter((method) => method === "eth_getBalance").length, 1);
  await third.close();
  assert.deepEqual((await checkStore(path)).problems, []);
});

test("values that a cache had are in the directory too", async () => {
  const path = directory();
  const cache = directory();
  remote.fault = () => false;
  const warm = await openDevChain({ ...quick, fork: { url: remote.url, cache } });
  await warm.sendTransaction(first!.address, counts);
  await warm.close();
  const dev = await open(path, { fork: { cache } });
  await dev.sendTransaction(first!.address, counts);
  assert.deepEqual(
    remote.asked.filter((method) => method === "eth_getBalance" || method === "eth_getStorageAt"),
    [],
  );
  await dev.close();
  rmSync(cache, { recursive: true });
  const again = await open(path, { isAway: true });
  assert.equal(await count(again, first!.address), 42n);
  await again.close();
});

test("a directory of another beginning is refused", async () => {
  const path = directory();
  await (await open(path, { fork: { blockNumber: 2n } })).close();
  const refused = (field: RegExp) => (error: unknown) =>
    error instanceof OtherChainError && field.test(error.message);
  await assert.rejects(open(path, { fork: { blockNumber: 3n } }), refused(/remote block is 2, not 3/));
  await assert.rejects(open(path, { fork: { chainId: 1n } }), refused(/id is 4242, not 1/));
  await assert.rejects(open(path, { chainId: 7 }), refused(/chainId is 4242, not 7/i));
  await assert.rejects(open(path, { fork: { verifyProofs: true } }), refused(/taken on trust/));
  await assert.rejects(openDevChain({ ...quick, directory: path }), refused(/block 2 of the chain at http/));
  // Neither the newest one nor one that is counted from it is looked for again.
  for (const fork of [{}, { blockNumber: -1n }, { blockNumber: 2n, chainId: 4242n }]) {
    const dev = await open(path, { fork, isAway: true });
    assert.equal(dev.fork?.block.header.number, 2n);
    await dev.close();
  }

  const own = directory();
  await (await openDevChain({ ...quick, directory: own })).close();
  await assert.rejects(open(own), refused(/beginning is a genesis, not a block of a remote chain/));
});

test("a remote that has another block in that place is not asked for values", async () => {
  const path = directory();
  await (await open(path)).close();
  const dev = await open(path);
  remote.lie = ({ method }, result) =>
    method === "eth_getBlockByNumber" ? { ...(result as object), hash: `0x${"12".repeat(32)}` } : result;
  await assert.rejects(balanceOf(dev, unread), (error: Error) => {
    const cause = error instanceof RemoteError ? error : error.cause;
    return cause instanceof RemoteError && cause.problem === "WRONG_CHAIN";
  });
  assert.equal(remote.asked.includes("eth_getBalance"), false);
  await dev.close();
});

test("a key in the remote's address is not written into the directory", async () => {
  const path = directory();
  await (await open(path, { fork: { url: `${remote.url}/v3/secret` } })).close();
  const text = readFileSync(join(path, "fork.json"), "utf8");
  assert.ok(text.includes(remote.url) && !text.includes("secret"));
});
