import { type Entries, hex, keccak } from "./reference-trie.ts";
import type { Change } from "./trie.ts";

/** Makes keys that often share long prefixes. */
function keyMaker(random: () => number): () => string {
  const stems = Array.from({ length: 6 }, (_, i) => hex(keccak(Uint8Array.of(i))));
  return () => {
    const tail = hex(keccak(Uint8Array.of(random() * 40)));
    const stem = stems[Math.floor(random() * stems.length)]!;
    const shared = Math.floor(random() * 64);
    return stem.slice(0, shared) + tail.slice(shared);
  };
}

function valueMaker(random: () => number): () => string {
  return () => {
    const length = random() < 0.5 ? 1 + Math.floor(random() * 4) : 1 + Math.floor(random() * 110);
    return Array.from({ length }, () =>
      Math.floor(random() * 256)
        .toString(16)
        .padStart(2, "0"),
    ).join("");
  };
}

export function randomChanges(random: () => number, entries: Entries, count: number): Change[] {
  const key = keyMaker(random);
  const value = valueMaker(random);
  const changes = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const known = [...entries.keys()];
    const picked = known.length > 0 && random() < 0.5 ? known[Math.floor(random() * known.length)]! : key();
    changes.set(picked, random() < 0.4 ? "" : value());
  }
  return [...changes];
}

/** What the changes do to a plain map. */
export function apply(entries: Entries, changes: readonly Change[]): void {
  for (const [key, value] of changes) {
    if (value === "") entries.delete(key);
    else entries.set(key, value);
  }
}
