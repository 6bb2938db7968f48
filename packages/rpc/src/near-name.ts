// The known name that a mistyped one probably stands for.

/** Edits that turn one name into the other (Levenshtein), or `most` + 1 where they are more. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The name with the fewest edits, where they are few. */
export function nearName(name: string, known: Iterable<string>): string | undefined {
  // Longer than any name: not worth the comparison, whose cost a stranger would choose.
  if (name.length > 64) return undefined;
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 5)) + 1;
  const wanted = name.toLowerCase();
  for (const candidate of known) {
    const edits = distance(wanted, candidate.toLowerCase(), least);
    if (edits < least) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}
