import assert from "node:assert/strict";
import { test } from "node:test";
import { slopeOf } from "../src/node/memory.ts";
import { Traffic } from "../src/node/traffic.ts";

test("the slope is that of the line through the points, and of the one nearest to them", () => {
  assert.equal(
    slopeOf([
      [0, 5],
      [10, 25],
      [20, 45],
    ]),
    2,
  );
  const near = slopeOf([
    [0, 0],
    [10, 12],
    [20, 18],
    [30, 30],
  ]);
  assert.ok(near > 0.9 && near < 1, `${near}`);
});

test("traffic goes on where it ended: no transaction is written twice", () => {
  const traffic = new Traffic();
  const all = [...traffic.transfers(3), ...traffic.transfers(3)].map((raw) =>
    Buffer.from(raw).toString("hex"),
  );
  assert.equal(new Set(all).size, 6);
});
