// A process with a local chain in a directory that does all that one can do with it until it is killed. It says what it is
// about to do, and how things are when that is acknowledged. What it meets when it opens the directory is compared with what the
// process before it had said.

import assert from "node:assert/strict";
import { readFileSync, writeSync } from "node:fs";
import type { Hex } from "@heddle/engine";
import { type DevChain, openDevChain } from "../../src/index.ts";
import { COUNTER, COUNTER_CODE, ETHER, person } from "../support/people.ts";
import { tellCheckpoints } from "./checkpoints.ts";
import { type Said, type Sight, sequence, TOUCHED, type Work } from "./said.ts";

const [directory, seed, saidFile, forkUrl] = process.argv.slice(2);
const random = sequence(Number(seed));
const say = (word: string, what: unknown = {}) => writeSync(1, `${word} ${JSON.stringify(what)}\n`);
const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
const strangers = Array.from({ length: 4 }, (_, i) => person(50 + i).address);

async function look(dev: DevChain): Promise<Sight> {
  const { chain, clock } = dev;
  // Those that can never be executed any more go when their senders are looked at.
  await chain.pool.content();
  const { offset, next, interval } = clock.state;
  return {
    number: Number(chain.head.number),
    hash: chain.head.hash,
    root: chain.engine.stateRoot!,
    edits: chain.mark().edits,
    waiting: Array.from(chain.pool.transactions(), ({ hash }) => hash).sort(),
    clock: [String(offset), String(next), String(interval)],
    mining: JSON.stringify(dev.mining),
    impersonated: strangers.map((address) => dev.isImpersonated(address)),
    snapshots: dev.snapshots,
  };
}

/** What was acknowledged is there; what was tried is there or is not. */
function compare(dev: DevChain, met: Sight, { done, tried }: Said): void {
  const touched: readonly (keyof Sight)[] = tried === undefined ? [] : TOUCHED[tried.kind];
  for (const field of Object.keys(done) as (keyof Sight)[]) {
    if (!touched.includes(field)) assert.deepEqual(met[field], done[field], `${field} after ${tried?.kind}`);
  }
  const { chain } = dev;
  const base = met.hash === done.hash || tried?.base === undefined ? done.hash : tried.base;
  const kept = chain.block(base);
  assert.ok(kept !== undefined && chain.isMain(kept), `block ${base} after ${tried?.kind}`);
  if (tried?.kind === "revert") return;
  for (const hash of done.waiting) {
    const isThere =
      met.waiting.includes(hash) || chain.transaction(hash) !== undefined || hash === tried?.drops;
    assert.ok(isThere, `transaction ${hash} after ${tried?.kind}`);
  }
}

tellCheckpoints(say);
const dev = await openDevChain({
  directory: directory!,
  ...(forkUrl === undefined ? {} : { fork: { url: forkUrl, cache: false } }),
  workers: 0,
  memoryLimit: 2 ** 27,
  accounts: 4,
  // The first thing that is compared; the kept one follows.
  mining: { kind: "manual" },
  checkpointDistance: 2,
  checkpointEvery: 2,
  segmentBytes: 20_000,
  onCheckpointError: (error) => {
    throw error;
  },
});
const said: Said | null = JSON.parse(readFileSync(saidFile!, "utf8"));
const begun = await look(dev);
if (said !== null) compare(dev, begun, { ...said, done: { ...said.done, mining: begun.mining } });
else {
  await dev.setCode(COUNTER, COUNTER_CODE);
  for (const address of strangers) await dev.setBalance(address, ETHER);
}
say("done", await look(dev));

const transfer = () => ({ to: pick(strangers), value: 1n, gas: 21_000n });
const call = () => ({ to: COUNTER, gas: 100_000n });

async function send(): Promise<void> {
  const froms = dev.accounts.filter(() => random(2) === 0);
  await Promise.all(
    froms.map(({ address }) => dev.sendTransaction(address, random(2) ? transfer() : call())),
  );
}

async function impersonate(): Promise<void> {
  const address = pick(strangers);
  if (random(3) === 0) dev.stopImpersonating(address);
  else dev.impersonate(address);
  await dev.durable();
}

async function sendAs(): Promise<void> {
  const address = strangers.find((one) => dev.isImpersonated(one));
  if (address !== undefined) await dev.sendTransaction(address, call());
}

function edit(): Promise<void> {
  const slot: Hex = `0x${String(random(9)).padStart(64, "0")}`;
  switch (random(4)) {
    case 0:
      return dev.setBalance(pick(strangers), ETHER + BigInt(random(100)));
    case 1:
      return dev.setNonce(person(60 + random(4)).address, BigInt(1 + random(4)));
    case 2:
      return dev.setCode(person(70 + random(2)).address, random(2) ? COUNTER_CODE : "0x6001");
    default:
      return dev.setStorageAt(COUNTER, slot, BigInt(random(3)));
  }
}

async function time(): Promise<void> {
  if (random(2) === 0) dev.clock.increase(BigInt(random(50)));
  else dev.setNextTimestamp(dev.chain.head.header.timestamp + 20n + BigInt(random(20)));
  await dev.durable();
}

async function mining(): Promise<void> {
  dev.setMining(dev.mining.kind === "auto" ? { kind: "manual" } : { kind: "auto" });
  await dev.durable();
  // What waits is in a block before anything else happens.
  if (dev.mining.kind === "auto") await dev.build();
}

/** Blocks that were made here. */
const length = () => Number(dev.chain.head.number - dev.chain.genesis.number);

function depth(): number {
  return 1 + random(Math.min(5, length()));
}

/** Something to do, and what it would leave of the chain. */
function next(): [Work, () => Promise<unknown>] {
  const { chain } = dev;
  const { number } = chain.head;
  const back = length() > 3 ? depth() : 0;
  const base = back > 0 ? chain.block(number - BigInt(back))!.hash : undefined;
  const waiting = Array.from(chain.pool.transactions(), ({ hash }) => hash);
  const dice = random(20);
  if (dice < 6) return [{ kind: "send" }, send];
  if (dice < 8) return [{ kind: "mine" }, () => dev.mine()];
  if (dice < 10) return [{ kind: "edit" }, edit];
  if (dice === 10) return [{ kind: "impersonate" }, impersonate];
  if (dice === 11) return [{ kind: "send" }, sendAs];
  if (dice === 12) return [{ kind: "time" }, time];
  if (dice === 13) return [{ kind: "mining" }, mining];
  if (dice < 16) return [{ kind: "snapshot" }, () => dev.snapshot()];
  if (dice === 16 && dev.snapshots.length > 0) {
    const id = pick(dev.snapshots);
    return [{ kind: "revert", base: dev.snapshotBlock(id)! }, () => dev.revert(id)];
  }
  if (dice === 17 && base !== undefined) return [{ kind: "rollback", base }, () => dev.rollback(back)];
  if (dice === 18 && base !== undefined) return [{ kind: "reorg", base }, () => dev.reorg(back)];
  const drops = waiting.length > 0 ? pick(waiting) : undefined;
  if (dice === 19 && drops !== undefined) {
    const drop = async () => {
      dev.drop(drops);
      await dev.durable();
    };
    return [{ kind: "drop", drops }, drop];
  }
  return [{ kind: "mine" }, () => dev.mine()];
}

for (;;) {
  const [work, go] = next();
  say("try", work);
  await go();
  say("done", await look(dev));
}
