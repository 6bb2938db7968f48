import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);

test("the README has examples", () => assert.equal(examples.length, 3));

for (const [i, code] of examples.entries()) {
  test(`example ${i + 1} of the README runs and tells that it worked`, () => {
    const output = execFileSync(
      process.execPath,
      ["--conditions=@heddle/source", "--input-type=module-typescript", "--eval", code],
      { cwd: fileURLToPath(new URL("..", import.meta.url)), encoding: "utf8", timeout: 60_000 },
    );
    assert.match(output, /true/);
  });
}
