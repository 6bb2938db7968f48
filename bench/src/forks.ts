// Which fork's rules benchmarks run by: from the first block on, and every earlier fork's with them.

import { type ChainConfig, networkConfig } from "@heddle/engine";
import { CHAIN_ID } from "./script.ts";

/** For single blocks on an engine of our own: no calls to contracts of the system that would have to be there. */
export const CANCUN: ChainConfig = networkConfig("Cancun", { chainId: CHAIN_ID });

/** For consecutive valid blocks, which peers are given too. */
export const OSAKA: ChainConfig = networkConfig("Osaka", { chainId: CHAIN_ID });
