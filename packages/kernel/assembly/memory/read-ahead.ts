// Reads for the processor's cache alone.

/**
 * Reads at `place`, so that whoever needs it soon does not wait for the memory. WebAssembly has no prefetch; a load may
 * trap, so that no compiler drops one whose value is not used. Worth it where many such misses overlap.
 */
export function readAhead(place: usize): void {
  load<u32>(place);
}
