import assert from "node:assert/strict";
import { test } from "node:test";
import {
  blobBaseFee,
  fakeExponential,
  gasLimitBounds,
  nextBaseFee,
  nextDifficulty,
  nextExcessBlobGas,
} from "../src/fees.ts";
import { Fork, MAINNET, rulesAt } from "../src/forks.ts";

const CANCUN = { target: 3, max: 6, baseFeeUpdateFraction: 3338477 };
const PRAGUE = { target: 6, max: 9, baseFeeUpdateFraction: 5007716 };
const later = { londonFirst: false };

test("the fake exponential is the integer part of the Taylor series", () => {
  // Values of EIP-4844's own tests.
  const cases: [bigint, bigint, bigint, bigint][] = [
    [1n, 0n, 1n, 1n],
    [38493n, 0n, 1000n, 38493n],
    [0n, 1234n, 2345n, 0n],
    [1n, 2n, 1n, 6n],
    [1n, 4n, 2n, 6n],
    [1n, 3n, 1n, 16n],
    [1n, 6n, 2n, 18n],
    [1n, 4n, 1n, 49n],
    [1n, 8n, 2n, 50n],
    [10n, 8n, 2n, 542n],
    [11n, 8n, 2n, 596n],
    [1n, 5n, 1n, 136n],
    [1n, 5n, 2n, 11n],
    [2n, 5n, 2n, 23n],
    [1n, 50000000n, 2225652n, 5709098764n],
  ];
  for (const [factor, numerator, denominator, expected] of cases) {
    assert.equal(
      fakeExponential(factor, numerator, denominator),
      expected,
      `${factor}, ${numerator}, ${denominator}`,
    );
  }
});

test("the blob base fee starts at one wei and never falls as the excess grows", () => {
  let before = 0n;
  for (let excess = 0n; excess < 120_000_000n; excess += 1_310_720n) {
    const fee = blobBaseFee(excess, CANCUN);
    assert.ok(fee >= 1n && fee >= before);
    before = fee;
  }
});

test("the excess blob gas is what was used above the target", () => {
  const rules = { fork: Fork.Cancun, blobs: CANCUN };
  const blob = 131072n;
  const next = (excessBlobGas: bigint, blobGasUsed: bigint) =>
    nextExcessBlobGas({ excessBlobGas, blobGasUsed }, rules);
  assert.equal(next(0n, 0n), 0n);
  assert.equal(next(0n, 3n * blob), 0n);
  assert.equal(next(0n, 4n * blob), blob);
  assert.equal(next(10n * blob, 0n), 7n * blob);
  assert.equal(nextExcessBlobGas({}, rules), 0n, "a parent from before Cancun has none");
});

test("from Osaka on a high base fee stops the blob price from falling (EIP-7918)", () => {
  const parent = { excessBlobGas: 0n, blobGasUsed: 7n * 131072n, baseFeePerGas: 17n };
  assert.equal(nextExcessBlobGas(parent, { fork: Fork.Prague, blobs: PRAGUE }), 131072n);
  // 8192 * 17 > 131072 * 1: a third of what was used is added, nothing is taken away.
  assert.equal(nextExcessBlobGas(parent, { fork: Fork.Osaka, blobs: PRAGUE }), (7n * 131072n) / 3n);
  assert.equal(
    nextExcessBlobGas({ ...parent, baseFeePerGas: 16n }, { fork: Fork.Osaka, blobs: PRAGUE }),
    131072n,
  );
});

test("the base fee moves by at most an eighth, and up by at least one wei", () => {
  const parent = { gasLimit: 20_000_000n, baseFeePerGas: 1_000_000_000n };
  assert.equal(nextBaseFee({ ...parent, gasUsed: 10_000_000n }, later), 1_000_000_000n);
  assert.equal(nextBaseFee({ ...parent, gasUsed: 9_000_000n }, later), 987_500_000n);
  assert.equal(nextBaseFee({ ...parent, gasUsed: 11_000_000n }, later), 1_012_500_000n);
  assert.equal(nextBaseFee({ ...parent, gasUsed: 20_000_000n }, later), 1_125_000_000n);
  assert.equal(nextBaseFee({ ...parent, gasUsed: 0n }, later), 875_000_000n);
  assert.equal(nextBaseFee({ gasLimit: 20_000_000n, gasUsed: 10_000_001n, baseFeePerGas: 7n }, later), 8n);
  assert.equal(nextBaseFee({ gasLimit: 1n, gasUsed: 1n }, { londonFirst: true }), 1_000_000_000n);
});

test("the gas limit may move by less than a 1024th, and doubles at London", () => {
  assert.deepEqual(gasLimitBounds({ gasLimit: 1_024_000n }, later), {
    lowest: 1_023_001n,
    highest: 1_024_999n,
  });
  assert.deepEqual(gasLimitBounds({ gasLimit: 5000n }, later), { lowest: 5000n, highest: 5003n });
  assert.deepEqual(gasLimitBounds({ gasLimit: 512_000n }, { londonFirst: true }), {
    lowest: 1_023_001n,
    highest: 1_024_999n,
  });
});

test("difficulties of real mainnet blocks follow from their parents", () => {
  // [parent number, parent time, parent difficulty, parent has uncles, time, difficulty], from mainnet.
  const blocks: [bigint, bigint, bigint, boolean, bigint, bigint][] = [
    [0n, 0n, 17179869184n, false, 1438269988n, 17171480576n],
    [1n, 1438269988n, 17171480576n, false, 1438270017n, 17163096064n],
    [2n, 1438270017n, 17163096064n, false, 1438270048n, 17154715646n],
  ];
  for (const [number, timestamp, difficulty, hasUncles, time, expected] of blocks) {
    const rules = rulesAt(MAINNET, { number: number + 1n, timestamp: time });
    assert.equal(nextDifficulty({ number, timestamp, difficulty, hasUncles }, time, rules), expected);
  }
});

test("the bomb adds a power of two every 100,000 blocks, less what each fork put off", () => {
  const parent = { timestamp: 1000n, difficulty: 2n ** 40n, hasUncles: false };
  const bomb = (number: bigint, fork: Fork, bombDelay: bigint) => {
    const rules = { fork, bombDelay };
    const quiet = nextDifficulty({ ...parent, number: 1n }, 1010n, rules);
    return nextDifficulty({ ...parent, number: number - 1n }, 1010n, rules) - quiet;
  };
  assert.equal(bomb(199_999n, Fork.Frontier, 0n), 0n);
  assert.equal(bomb(200_000n, Fork.Frontier, 0n), 1n);
  assert.equal(bomb(1_000_000n, Fork.Homestead, 0n), 2n ** 8n);
  assert.equal(bomb(4_400_000n, Fork.Byzantium, 3_000_000n), 2n ** 12n);
  assert.equal(bomb(13_000_000n, Fork.London, 9_700_000n), 2n ** 31n);
});

test("difficulty falls by at most 99 steps and never below the minimum", () => {
  const rules = { fork: Fork.Byzantium, bombDelay: 3_000_000n } as const;
  const parent = { number: 5n, timestamp: 0n, difficulty: 2048n * 1000n, hasUncles: false };
  assert.equal(nextDifficulty(parent, 1_000_000n, rules), 2048n * 1000n - 99n * 1000n);
  assert.equal(nextDifficulty({ ...parent, difficulty: 131072n }, 1_000_000n, rules), 131072n);
});
