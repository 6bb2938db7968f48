import assert from "node:assert/strict";
import { test } from "node:test";
import type { Results } from "../src/compare.ts";
import { standardWays } from "../src/line.ts";
import { type MarksFile, type NodeFile, performancePages, type SharesFile } from "../src/report/page.ts";
import { barChart, lineChart, roundUp } from "../src/report/svg.ts";
import { type Row, rowOf } from "../src/rows.ts";

const around = {
  machine: { cpus: 2, model: "Processor", memoryGiB: 8, system: "linux 6" },
  versions: { heddle: "abc", node: "v26" },
  load: 0.1,
  date: "2026-11-22",
};

function rows(workload: string): Row[] {
  const shape = { accounts: 10 };
  const own = Object.values(standardWays(2)).map((way, i) =>
    rowOf({ ...way, shape, workload, engine: "heddle", boundary: "engine" }, [
      { wall: 10 + i, cpu: 20, transactions: 1000, gas: 50_000_000 },
    ]),
  );
  const peer = { mode: "sequential", workers: 1, signatures: "before", root: true, shape, workload } as const;
  const anvil = rowOf({ ...peer, engine: "anvil", boundary: "node" }, [
    { wall: 100, cpu: 90, transactions: 1000, gas: 50_000_000 },
  ]);
  return [...own, anvil];
}

function results(workload: string): Results {
  const run = { time: 1, inOrder: 3, aborts: 0, fallback: 0, busy: 1 };
  return {
    command: `npm run bench -- ${workload}`,
    ...around,
    seeds: "fixed in each workload",
    settings: { workers: 2, size: 1000, rounds: 5, blocks: 1 },
    rows: rows(workload),
    lines: [
      {
        workload,
        title: `Title of ${workload}`,
        transactions: 1000,
        blockBytes: 2 ** 20,
        gasLimit: 80_000_000,
        refused: {},
        longestChain: 3,
        criticalShare: 0.25,
        aborts: 4,
        inOrder: 0,
        simulated: [
          { ...run, lanes: 4, speedup: 3.5 },
          { ...run, lanes: 64, speedup: 22.25 },
        ],
      },
    ],
  };
}

const marks: MarksFile = {
  command: "npm run bench -- mark all",
  ...around,
  marks: [
    { name: "weth", says: "", value: 1.7, wanted: 1.6, unit: "times", met: true, figures: { aborts: 0 } },
    { name: "chain", says: "", value: 0.9, wanted: 0.95, unit: "times", met: false, figures: {} },
  ],
};

const shares: SharesFile = {
  command: "npm run bench -- interpreter-share",
  ...around,
  shares: [
    { workload: "erc20", title: "Transfers", transactions: 1000, root: false, samples: 5000, share: 0.2 },
  ],
};

const figures = {
  unit: "ms",
  wanted: 1,
  cpuRatio: 1.25,
  heddleCpuSeconds: 1,
  anvilCpuSeconds: 1.25,
  rounds: 5,
  transactions: 200,
};

const node: NodeFile = {
  command: "npm run bench -- node all",
  ...around,
  marks: [
    { ...figures, name: "automine", says: "one a block", ratio: 2, met: true, heddle: 1.5, anvil: 3 },
    {
      ...figures,
      name: "start",
      says: "first answer",
      ratio: 0.1,
      met: false,
      heddle: 700,
      anvil: 70,
      most: 600,
    },
  ],
};

test("the page shows the rate with signatures beside the one without, and every figure's command", () => {
  const [page] = performancePages({
    headline: results("erc20"),
    million: undefined,
    workloads: results("weth"),
    marks,
    node,
    "interpreter-share": shares,
  });
  const { text } = page!;
  assert.match(
    text,
    /\| Heddle, parallel, receipts and state root \| 2 \| 83,333 \| 4167 \| 20\.0 \| engine \|/,
  );
  assert.match(text, /\| Heddle, the same, senders recovered from signatures \| 2 \| 76,923 /);
  assert.match(text, /\| anvil \| 1 \| 10,000 \| 500 \| 90\.0 \| node \|/);
  assert.match(text, /`npm run bench -- erc20` on 2026-11-22: 2 × Processor/);
  assert.match(text, /\| Title of weth \| 100,000 \| 90,909 \| 83,333 \| 76,923 \| 10,000 \| 4 \| 25 % \|/);
  assert.match(text, /\| Title of weth \| 3\.5 x \| 22\.3 x \|/);
  assert.match(text, /\| `chain` \| 0\.90 \| 0\.95 times \| \*\*missed\*\* \|/);
  assert.match(text, /\| `automine` \| 2\.00 \| 1 \| met \| 1\.50 ms \| 3\.00 ms \| 1\.25 \| one a block \|/);
  assert.match(text, /\| `start` \| 0\.10 \| at most 600 ms \| \*\*missed\*\* \| 700 ms \|/);
  assert.match(text, /\| Transfers; receipts root \| 20\.0 % \| 1\.25 times \| 5,000 \|/);
  assert.match(text, /1,000,000 accounts\n\nNo figures yet: `npm run bench -- erc20 .*--accounts 1000000/);
});

test("the page names what is not measured here, what is simulated, and what a peer's figure is", () => {
  const [page] = performancePages({
    headline: undefined,
    million: undefined,
    workloads: results("weth"),
    marks: undefined,
    node: undefined,
    "interpreter-share": undefined,
  });
  for (const said of [
    /22,000/,
    /41,000/,
    /150,000/,
    /Simulated, not measured/,
    /lower bounds of their engine/,
  ])
    assert.match(page!.text, said);
});

test("plots are made for what there are figures of", () => {
  const all = performancePages({
    headline: results("erc20"),
    million: undefined,
    workloads: results("weth"),
    marks,
    node,
    "interpreter-share": shares,
  });
  assert.deepEqual(
    all.map(({ path }) => path),
    ["performance.md", "performance/headline.svg", "performance/workloads.svg", "performance/lanes.svg"],
  );
  const none = performancePages({
    headline: undefined,
    million: undefined,
    workloads: undefined,
    marks: undefined,
    node: undefined,
    "interpreter-share": undefined,
  });
  assert.equal(none.length, 1);
});

test("a bar is as long as its value, and a value that is absent has none", () => {
  const svg = barChart(
    "A & B",
    ["x", "y"],
    [
      { label: "one", values: [100, undefined] },
      { label: "two", values: [50, 25] },
    ],
  );
  const widths = [...svg.matchAll(/<rect[^>]* width="([\d.]+)" height="11"/g)].map(([, width]) =>
    Number(width),
  );
  assert.equal(widths.length, 3);
  assert.ok(Math.abs(widths[0]! - 2 * widths[1]!) < 0.2 && Math.abs(widths[1]! - 2 * widths[2]!) < 0.2);
  assert.match(svg, /A &amp; B/);
  assert.match(svg, /prefers-color-scheme:dark/);
});

test("a line has its points at equal steps where the axis doubles", () => {
  const points = [
    [4, 1],
    [16, 2],
    [64, 4],
  ] as const;
  const svg = lineChart("Lines", "lanes", [{ label: "one", points }]);
  const [, path] = /<path d="(M[^"]+)" fill="none"/.exec(svg)!;
  const xs = [...path!.matchAll(/[ML]([\d.]+) /g)].map(([, x]) => Number(x));
  assert.ok(Math.abs(xs[1]! - xs[0]! - (xs[2]! - xs[1]!)) < 0.2);
});

test("an axis ends at the next round number", () => {
  assert.deepEqual([1, 1.1, 3, 7, 21, 50].map(roundUp), [1, 2, 5, 10, 50, 50]);
});
