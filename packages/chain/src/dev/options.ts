// What a local chain is opened with.

import type { Hex } from "@heddle/engine";
import type { ChainOptions } from "../chain-options.ts";
import type { ForkOptions } from "./fork.ts";
import type { DevGenesisOptions } from "./genesis.ts";
import type { MiningMode } from "./kept-settings.ts";

/** How a local chain is opened; everything may be left out. */
export interface DevChainOptions extends DevGenesisOptions, Omit<ChainOptions, "genesis"> {
  /** In place of the default one; then `accounts` have what it gives them. */
  genesis?: ChainOptions["genesis"];
  /** How many accounts there are; 10 unless given. */
  accounts?: number;
  mnemonic?: string;
  derivationPath?: string;
  /** Automatic unless given. */
  mining?: MiningMode;
  /** True: a block may have the time of the one before it. */
  sameTimestamp?: boolean;
  /** Who gets the fees; the zero address unless given. */
  coinbase?: Hex;
  /** Goes on from a block of a remote chain. Id, rules, gas limit, base fee and time are its own unless they are given. */
  fork?: ForkOptions;
}
