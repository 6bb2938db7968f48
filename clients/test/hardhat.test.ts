import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Dev, startDev } from "./support/dev.ts";
import { hardhatProgram, run } from "./support/program.ts";

const PROJECT = fileURLToPath(new URL("../hardhat", import.meta.url));

describe("Hardhat 3", () => {
  let dev: Dev;
  before(async () => {
    dev = await startDev();
  });
  after(() => dev.close());

  /** Runs the project's tests on the node, as in `npx hardhat test --network localhost`. */
  const test = (...args: string[]) =>
    run(process.execPath, [hardhatProgram(), "test", "nodejs", "--network", "localhost", ...args], {
      cwd: PROJECT,
      // A test in a test would report to the outer one.
      env: { ETH_RPC_URL: dev.url, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: "" },
    });

  it("runs a project's tests with its network set to the node", async () => {
    const { code, out, err } = await test();
    assert.equal(code, 0, out + err);
    assert.match(out, /15 passing/);
    assert.equal(err, "");
    // What the vault says when it is asked to give, by Hardhat's console.sol.
    assert.match(
      dev.printed(),
      /console\.log: withdraw of 5 wei by 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266/i,
    );
  });

  it("runs them again on the chain that they left behind", async () => {
    const { code, out, err } = await test();
    assert.equal(code, 0, out + err);
    assert.match(out, /15 passing/);
  });
});
