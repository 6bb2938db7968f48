// The marks of the node as a table for people.

import { formatTable } from "@heddle/cli";
import { quietHint, type Surroundings } from "../rows.ts";
import type { NodeResult } from "./measure-node.ts";

const shown = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);

export function nodeTable(results: readonly NodeResult[], around: Surroundings): string {
  const left = { align: "left" } as const;
  const table = formatTable(
    [
      { heading: "mark", ...left },
      { heading: "ratio" },
      { heading: "wanted" },
      { heading: "", ...left },
      { heading: "Heddle" },
      { heading: "Anvil" },
      { heading: "", ...left },
      { heading: "by CPU time" },
    ],
    results.map((one) => [
      one.name,
      `${one.ratio.toFixed(2)} x`,
      one.most === undefined ? `${one.wanted} x` : `at most ${one.most} ${one.unit}`,
      one.met ? "met" : "MISSED",
      shown(one.heddle),
      shown(one.anvil),
      one.unit,
      `${one.cpuRatio.toFixed(2)} x`,
    ]),
  );
  const says = results.map((one) => `${one.name}: ${one.says}`).join("\n");
  return `${table}\n${says}\n${quietHint(around)}`;
}
