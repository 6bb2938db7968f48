// Whether memory grows over many blocks.

import { median } from "./measure.ts";

/** Memory after a block. */
export interface MemorySample {
  block: number;
  /** Bytes of the process, after a collection. */
  rss: number;
  /** Bytes of the kernel's memory that outlive a block. */
  kernel: number;
}

export interface Growth {
  before: number;
  after: number;
}

/**
 * What may come and go by itself: the JavaScript heap between two collections; free nodes of the trie, which are the
 * workers' own, so that each comes to have as many as it needs in its busiest block.
 */
const SLACK = { rss: 32 * 2 ** 20, kernel: 4 * 2 ** 20 } as const;
const SHARE = 0.01;
/** Samples of which the middle one counts. */
const FEW = 20;

/** The middle of the last samples against that of the first ones behind block `settle`. */
export function memoryGrowth(
  samples: readonly MemorySample[],
  settle: number,
): { rss: Growth; kernel: Growth; isFlat: boolean } {
  const behind = samples.filter(({ block }) => block > settle);
  const few = Math.max(1, Math.min(FEW, behind.length >> 2));
  const growth = (of: keyof typeof SLACK): Growth => {
    const bytes = behind.map((point) => point[of]);
    return { before: median(bytes.slice(0, few)), after: median(bytes.slice(-few)) };
  };
  const flat = ({ before, after }: Growth, slack: number) => after - before <= slack + before * SHARE;
  const [rss, kernel] = [growth("rss"), growth("kernel")];
  return { rss, kernel, isFlat: flat(rss, SLACK.rss) && flat(kernel, SLACK.kernel) };
}
