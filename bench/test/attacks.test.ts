import assert from "node:assert/strict";
import { test } from "node:test";
import { attacks } from "../src/blocks/attacks.ts";

/** EIP-170. */
const MAX_CODE = 24_576;

test("every attack has a name of its own and code that may exist", () => {
  const all = attacks();
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
  for (const { name, accounts } of all) {
    for (const { code = "0x" } of Object.values(accounts)) {
      assert.match(code, /^0x([0-9a-f]{2})*$/, name);
      assert.ok(code.length / 2 - 1 <= MAX_CODE, name);
    }
  }
});

test("a loop jumps back to the instruction behind what it prepares", () => {
  const code = attacks().find(({ name }) => name === "arithmetic/add")!.accounts[
    "0x1000000000000000000000000000000000000001"
  ]!.code!;
  // Two PUSH32, JUMPDEST at 66, copies of "DUP2 DUP2 ADD POP", PUSH1 66, JUMP.
  assert.equal(code.slice(2 + 66 * 2, 2 + 71 * 2), "5b81810150");
  assert.match(code, /604256$/);
});
