// A README's examples are programs: each is run as it stands, and prints what it says that it prints.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

/** Tests the examples in TypeScript of the README in a package's folder, of which there are `count`. */
export function testExamples(folder: URL, count: number): void {
  const readme = readFileSync(new URL("README.md", folder), "utf8");
  const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);

  test(`the README has ${count} examples`, () => assert.equal(examples.length, count));

  for (const [i, code] of examples.entries()) {
    test(`example ${i + 1} of the README runs`, () => {
      const output = execFileSync(
        process.execPath,
        ["--conditions=@heddle/source", "--input-type=module-typescript", "--eval", code],
        { cwd: fileURLToPath(folder), encoding: "utf8", timeout: 60_000 },
      );
      assert.notEqual(output, "");
      for (const [, wanted] of code.matchAll(/console\.log\([^\n]*\); \/\/ (.*)$/gm)) {
        assert.ok(output.split("\n").includes(wanted!), `${wanted} in ${output}`);
      }
    });
  }
}
