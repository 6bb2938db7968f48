import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { main } from "../src/main.ts";

describe("the fuzz command", () => {
  it("says what is wrong with its options", async () => {
    await assert.rejects(main(["--fork", "Constantinople"]), /there is no fork Constantinople/);
    await assert.rejects(main(["--minutes", "none"]), /--minutes must be above 0/);
    await assert.rejects(main(["--workers", "0"]), /--workers must be a whole number from 1 on/);
    await assert.rejects(main(["--seed=-1"]), /--seed must be/);
    await assert.rejects(main(["--case", "nowhere.json"]), /nowhere\.json cannot be read/);
    await assert.rejects(main(["--what"]), /--what/);
  });
});
