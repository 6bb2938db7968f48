// What a block of proof of work pays to those who mined it and its uncles.

import type { BlockEntry } from "@heddle/chain";
import { Fork, type Hex } from "@heddle/engine";

/** A payment out of nothing. */
export interface Reward {
  author: Hex;
  kind: "block" | "uncle";
  wei: bigint;
}

const ETHER = 10n ** 18n;

/** In wei: 5 ether, 3 from Byzantium (EIP-649), 2 from Constantinople (EIP-1234), none from the merge on. */
function fullReward(fork: Fork): bigint {
  if (fork >= Fork.Paris) return 0n;
  if (fork >= Fork.Constantinople) return 2n * ETHER;
  return (fork >= Fork.Byzantium ? 3n : 5n) * ETHER;
}

/** The rewards of a block under the rules of `fork` (Yellow Paper, section 11.3); none from the merge on. */
export function blockRewards({ header, uncles }: BlockEntry, fork: Fork): Reward[] {
  const full = fullReward(fork);
  if (full === 0n || header.number === 0n) return [];
  const own = full + BigInt(uncles.length) * (full / 32n);
  return [
    { author: header.coinbase, kind: "block", wei: own },
    ...uncles.map(
      (uncle): Reward => ({
        author: uncle.coinbase,
        kind: "uncle",
        wei: (full / 8n) * (8n - (header.number - uncle.number)),
      }),
    ),
  ];
}
