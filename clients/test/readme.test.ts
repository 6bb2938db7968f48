import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Dev, startDev } from "./support/dev.ts";
import { forgeProject, foundryProgram, type Ran, run } from "./support/program.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const README = readFileSync(here("../../README.md"), "utf8");

/** The block of code that follows a name in bold print under "Connect". */
function section(name: string): string {
  const [, code] = new RegExp(`^\\*\\*${name}\\*\\*\\n\\n\`\`\`\\w+\\n(.*?)^\`\`\``, "ms").exec(README) ?? [];
  assert.ok(code !== undefined, `README.md says nothing about ${name}`);
  return code;
}

describe("how to connect, as README.md says", () => {
  let dev: Dev;
  before(async () => {
    dev = await startDev();
  });
  after(() => dev.close());

  const own = (code: string) => code.replaceAll("http://127.0.0.1:8545", dev.url);

  /** Runs TypeScript where viem and ethers are installed. */
  const runScript = (code: string): Promise<Ran> =>
    run(process.execPath, ["--input-type=module-typescript", "--eval", code], {
      cwd: here("../../packages/rpc"),
      env: { NODE_TEST_CONTEXT: undefined },
    });

  it("cast and forge", async () => {
    const folders = (["cast", "forge"] as const).map((name) => dirname(foundryProgram(name)));
    const path = [...folders, process.env["PATH"]].join(delimiter);
    const code = own(section("Foundry"));
    const {
      code: status,
      out,
      err,
    } = await run("bash", ["-e", "-c", code], {
      cwd: forgeProject.cwd,
      // Its own folders: the test of forge may run at the same time.
      env: {
        ...forgeProject.env,
        FOUNDRY_OUT: "build/readme/out",
        FOUNDRY_CACHE_PATH: "build/readme/cache",
        FOUNDRY_BROADCAST: "build/readme/broadcast",
        PATH: path,
      },
    });
    assert.equal(status, 0, out + err);
    assert.match(out, /^10000000000000000000000$/m);
    const [, created] = /^Deployed to: (0x\w+)$/m.exec(out) ?? [];
    const [, scripted] = /^counter: contract Counter (0x\w+)$/m.exec(out) ?? [];
    const numbers = await Promise.all(
      [created, scripted].map((address) => dev.request("eth_getStorageAt", address, "0x0", "latest")),
    );
    assert.deepEqual(numbers.map(Number), [0, 1]);
  });

  it("Hardhat", () => {
    const line = 'localhost: { type: "http", url: ';
    assert.ok(section("Hardhat 3").includes(line));
    assert.ok(section("Hardhat 3").includes("npx hardhat test --network localhost"));
    // The project that the test of Hardhat runs has the same, with the address of its node.
    assert.ok(readFileSync(here("../hardhat/hardhat.config.ts"), "utf8").includes(line));
  });

  it("viem", async () => {
    const before = Number(await dev.request("eth_blockNumber"));
    const { code, err } = await runScript(section("viem").replace("http()", `http("${dev.url}")`));
    assert.equal(code, 0, err);
    assert.equal(Number(await dev.request("eth_blockNumber")), before + 1);
  });

  it("ethers", async () => {
    const before = Number(await dev.request("eth_blockNumber"));
    const { code, out, err } = await runScript(`${own(section("ethers 6"))}\nprovider.destroy();`);
    assert.equal(code, 0, err);
    assert.equal(Number(out), before + 1);
  });
});
