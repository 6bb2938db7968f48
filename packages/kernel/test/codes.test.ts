import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as codes from "../src/codes.ts";

test("the host's numbers are the kernel's", () => {
  const source = readFileSync(new URL("../assembly/status.ts", import.meta.url), "utf8");
  const enums = [...source.matchAll(/^export (?:enum|namespace) (\w+) \{(.*?)\n\}/gms)];
  assert.ok(enums.length >= 4);
  const host = new Map<string, unknown>(Object.entries(codes));
  for (const [, name = "", body = ""] of enums) {
    const members = body.matchAll(/^ {2}(?:export const )?(\w+)(?:: u32)? = (\d+)[,;]/gm);
    const kernel = Object.fromEntries([...members].map(([, key, value]) => [key, Number(value)]));
    assert.deepEqual(host.get(name), kernel, name);
  }
});
