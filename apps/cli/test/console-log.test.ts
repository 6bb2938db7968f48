import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hex } from "@heddle/engine";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as AbiParameters from "ox/AbiParameters";
import { consoleText, consoleValues } from "../src/dev/console-log.ts";

/** A call of the console by the signature that the library hashed, which need not be the types' own. */
function call(signature: string, types: readonly string[], values: readonly unknown[]): { data: Hex } {
  const selector = Buffer.from(keccak_256(Buffer.from(signature)).subarray(0, 4)).toString("hex");
  const args = AbiParameters.encode(types.map((type) => ({ type })) as never, values as never);
  return { data: `0x${selector}${args.slice(2)}` };
}

const printed = (types: readonly string[], ...values: readonly unknown[]) =>
  consoleText(call(`log(${types.join(",")})`, types, values));

const ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

test("values of all types are printed with spaces between them", () => {
  assert.equal(printed([]), "");
  assert.equal(
    printed(["string", "uint256", "bool", "address"], "a", 5n, true, ALICE.toLowerCase()),
    `a 5 true ${ALICE}`,
  );
  assert.equal(printed(["int256"], -5n), "-5");
  assert.equal(printed(["bytes32"], `0x${"ab".repeat(32)}`), `0x${"ab".repeat(32)}`);
  assert.equal(printed(["uint256", "uint256"], 2n ** 256n - 1n, 0n), `${2n ** 256n - 1n} 0`);
});

test("functions named after their type, and those hashed with uint and int as they are written, are known", () => {
  assert.equal(consoleText(call("logInt(int256)", ["int256"], [-1n])), "-1");
  assert.equal(consoleText(call("logUint(uint256)", ["uint256"], [7n])), "7");
  assert.equal(consoleText(call("logBytes4(bytes4)", ["bytes4"], ["0x01020304"])), "0x01020304");
  assert.equal(consoleText(call("logBytes(bytes)", ["bytes"], ["0x01"])), "0x01");
  assert.equal(consoleText(call("log(string,uint)", ["string", "uint256"], ["x", 1n])), "x 1");
  assert.equal(consoleText(call("log(int)", ["int256"], [1n])), "1");
  // As Hardhat's library has it: known selectors.
  assert.equal(consoleText({ data: `0xf82c50f1${"0".repeat(63)}9` }), "9");
});

test("the first of several values may be a format", () => {
  const types = ["string", "uint256", "string"];
  assert.equal(printed(types, "%d of %s", 3n, "five"), "3 of five");
  assert.equal(printed(types, "100%% %s", 3n, "more"), "100% 3 more");
  assert.equal(printed(["string", "uint256"], "%x %s", 255n), "0xff %s");
  assert.equal(printed(["string", "int256"], "%i", -3n), "-3");
  assert.equal(printed(["string", "uint256"], "%18e ETH", 1_500_000_000_000_000_000n), "1.5 ETH");
  assert.equal(printed(["string", "uint256"], "%e", 1500n), "1.5e3");
  assert.equal(printed(["string", "string"], "%d", "no number"), "NaN");
  assert.equal(printed(["string"], "100%"), "100%");
});

test("what a contract prints cannot steer the terminal", () => {
  assert.equal(printed(["string"], "a\u001b[31mb\nc\u202e"), "a\\u{001b}[31mb\nc\\u{202e}");
});

test("a call that is none of the console's functions shows its data", () => {
  assert.equal(consoleText({ data: "0x12345678" }), "0x12345678 (not a function of console.sol)");
  assert.equal(consoleText({ data: "0xf82c50f1" }), "0xf82c50f1 (not a function of console.sol)");
  assert.equal(consoleText({ data: "0x" }), "0x (not a function of console.sol)");
});

test("programs are given the values", () => {
  const types = ["string", "uint256", "bool"];
  assert.deepEqual(consoleValues(call("log(string,uint256,bool)", types, ["n", 5n, false])), [
    "n",
    "5",
    false,
  ]);
});
