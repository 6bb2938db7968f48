// The system contracts, as accounts of a case's beginning.

import type { Hex } from "@heddle/engine";
import type { ForkName } from "./case.ts";
import { SYSTEM_CONTRACTS } from "./world.ts";

/**
 * Who has code from which fork on. EDR's miner makes no system calls: not those of EIP-4788 and EIP-2935 before the
 * transactions (Hardhat has a placeholder at the latter's address), nor those of EIP-7002 and EIP-7251 behind them. So
 * all four only stop here: what we call then changes nothing and gives no requests. The official tests have the
 * real ones.
 */
export const SYSTEM_CODE: readonly (readonly [since: ForkName, address: Hex, code: Hex])[] = [
  ["Cancun", SYSTEM_CONTRACTS.beaconRoots, "0x00"],
  ["Prague", SYSTEM_CONTRACTS.history, "0x00"],
  ["Prague", SYSTEM_CONTRACTS.withdrawals, "0x00"],
  ["Prague", SYSTEM_CONTRACTS.consolidations, "0x00"],
];
