// What happens in a block before its first transaction.

import { arenaAllocate } from "../memory/arena";
import { viewBegin, viewEnd } from "../state/view";
import { Fork } from "../status";
import { systemCall } from "../tx/system";
import { ENV_PARENT_BEACON_ROOT, ENV_PARENT_HASH, env, FLAG_TRANSACTIONS_ONLY } from "./env";
import { applyDaoFork } from "./rewards";
import { beaconRootsAddress, historyStorageAddress } from "./system-contracts";

/** Transaction index under which the changes before the transactions stand. */
const BEGIN_VERSION: u32 = 0;

/**
 * Runs in one view, number 0, which the caller publishes: the DAO fork's transfer, then the system calls that
 * store the parent beacon block's root (EIP-4788) and the parent's hash (EIP-2935). Their failure is no error.
 */
export function blockBegin(): void {
  viewBegin(BEGIN_VERSION);
  if (env().drainedCount != 0) applyDaoFork();
  if ((env().flags & FLAG_TRANSACTIONS_ONLY) == 0) {
    const fork = env().fork;
    const address = arenaAllocate(32);
    if (fork >= Fork.Cancun && env().hasParentBeaconRoot) {
      beaconRootsAddress(address);
      systemCall(address, ENV_PARENT_BEACON_ROOT, 32);
    }
    if (fork >= Fork.Prague && env().number > 0) {
      historyStorageAddress(address);
      systemCall(address, ENV_PARENT_HASH, 32);
    }
  }
  viewEnd();
}
