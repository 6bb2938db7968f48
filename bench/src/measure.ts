/** The middle value; of an even number the lower middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
}

/**
 * Runs the variants in turn (A B C, A B C, …) so that drift of the machine meets all alike; the first round is not
 * counted. Returns the results by variant.
 */
export async function alternate<Name extends string, Result>(
  variants: Readonly<Record<Name, () => Promise<Result>>>,
  rounds: number,
  progress: (round: number) => void = () => {},
): Promise<Record<Name, Result[]>> {
  const names = Object.keys(variants) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Result[]>;
  for (let round = 0; round <= rounds; round++) {
    progress(round);
    for (const name of names) {
      const result = await variants[name]();
      if (round > 0) results[name].push(result);
    }
  }
  return results;
}
