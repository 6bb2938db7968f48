import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChainConfig, Fork, MAINNET, networkConfig, rulesAt } from "../src/forks.ts";

const at = (number: number | bigint, timestamp = 0) =>
  rulesAt(MAINNET, { number: BigInt(number), timestamp: BigInt(timestamp) });

test("mainnet's forks begin at their block, not one earlier", () => {
  const firsts: [number, Fork][] = [
    [1150000, Fork.Homestead],
    [2463000, Fork.Tangerine],
    [2675000, Fork.Spurious],
    [4370000, Fork.Byzantium],
    [7280000, Fork.Petersburg],
    [9069000, Fork.Istanbul],
    [12244000, Fork.Berlin],
    [12965000, Fork.London],
    [15537394, Fork.Paris],
  ];
  let before: Fork = Fork.Frontier;
  for (const [number, fork] of firsts) {
    assert.equal(at(number - 1).fork, before, `block ${number - 1}`);
    assert.equal(at(number).fork, fork, `block ${number}`);
    before = fork;
  }
});

test("mainnet's timed forks begin at their second", () => {
  const number = 20_000_000;
  assert.equal(at(number, 1681338454).fork, Fork.Paris);
  assert.equal(at(number, 1681338455).fork, Fork.Shanghai);
  assert.equal(at(number, 1710338135).fork, Fork.Cancun);
  assert.equal(at(number, 1746612311).fork, Fork.Prague);
  assert.equal(at(number, 1764798551).fork, Fork.Osaka);
});

test("the blob schedule follows the BPO forks without a change of the rules", () => {
  const schedule = (time: number) => {
    const { fork, blobs } = at(23_000_000, time);
    return [fork, blobs?.target, blobs?.max, blobs?.baseFeeUpdateFraction];
  };
  assert.deepEqual(schedule(1710338134), [Fork.Shanghai, undefined, undefined, undefined]);
  assert.deepEqual(schedule(1710338135), [Fork.Cancun, 3, 6, 3338477]);
  assert.deepEqual(schedule(1746612311), [Fork.Prague, 6, 9, 5007716]);
  assert.deepEqual(schedule(1764798551), [Fork.Osaka, 6, 9, 5007716]);
  assert.deepEqual(schedule(1765290071), [Fork.Osaka, 10, 15, 8346193]);
  assert.deepEqual(schedule(1767747671), [Fork.Osaka, 14, 21, 11684671]);
});

test("the DAO fork is one block, its mark in the extra data ten", () => {
  assert.deepEqual(
    [1919999, 1920000, 1920001].map((n) => at(n).daoFork),
    [false, true, false],
  );
  assert.deepEqual(
    [1919999, 1920000, 1920009, 1920010].map((n) => at(n).daoExtraData),
    [false, true, true, false],
  );
});

test("a network's name gives the rules of that fork from genesis on", () => {
  const first = (name: string) => rulesAt(networkConfig(name), { number: 0n, timestamp: 0n });
  assert.equal(first("Frontier").fork, Fork.Frontier);
  assert.equal(first("EIP150").fork, Fork.Tangerine);
  assert.equal(first("Constantinople").fork, Fork.Constantinople);
  assert.equal(first("ConstantinopleFix").fork, Fork.Petersburg);
  assert.equal(first("Paris").fork, Fork.Paris);
  assert.equal(first("Osaka").fork, Fork.Osaka);
  assert.deepEqual(first("BPO2").blobs?.target, 14);
  assert.equal(first("Amsterdam").fork, Fork.Amsterdam);
  assert.equal(first("Amsterdam").blobs?.target, 14);
});

test("Amsterdam is a list of EIPs, and an EIP may be put on top of an earlier fork by itself", () => {
  const eipsOf = (config: ChainConfig) => [...rulesAt(config, { number: 1n, timestamp: 20000n }).eips];
  assert.deepEqual(eipsOf(networkConfig("Osaka")), []);
  const amsterdam = [7708, 7778, 7843, 7928, 7954, 7976, 7981, 8024, 8037];
  assert.deepEqual(eipsOf(networkConfig("BPO2ToAmsterdamAtTime15k")), amsterdam);
  assert.deepEqual(eipsOf({ ...networkConfig("Osaka"), eips: [7708] }), [7708]);
  assert.throws(() => eipsOf({ ...networkConfig("Osaka"), eips: [7702] }), {
    name: "InvalidArgumentError",
    field: "eips",
  });
});

test("transition networks change their rules at the block, second or difficulty in their name", () => {
  const rules = (name: string, number: bigint, timestamp: bigint, parentTotalDifficulty?: bigint) =>
    rulesAt(networkConfig(name), { number, timestamp, parentTotalDifficulty });
  assert.equal(rules("BerlinToLondonAt5", 4n, 0n).fork, Fork.Berlin);
  assert.equal(rules("BerlinToLondonAt5", 5n, 0n).fork, Fork.London);
  assert.equal(rules("BerlinToLondonAt5", 5n, 0n).londonFirst, true);
  assert.equal(rules("ByzantiumToConstantinopleFixAt5", 5n, 0n).fork, Fork.Petersburg);
  assert.equal(rules("HomesteadToDaoAt5", 5n, 0n).daoFork, true);
  assert.equal(rules("CancunToPragueAtTime15k", 1n, 14999n).fork, Fork.Cancun);
  assert.equal(rules("CancunToPragueAtTime15k", 1n, 15000n).fork, Fork.Prague);
  assert.equal(rules("BPO1ToBPO2AtTime15k", 1n, 15000n).blobs?.target, 14);
  assert.equal(rules("ArrowGlacierToParisAtDiffC0000", 1n, 0n, 0xbffffn).fork, Fork.London);
  assert.equal(rules("ArrowGlacierToParisAtDiffC0000", 1n, 0n, 0xc0000n).fork, Fork.Paris);
});

test("a fixture's own blob schedule wins", () => {
  const blobSchedule = { Cancun: { target: 2, max: 4, baseFeeUpdateFraction: 7 } };
  const config = networkConfig("Cancun", { blobSchedule });
  assert.deepEqual(rulesAt(config, { number: 1n, timestamp: 1n }).blobs, blobSchedule.Cancun);
});

test("a name that is no network is refused", () => {
  for (const name of ["", "Londom", "LondonToBerlinAt5", "BerlinToNowhereAt5"]) {
    assert.throws(() => networkConfig(name), { name: "InvalidArgumentError", field: "network" });
  }
});
