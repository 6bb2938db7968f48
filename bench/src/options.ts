// Numbers and lists of the command line, checked.

import { PEERS, type PeerName } from "./rows.ts";
import { type Shape, type Workload, workloads } from "./workloads/index.ts";

/** A whole number from 1 on; undefined where the option was not given. @throws Error naming the option */
export function positive(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${option} must be a positive whole number, not ${text}`);
  return value;
}

/** A number from 0 to 1. @throws Error naming the option */
export function ratio(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw new Error(`--${option} must be a number from 0 to 1, not ${text}`);
  return value;
}

/** Names out of a list of known ones, separated by commas, given once or several times. */
export function chosen<Name extends string>(
  texts: readonly string[] | undefined,
  known: readonly Name[],
  what: string,
): Name[] | undefined {
  return texts?.flatMap((text) =>
    text.split(",").map((name) => {
      const found = known.find((one) => one === name);
      if (found === undefined) throw new Error(`no ${what} is called ${name}: there are ${known.join(", ")}`);
      return found;
    }),
  );
}

export const peersOf = (texts: readonly string[] | undefined): PeerName[] =>
  chosen(texts, PEERS, "peer") ?? [];

/** The workloads of these names; all where there are none. */
export function workloadsOf(names: readonly string[]): readonly Workload[] {
  if (names.length === 0) return workloads;
  const found = chosen(
    names,
    workloads.map(({ name }) => name),
    "workload or benchmark",
  )!;
  return workloads.filter(({ name }) => found.includes(name));
}

/** What is asked of the workloads; only what was given. */
export function shapeOf(
  values: Readonly<Partial<Record<"accounts" | "hot" | "chain", string | undefined>>>,
): Partial<Shape> {
  const given: Record<keyof Shape, number | undefined> = {
    accounts: positive(values.accounts, "accounts"),
    hot: ratio(values.hot, "hot"),
    chain: positive(values.chain, "chain"),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Of what is asked, what a workload takes. */
export function shapeFor({ shape = {} }: Workload, asked: Partial<Shape>): Partial<Shape> {
  return Object.fromEntries(Object.entries(asked).filter(([name]) => name in shape));
}

/**
 * `--json` without a file stands for standard output, `-`: what follows it is a file only where it looks like one, as
 * a workload's name may follow too.
 */
export function withJsonFile(args: readonly string[]): string[] {
  return args.map((arg, i) =>
    arg === "--json" && !/(\.json$|\/|^-$)/.test(args[i + 1] ?? "") ? "--json=-" : arg,
  );
}
