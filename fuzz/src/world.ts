// What generated programs and transactions may refer to: few addresses and slots, so that they meet.

import type { Hex } from "@heddle/engine";
import { forkNames, type Opcode, opcodes } from "@heddle/kernel";
import { type ForkName, hasFork } from "./case.ts";
import { PRECOMPILES } from "./coverage.ts";
import type { Random } from "./random.ts";
import { SIGNERS, signerAddress } from "./sign.ts";

/** An address of 20 bytes, from a number. */
export function addressOf(value: number | bigint): Hex {
  return `0x${value.toString(16).padStart(40, "0")}`;
}

/** EIP-4788, EIP-2935, EIP-7002 and EIP-7251. */
export const SYSTEM_CONTRACTS = {
  beaconRoots: "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
  history: "0x0000f90827f1c53a10cb7a02335b175320002935",
  withdrawals: "0x00000961ef480eb55e80d19ad83579a64c007002",
  consolidations: "0x0000bbddc7ce488642fb579f8b00f3a590007251",
} as const satisfies Record<string, Hex>;

/** The instructions that each fork has. */
function opcodesOf(fork: ForkName): Opcode[] {
  const at = forkNames.indexOf(fork);
  return opcodes.filter(({ since }) => forkNames.indexOf(since) <= at);
}

export class World {
  readonly random: Random;
  readonly fork: ForkName;
  readonly opcodes: readonly Opcode[];
  readonly contracts: Hex[];
  /** Contracts that creations in the case will probably make. */
  readonly created: Hex[] = [];
  readonly coinbase: Hex;
  chainId = 1;

  constructor(random: Random, fork: ForkName) {
    this.random = random;
    this.fork = fork;
    this.opcodes = opcodesOf(fork);
    const count = random.between(2, 12);
    this.contracts = Array.from({ length: count }, (_, i) => addressOf(0xc0de00 + i));
    this.coinbase = random.weighted<() => Hex>([
      [6, () => addressOf(0xfee)],
      [2, () => random.pick(this.contracts)],
      [2, () => signerAddress(random.below(SIGNERS))],
    ])();
  }

  has(fork: ForkName): boolean {
    return hasFork(this.fork, fork);
  }

  /** Any address that matters, or a fresh one. */
  address(): Hex {
    const { random } = this;
    switch (
      random.weighted([
        [50, 0],
        [16, 1],
        [10, 2],
        [6, 3],
        [8, 4],
        [8, 5],
        [2, 6],
      ])
    ) {
      case 0:
        return random.pick(this.contracts);
      case 1:
        return signerAddress(random.below(SIGNERS));
      case 2:
        return addressOf(random.pick(PRECOMPILES));
      case 3:
        return this.coinbase;
      case 4:
        return this.created.length > 0 ? random.pick(this.created) : addressOf(0xdead);
      case 5:
        return addressOf(0xabc0 + random.below(8));
      default:
        return random.pick(Object.values(SYSTEM_CONTRACTS));
    }
  }

  slot(): bigint {
    const { random } = this;
    return random.chance(94) ? BigInt(random.below(5)) : random.word();
  }
}
