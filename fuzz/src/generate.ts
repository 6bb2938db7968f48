// A case out of a seed: accounts, then blocks of transactions on them.

import { bytesToHex } from "@heddle/cli";
import type { Hex } from "@heddle/engine";
import { type CaseAccount, type CaseBlock, FORKS, type ForkName, type FuzzCase } from "./case.ts";
import { contractProgram } from "./programs.ts";
import { Random } from "./random.ts";
import { SIGNERS, signerAddress } from "./sign.ts";
import { SYSTEM_CODE } from "./system-code.ts";
import { randomTransaction } from "./transactions.ts";
import { World } from "./world.ts";

const hex = (value: bigint | number): Hex => `0x${value.toString(16)}`;

function randomFork(random: Random): ForkName {
  if (random.chance(60)) return "Osaka";
  if (random.chance(25)) return "Amsterdam";
  return random.pick(FORKS).name;
}

function storage(world: World): Record<Hex, Hex> {
  const { random } = world;
  const slots: Record<Hex, Hex> = {};
  for (let i = random.below(4); i > 0; i--) {
    const value = random.word();
    if (value !== 0n) slots[hex(world.slot())] = hex(value);
  }
  return slots;
}

function accounts(world: World): Record<Hex, CaseAccount> {
  const { random } = world;
  const result: Record<Hex, CaseAccount> = {};
  for (let i = 0; i < SIGNERS; i++) {
    // The poor cannot pay for what they send; the last keys have no account at all.
    if (i >= SIGNERS - 3) continue;
    const balance = random.chance(92) ? 10n ** 21n : BigInt(random.skewed(2 ** 40));
    let code: Hex = "0x";
    let nonce = random.chance(80) ? 0 : random.below(5);
    if (world.has("Prague") && random.chance(15)) {
      code = `0xef0100${world.address().slice(2)}`;
      nonce++;
    }
    if (balance > 0n || nonce > 0)
      result[signerAddress(i)] = { balance: hex(balance), nonce, code, storage: {} };
  }
  for (const address of world.contracts) {
    result[address] = {
      balance: random.chance(60) ? hex(random.skewed(2 ** 30)) : "0x0",
      nonce: 1,
      code: bytesToHex(contractProgram(world)),
      storage: storage(world),
    };
  }
  for (const [since, address, code] of SYSTEM_CODE) {
    if (world.has(since)) result[address] = { balance: "0x0", nonce: 1, code, storage: {} };
  }
  return result;
}

function randomBlock(world: World, kind: "mixed" | "blob" | "own"): CaseBlock {
  const { random } = world;
  const baseFee = random.weighted([
    [2, 0],
    [4, 7],
    [4, random.skewed(10 ** 9)],
  ]);
  const count = kind === "blob" ? 1 : random.pick([1, 4, random.between(1, 60), random.between(1, 60)]);
  const small = kind === "mixed" && random.chance(6);
  const gasLimit = small ? random.between(500_000, 3_000_000) : random.between(40_000_000, 150_000_000);
  return {
    coinbase: world.coinbase,
    gasLimit,
    baseFee: hex(baseFee),
    delay: random.between(1, 30),
    prevRandao: `0x${random.hex(32)}`,
    revm: kind !== "own",
    transactions: Array.from({ length: count }, () => randomTransaction(world, baseFee, kind)),
  };
}

/** The case of a seed; always the same one. `fork`: instead of one that the seed chooses. */
export function generateCase(seed: number, fork?: ForkName): FuzzCase {
  const random = new Random(seed);
  const chosen = randomFork(random);
  const world = new World(random, fork ?? chosen);
  const chainId = random.chance(70) ? 1 : random.between(2, 99_999);
  world.chainId = chainId;
  const blocks: CaseBlock[] = [];
  const first = accounts(world);
  if (world.has("Amsterdam")) {
    blocks.push(randomBlock(world, "own"));
    return { seed, fork: world.fork, chainId, accessLists: true, accounts: first, blocks };
  }
  for (let i = random.between(1, 3); i > 0; i--) blocks.push(randomBlock(world, "mixed"));
  const accessLists = world.has("Cancun") && random.chance(40);
  if (world.has("Cancun")) {
    if (random.chance(25)) blocks.push(randomBlock(world, "blob"));
    if (random.chance(30)) blocks.push(randomBlock(world, "own"));
  }
  return { seed, fork: world.fork, chainId, accessLists, accounts: first, blocks };
}
