// Plots as SVG files: bars and lines, readable on light and on dark pages.

/** Bars of one thing: a label, and a value for each series. */
export interface BarGroup {
  label: string;
  /** Undefined: there is no figure. */
  values: readonly (number | undefined)[];
}

export interface Series {
  label: string;
  points: readonly (readonly [x: number, y: number])[];
}

const WIDTH = 760;
/** Told apart by people who see fewer colours too, on white and on black (Okabe and Ito). */
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999"];
const STYLE = `text{font:12px system-ui,sans-serif;fill:#1f2328}.faint{stroke:#d0d7de}.title{font-size:14px;font-weight:600}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.faint{stroke:#3d444d}}`;

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]!);
const colour = (i: number): string => COLOURS[i % COLOURS.length]!;
const whole = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));

function text(x: number, y: number, value: string, more = ""): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escaped(value)}</text>`;
}

function document(title: string, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    text(8, 20, title, 'class="title"'),
    ...parts,
    "</svg>\n",
  ].join("\n");
}

/** What each colour stands for, in a row under the title. */
function legend(names: readonly string[]): string[] {
  let x = 8;
  return names.map((name, i) => {
    const part = `<rect x="${x}" y="32" width="10" height="10" fill="${colour(i)}"/>${text(x + 14, 41, name)}`;
    x += 30 + name.length * 7;
    return part;
  });
}

/** The next of 1, 2, 5, 10, 20, … at or above a value. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * power >= value * (1 - 1e-9))! * power;
}

/** Horizontal bars, a group a thing, from zero on. */
export function barChart(title: string, series: readonly string[], groups: readonly BarGroup[]): string {
  const left = 14 + 7 * Math.max(...groups.map(({ label }) => label.length));
  const right = WIDTH - 70;
  const bar = 13;
  const top = 56;
  const most = Math.max(1, ...groups.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const parts = series.length > 1 ? legend(series) : [];
  let y = top;
  for (const { label, values } of groups) {
    const shown = values.map((value, i) => [value, i] as const).filter(([value]) => value !== undefined);
    parts.push(text(left - 6, y + (shown.length * bar) / 2 + 4, label, 'text-anchor="end"'));
    for (const [value, i] of shown) {
      const width = ((right - left) * value!) / most;
      parts.push(
        `<rect x="${left}" y="${y}" width="${width.toFixed(1)}" height="${bar - 2}" fill="${colour(i)}"/>`,
        text(left + width + 4, y + bar - 3, whole(value!)),
      );
      y += bar;
    }
    y += 8;
  }
  return document(title, y + 8, parts);
}

/** Lines over an axis that doubles, with the diagonal where y = x. */
export function lineChart(title: string, xLabel: string, series: readonly Series[]): string {
  const [left, top, right, bottom] = [48, 60, WIDTH - 190, 400];
  const all = series.flatMap(({ points }) => points);
  const maxX = Math.max(2, ...all.map(([x]) => x));
  const maxY = roundUp(Math.max(1, ...all.map(([, y]) => y)));
  const minX = Math.min(...all.map(([x]) => x));
  const atX = (x: number) =>
    left + ((Math.log2(x) - Math.log2(minX)) / (Math.log2(maxX) - Math.log2(minX) || 1)) * (right - left);
  const atY = (y: number) => bottom - (y / maxY) * (bottom - top);
  const parts: string[] = [];
  for (let i = 0; i <= 5; i++) {
    const y = (maxY * i) / 5;
    parts.push(`<path d="M${left} ${atY(y).toFixed(1)}H${right}" class="faint"/>`);
    parts.push(text(left - 6, atY(y) + 4, whole(y), 'text-anchor="end"'));
  }
  for (const x of [...new Set(all.map(([value]) => value))]) {
    parts.push(text(atX(x), bottom + 18, whole(x), 'text-anchor="middle"'));
  }
  parts.push(text((left + right) / 2, bottom + 38, xLabel, 'text-anchor="middle"'));
  // Labels at the lines' ends, pushed apart where they would cover one another.
  let lowest = Number.NEGATIVE_INFINITY;
  const ends = series.map((one, i) => ({ ...one, i, y: atY(one.points.at(-1)?.[1] ?? 0) }));
  for (const { label, points, i, y } of ends.sort((a, b) => a.y - b.y)) {
    const line = points.map(
      ([px, py], n) => `${n === 0 ? "M" : "L"}${atX(px).toFixed(1)} ${atY(py).toFixed(1)}`,
    );
    parts.push(`<path d="${line.join("")}" fill="none" stroke="${colour(i)}" stroke-width="2"/>`);
    lowest = Math.max(lowest + 14, y);
    parts.push(
      `<rect x="${right + 8}" y="${(lowest - 5).toFixed(1)}" width="10" height="10" fill="${colour(i)}"/>`,
    );
    parts.push(text(right + 22, lowest + 4, label));
  }
  return document(title, bottom + 50, parts);
}
