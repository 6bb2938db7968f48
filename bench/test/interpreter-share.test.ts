import assert from "node:assert/strict";
import { test } from "node:test";
import { amdahlBound, countSamples, interpreterShare } from "../src/kernel/interpreter-share.ts";
import { workloads } from "../src/workloads/index.ts";

function node(id: number, functionName: string, hitCount: number, children: number[] = []) {
  const callFrame = { functionName, scriptId: "0", url: "", lineNumber: 0, columnNumber: 0 };
  return { id, callFrame, hitCount, children };
}

test("only samples within a block count, and of these the loops and what works on words, stack and memory", () => {
  const counts = countSamples({
    nodes: [
      node(1, "(root)", 100, [2, 3]),
      node(2, "assembly/vm/interpreter/loop<u32>", 50),
      node(3, "assembly/door/sequential/runBlockSequential", 1, [4]),
      node(4, "assembly/vm/interpreter/loop<u32>", 10, [5, 6, 7]),
      node(5, "assembly/word/multiply/wordMultiply", 2),
      node(6, "assembly/vm/ops-storage/opSload", 4, [8]),
      node(7, "assembly/vm/memory/memoryReach", 3),
      node(8, "assembly/hash/keccak/keccak", 5),
    ],
  });
  assert.deepEqual(counts, { block: 25, interpreter: 15 });
});

test("a half that takes no time makes the whole twice as fast", () => {
  assert.equal(amdahlBound(0.5), 2);
  assert.equal(amdahlBound(0), 1);
});

test("the interpreter is found in a profile by the names that the kernel's functions have", async () => {
  const erc20 = workloads.find(({ name }) => name === "erc20")!;
  const { samples, share } = await interpreterShare(erc20, { size: 500, rounds: 10, root: false });
  assert.ok(samples > 0);
  assert.ok(share > 0 && share < 1, `share ${share}`);
});
