import { after, test } from "node:test";
import { CorruptInput } from "./support/corrupt.ts";

// The long run is long/corrupt-input.ts.
const corrupt = await CorruptInput.create(7);
after(() => corrupt.close());

for (const [kind, count] of [
  ["header", 1000],
  ["transaction", 250],
  ["block", 250],
] as const) {
  test(`${count} damaged ${kind}s are refused by a typed error, or are valid`, async () => {
    for (let i = 0; i < count; i++) await corrupt[kind]();
    await corrupt.check();
  });
}
