import type { Engine } from "../../src/index.ts";

/** Bytes that records, tries and code take in an engine's memory: what `cacheBytes` bounds. */
export function cacheBytesOf({ host }: Engine): number {
  const { layout } = host;
  return Number(host.getU64(layout.CONTROL + layout.Control_cacheBytes));
}
