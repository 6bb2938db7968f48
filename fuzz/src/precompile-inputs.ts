// Inputs for precompiles: right ones, nearly right ones, and others.

import { COMMITMENTS, versionedHash } from "./blobs.ts";
import type { Random } from "./random.ts";

const word = (value: bigint | number, bytes = 32): string => value.toString(16).padStart(bytes * 2, "0");

const BN_P = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
const BN_G1 = word(1) + word(2);
const BN_MINUS_G1 = word(1) + word(BN_P - 2n);
const BN_TWICE_G1 =
  "030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3" +
  "15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4";
const BN_G2 =
  "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2" +
  "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed" +
  "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b" +
  "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";

const BLS_P =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;
const BLS_R = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
const BLS_X =
  "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";
const BLS_Y =
  "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1";
const pad = (field: string): string => `${"00".repeat(16)}${field}`;
const BLS_G1 = pad(BLS_X) + pad(BLS_Y);
const BLS_MINUS_G1 = pad(BLS_X) + word(BLS_P - BigInt(`0x${BLS_Y}`), 64);
const BLS_G2 = [
  "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8",
  "13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e",
  "0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801",
  "0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be",
]
  .map(pad)
  .join("");

/** A signature of the test's own key: hash, r, s, x, y. */
const P256 =
  "0909090909090909090909090909090909090909090909090909090909090909" +
  "847e2008bda98b7707da0c7088d9ea60e128ba1376c01e54430ba6e5d9fc8d5c" +
  "96ed2459fd3745448332580521f9d559fb610a82972559b8dede0d179becec3b" +
  "1e18532fd4754c02f3041d9c75ceb33b83ffd81ac7ce4fe882ccb1c98bc5896e" +
  "a46c311c4e2ff40dd96a3653e6e45445d32dfe486eced75c7a90c6a18881c0a3";

const SECP_X = "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5";

function ecrecover(random: Random): string {
  const v = random.weighted([
    [8, 27 + random.below(2)],
    [1, random.below(40)],
  ]);
  const r = random.chance(80) ? SECP_X : random.hex(32);
  return random.hex(32) + word(v) + r + (random.chance(90) ? random.hex(32) : word(random.below(3)));
}

function modexp(random: Random): string {
  const length = () => random.skewed(random.chance(3) ? 1100 : 70);
  const [base, exponent, modulus] = [length(), length(), length()];
  const head = word(base) + word(exponent) + word(random.chance(97) ? modulus : random.word());
  const digits = (bytes: number) => (random.chance(15) ? "00".repeat(bytes) : random.hex(bytes));
  return head + digits(base) + digits(exponent) + digits(modulus);
}

function bnPoint(random: Random): string {
  return random.pick([BN_G1, BN_MINUS_G1, BN_TWICE_G1, "00".repeat(64), random.hex(64), BN_G1]);
}

function bnPairing(random: Random): string {
  const pair = () => bnPoint(random) + (random.chance(85) ? BN_G2 : "00".repeat(128));
  if (random.chance(40)) return BN_G1 + BN_G2 + BN_MINUS_G1 + BN_G2;
  return Array.from({ length: random.below(3) }, pair).join("");
}

function blake2(random: Random): string {
  const rounds = random.pick([0, 1, 12, random.below(3000)]);
  return word(rounds, 4) + random.hex(208) + word(random.chance(90) ? random.below(2) : 2, 1);
}

function kzg(random: Random): string {
  const blob = random.below(COMMITMENTS.length);
  const y = random.chance(75) ? blob : random.below(5);
  const z = random.chance(90) ? BigInt(`0x${random.hex(31)}`) : BLS_R;
  return `${versionedHash(blob).slice(2) + word(z) + word(y) + COMMITMENTS[blob]!}c0${"00".repeat(47)}`;
}

const blsG1 = (random: Random): string =>
  random.pick([BLS_G1, BLS_MINUS_G1, "00".repeat(128), BLS_G1, pad(random.hex(48)).repeat(2)]);
const blsG2 = (random: Random): string => random.pick([BLS_G2, BLS_G2, "00".repeat(256)]);
const several = (random: Random, most: number, item: () => string): string =>
  Array.from({ length: random.between(0, most) }, item).join("");
const scalar = (random: Random): string => word(random.word());

const INPUTS: Record<number, (random: Random) => string> = {
  1: ecrecover,
  5: modexp,
  6: (random) => bnPoint(random) + bnPoint(random),
  7: (random) => bnPoint(random) + scalar(random),
  8: bnPairing,
  9: blake2,
  10: kzg,
  11: (random) => blsG1(random) + blsG1(random),
  12: (random) => several(random, 3, () => blsG1(random) + scalar(random)),
  13: (random) => blsG2(random) + blsG2(random),
  14: (random) => several(random, 2, () => blsG2(random) + scalar(random)),
  15: (random) =>
    random.chance(40)
      ? BLS_G1 + BLS_G2 + BLS_MINUS_G1 + BLS_G2
      : several(random, 2, () => blsG1(random) + blsG2(random)),
  16: (random) => pad(random.chance(90) ? `0${random.hex(48).slice(1)}` : random.hex(48)),
  17: (random) => pad(`0${random.hex(48).slice(1)}`) + pad(`0${random.hex(48).slice(1)}`),
  256: () => P256,
};

/** An input for the precompile at `address`, as hex digits. */
export function precompileInput(random: Random, address: number): string {
  const right = INPUTS[address]?.(random) ?? random.hex(random.skewed(200));
  switch (random.below(12)) {
    case 0:
      return right.slice(0, random.below(right.length / 2 + 1) * 2);
    case 1:
      return right + random.hex(random.between(1, 40));
    case 2: {
      const at = random.below(right.length / 2 + 1) * 2;
      return right.slice(0, at) + random.hex(1) + right.slice(at + 2);
    }
    default:
      return right;
  }
}
