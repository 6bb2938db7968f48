// Answers compared as hive does: deep equality, but messages of errors may differ.

/** Where two answers first differ. */
export interface Difference {
  /** Such as "result.transactions[0].gas". */
  path: string;
  expected: unknown;
  met: unknown;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** The first difference, or undefined where the answers are equal. */
export function firstDifference(expected: unknown, met: unknown, path = ""): Difference | undefined {
  if (Object.is(expected, met)) return undefined;
  if (!isObject(expected) || !isObject(met) || Array.isArray(expected) !== Array.isArray(met)) {
    return { path, expected, met };
  }
  if (Array.isArray(expected) && Array.isArray(met) && expected.length !== met.length) {
    return { path: `${path}.length`, expected: expected.length, met: met.length };
  }
  const isError = /(^|\.)error$/.test(path);
  for (const key of new Set([...Object.keys(expected), ...Object.keys(met)])) {
    // Clients say it in their own words.
    if (isError && key === "message") continue;
    const at = Array.isArray(expected) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    if (Object.hasOwn(expected, key) !== Object.hasOwn(met, key)) {
      return { path: at, expected: expected[key], met: met[key] };
    }
    const difference = firstDifference(expected[key], met[key], at);
    if (difference !== undefined) return difference;
  }
  return undefined;
}
