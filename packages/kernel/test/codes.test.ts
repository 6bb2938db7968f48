import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as codes from "../src/codes.ts";
import * as director from "./support/director.ts";

type Numbers = Record<string, number>;

/** The numbered names of a kernel source, by enum. */
function enumsOf(file: string): Map<string, Numbers> {
  const source = readFileSync(new URL(`../assembly/${file}`, import.meta.url), "utf8");
  const enums = source.matchAll(/^export (?:enum|namespace) (\w+) \{(.*?)\n\}/gms);
  return new Map(
    [...enums].map(([, name = "", body = ""]) => {
      const members = body.matchAll(/^ {2}(?:export const )?(\w+)(?:: u32)? = (\d+)[,;]/gm);
      return [name, Object.fromEntries([...members].map(([, key, value]) => [key, Number(value)]))];
    }),
  );
}

test("the host's numbers are the kernel's", () => {
  const enums = enumsOf("status.ts");
  assert.ok(enums.size >= 4);
  enums.set("Failure", enumsOf("parallel/scheduler-layout.ts").get("Failure")!);
  enums.set("Chunk", enumsOf("memory/layout.ts").get("Chunk")!);
  enums.set("ClaimsProblem", enumsOf("parallel/claims.ts").get("ClaimsProblem")!);
  const host = new Map<string, unknown>(Object.entries(codes));
  for (const [name, numbers] of enums) assert.deepEqual(host.get(name), numbers, name);
});

test("the points, phases and states that tests wait for are the kernel's", () => {
  const { Phase, TaskState } = Object.fromEntries(enumsOf("parallel/scheduler-layout.ts"));
  assert.deepEqual(director.TaskState, TaskState);
  assert.deepEqual({ ...Phase, ...director.Phase }, Phase);
  assert.deepEqual(director.Point, enumsOf("parallel/points.ts").get("Point"));
});
