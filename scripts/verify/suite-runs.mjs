// How acceptance lines run a suite, and when what it says is good enough for them.

/** Threads of the engine on which every block is executed, and how many such engines run beside each other. */
export const MODES = [
  ["1", "2"],
  ["2", "2"],
  ["8", "1"],
];

/** A skip with a reason is good enough for a commit, not for an acceptance line. Undefined where nothing was skipped. */
export function nothingSkipped(figures) {
  if (figures === undefined) return "the run gave no figures";
  return figures.skipped > 0 ? `${figures.skipped} entries were skipped` : undefined;
}
