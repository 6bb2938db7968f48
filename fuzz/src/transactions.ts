// Random transactions of all types: most of them right, some wrong in one way.

import { bytesToHex } from "@heddle/cli";
import type { Hex } from "@heddle/engine";
import * as ContractAddress from "ox/ContractAddress";
import type { CaseAuthorization, CaseTransaction } from "./case.ts";
import { PRECOMPILES } from "./coverage.ts";
import { precompileInput } from "./precompile-inputs.ts";
import { initProgram } from "./programs.ts";
import { SIGNERS, signerAddress } from "./sign.ts";
import { addressOf, type World } from "./world.ts";

const hex = (value: bigint | number): Hex => `0x${value.toString(16)}`;
/** Keys that send: few, so that there are chains of transactions of one sender. */
const SENDERS = 14;
/** EIP-7825. */
const GAS_CAP = 2 ** 24;

function randomType(world: World, kind: "mixed" | "blob" | "own"): CaseTransaction["type"] {
  const { random } = world;
  if (kind === "blob") return 3;
  if (kind === "own" && random.chance(12)) return 3;
  if (random.chance(1)) return random.pick([1, 2, 4]);
  return random.weighted<CaseTransaction["type"]>([
    [3, 0],
    [world.has("Berlin") ? 2 : 0, 1],
    [world.has("London") ? 4 : 0, 2],
    [world.has("Prague") ? 2 : 0, 4],
  ]);
}

/** About what the transaction costs before it runs; its data at the floor's price (EIP-7623, EIP-7976). */
function intrinsicGas(
  world: World,
  t: Pick<CaseTransaction, "to" | "data" | "accessList" | "authorizations">,
): number {
  const bytes = (t.data.length - 2) / 2;
  // From Amsterdam on what stays in the state costs far more (EIP-8037).
  const amsterdam = world.has("Amsterdam");
  const create = t.to === undefined ? (amsterdam ? 180_000 : 32_000) + Math.ceil(bytes / 32) * 2 : 0;
  const keys = t.accessList.reduce((sum, { storageKeys }) => sum + 2400 + 1900 * storageKeys.length, 0);
  const authorizations = (amsterdam ? 250_000 : 25_000) * t.authorizations.length;
  return 21_000 + create + keys * (amsterdam ? 3 : 1) + authorizations + bytes * (amsterdam ? 64 : 40);
}

function randomGas(world: World, base: number): number {
  const { random } = world;
  switch (
    random.weighted([
      [45, 0],
      [15, 1],
      [25, 2],
      [8, 3],
      [1, 4],
      [1, 5],
      [1, 6],
    ])
  ) {
    case 0:
      return base + random.between(150_000, 900_000);
    case 1:
      return base + random.skewed(6_000);
    case 2:
      return base + random.skewed(200_000);
    case 3:
      return random.between(900_000, 5_000_000);
    case 4:
      return random.pick([0, 20_999, 21_000, 21_001, 53_000]);
    case 5:
      return GAS_CAP + random.between(-1, 1);
    default:
      return random.between(1_000_000, random.chance(20) ? 160_000_000 : 16_000_000);
  }
}

function randomData(world: World, to: Hex | undefined): Hex {
  const { random } = world;
  if (to === undefined) {
    // The largest init code (EIP-3860), and one more byte.
    if (random.chance(0.5)) return `0x${"00".repeat(49_152 + random.below(2))}`;
    const init = bytesToHex(initProgram(world));
    // Hardhat's pool refuses a creation without any code, which the protocol allows.
    return init === "0x" ? "0x00" : init;
  }
  const value = BigInt(to);
  if (value <= 0x100n && value > 0n) return `0x${precompileInput(random, Number(value))}`;
  switch (random.below(4)) {
    case 0:
      return "0x";
    case 1:
      return `0x${random.hex(random.skewed(200))}`;
    case 2:
      return `0x${world.address().slice(2).padStart(64, "0")}`;
    default:
      return `0x${random.word().toString(16).padStart(64, "0")}`;
  }
}

function recipient(world: World): Hex | undefined {
  const { random } = world;
  return random.weighted<() => Hex | undefined>([
    [60, () => random.pick(world.contracts)],
    [14, () => world.address()],
    [12, () => undefined],
    [6, () => signerAddress(random.below(SIGNERS))],
    [5, () => addressOf(random.pick(PRECOMPILES))],
  ])();
}

function accessList(world: World): CaseTransaction["accessList"] {
  const { random } = world;
  return Array.from({ length: random.below(3) }, () => ({
    address: world.address(),
    storageKeys: Array.from(
      { length: random.below(3) },
      (): Hex => `0x${world.slot().toString(16).padStart(64, "0")}`,
    ),
  }));
}

function authorizations(world: World, sender: number): CaseAuthorization[] {
  const { random } = world;
  return Array.from({ length: random.chance(98) ? random.between(1, 3) : 0 }, () => ({
    // Seldom who sends transactions of his own: revm's pool does not see that an authorization counts his nonce up.
    signer: random.weighted<() => number>([
      [3, () => sender],
      [1, () => random.below(SENDERS)],
      [40, () => random.between(SENDERS, SIGNERS - 1)],
    ])(),
    chainId: random.weighted([
      [10, world.chainId],
      [4, 0],
      [1, world.chainId + 1],
    ]),
    address: random.chance(85) ? world.address() : addressOf(0),
    nonceShift: random.chance(90) ? 0 : random.between(-1, 2),
    ...(random.chance(4) ? { spoiled: random.pick(["highS", "parity", "zero"] as const) } : {}),
  }));
}

/** A transaction of a block whose base fee is `baseFee`. "blob": with blobs; "own": as well as without. */
export function randomTransaction(
  world: World,
  baseFee: number,
  kind: "mixed" | "blob" | "own",
): CaseTransaction {
  const { random } = world;
  const type = randomType(world, kind);
  const signer = random.chance(97) ? random.below(SENDERS) : random.below(SIGNERS);
  const creates = type !== 3 && type !== 4;
  let to = recipient(world);
  if (to === undefined && !creates && !random.chance(2)) to = random.pick(world.contracts);
  const data = randomData(world, to);
  if (to === undefined) {
    const nonce = BigInt(random.below(4));
    world.created.push(ContractAddress.from({ from: signerAddress(signer), nonce }).toLowerCase() as Hex);
  }
  const above = random.chance(97) ? random.skewed(10 ** 9) : -1 - random.skewed(100);
  const maxFee = Math.max(0, baseFee + above);
  const priority = random.chance(98) ? Math.min(maxFee, random.skewed(10 ** 8)) : maxFee + 1;
  const accesses = type === 0 ? [] : accessList(world);
  const authorized = type === 4 ? authorizations(world, signer) : [];
  const base = intrinsicGas(world, {
    ...(to === undefined ? {} : { to }),
    data,
    accessList: accesses,
    authorizations: authorized,
  });
  return {
    type,
    signer,
    nonceShift: random.chance(97.5) ? 0 : random.pick([-1, 1, 2, -2]),
    chainId: type === 0 && random.chance(10) ? 0 : random.chance(99.3) ? world.chainId : world.chainId + 1,
    gasLimit: randomGas(world, base),
    ...(to === undefined ? {} : { to }),
    value: hex(randomValue(world)),
    data,
    maxFeePerGas: hex(maxFee),
    maxPriorityFeePerGas: hex(priority),
    accessList: accesses,
    maxFeePerBlobGas: hex(random.chance(95) ? random.between(1, 100) : 0),
    blobs:
      type === 3
        ? Array.from({ length: random.chance(97) ? random.between(1, 3) : 0 }, () => random.below(4))
        : [],
    authorizations: authorized,
  };
}

function randomValue(world: World): bigint {
  const { random } = world;
  return random.weighted<() => bigint>([
    [180, () => 0n],
    [90, () => BigInt(random.skewed(10_000))],
    [25, () => BigInt(random.skewed(2 ** 50))],
    [1, () => 10n ** 21n - BigInt(random.skewed(2 ** 50))],
    [1, () => random.word()],
  ])();
}
