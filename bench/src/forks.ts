// Which fork's rules benchmarks run by: from the first block on, and every earlier fork's with them.

import type { ChainConfig } from "@heddle/engine";
import { CHAIN_ID } from "./script.ts";

/** For single blocks on an engine of our own: no calls to contracts of the system that would have to be there. */
export const CANCUN: ChainConfig = {
  chainId: CHAIN_ID,
  homesteadBlock: 0,
  eip150Block: 0,
  eip155Block: 0,
  eip158Block: 0,
  byzantiumBlock: 0,
  constantinopleBlock: 0,
  petersburgBlock: 0,
  istanbulBlock: 0,
  berlinBlock: 0,
  londonBlock: 0,
  parisBlock: 0,
  terminalTotalDifficulty: 0n,
  shanghaiTime: 0,
  cancunTime: 0,
};

/** For consecutive valid blocks, which peers are given too. */
export const OSAKA: ChainConfig = { ...CANCUN, pragueTime: 0, osakaTime: 0 };
