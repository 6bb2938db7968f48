// A mark as lines for people.

import { quietHint, type Surroundings } from "./rows.ts";
import type { MarkResult } from "./speed-marks.ts";

const shown = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString("en-US") : value.toFixed(2);

/** The ratio and whether it is enough, and the absolute figures under it. */
export function markText(result: MarkResult, around: Surroundings): string {
  const { name, says, value, wanted, unit, met, figures } = result;
  const heading = `${met ? "met" : "MISSED"}  ${name}: ${shown(value)} ${unit}, wanted ${shown(wanted)}`;
  const lines = Object.entries(figures).map(
    ([what, figure]) => `  ${what}: ${typeof figure === "number" ? figure.toLocaleString("en-US") : figure}`,
  );
  return [heading, `  ${says}`, ...lines, `  ${quietHint(around)}`].join("\n");
}
