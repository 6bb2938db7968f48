// What a transaction's run leaves behind until its block is committed: the read set, the write set, the logs.

@unmanaged
export class Execution {
  transaction: u32;
  incarnation: u32;
  /** Newest LocalAccount and LocalSlot; the others follow by `previous`. */
  accounts: u32;
  slots: u32;
  accountCount: u32;
  slotCount: u32;
  /** Oldest and newest Log; the others follow by `next`. */
  firstLog: u32;
  lastLog: u32;
  logCount: u32;
  /** 1 = viewEnd was reached: the sets are final. */
  ended: u32;
  /** Deltas that it has published. */
  deltas: u32;
  /** 1 = nothing that it read is of another transaction (parallel/dependencies.ts). */
  independent: u32;
}
