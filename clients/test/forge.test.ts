import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  type Address,
  type BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  http,
  parseAbi,
} from "viem";
import { ACCOUNT, type Dev, KEY, OTHER, startDev } from "./support/dev.ts";
import { forgeProject, foundryProgram, run } from "./support/program.ts";

const ABI = parseAbi([
  "error TooMuch(uint256 most)",
  "function asset() view returns (address)",
  "function balanceOf(address) view returns (uint256)",
  "function totalAssets() view returns (uint256)",
  "function deposit(uint256, address) returns (uint256)",
]);

describe("forge", () => {
  let dev: Dev;
  before(async () => {
    dev = await startDev();
  });
  after(() => dev.close());

  const forge = (command: string[], env: NodeJS.ProcessEnv = {}, signal?: AbortSignal) =>
    run(foundryProgram("forge"), command, {
      cwd: forgeProject.cwd,
      env: { ...forgeProject.env, ETH_RPC_URL: dev.url, ...env },
      ...(signal === undefined ? {} : { signal }),
    });

  /** What it says on success; the test fails with its words where it does not succeed. */
  async function succeeds(command: string[], env?: NodeJS.ProcessEnv): Promise<string> {
    const { code, out, err } = await forge(command, env);
    assert.equal(code, 0, out + err);
    return out;
  }

  const client = () => createPublicClient({ transport: http(dev.url), cacheTime: 0 });

  /** What the script returned: the addresses of asset and vault. */
  function returnedBy(out: string): { asset: Address; shares: Address } {
    const [asset, shares] = ["asset", "shares"].map(
      (name) => new RegExp(`^${name}: contract \\w+ (0x\\w+)$`, "m").exec(out)?.[1],
    );
    return { asset: asset as Address, shares: shares as Address };
  }

  async function deploy(...options: string[]): Promise<{ asset: Address; shares: Address }> {
    const script = ["script", "script/Deploy.s.sol", "--rpc-url", dev.url, "--broadcast"];
    const out = await succeeds([...script, ...options]);
    assert.match(out, /ONCHAIN EXECUTION COMPLETE & SUCCESSFUL/);
    return returnedBy(out);
  }

  /** The vault holds what the script put in, and refuses what its source refuses. */
  async function assertDeployed({ asset, shares }: { asset: Address; shares: Address }, owner: Address) {
    const vault = { address: shares, abi: ABI } as const;
    assert.equal(await client().readContract({ ...vault, functionName: "asset" }), asset);
    assert.equal(await client().readContract({ ...vault, functionName: "totalAssets" }), 600n);
    assert.equal(await client().readContract({ ...vault, functionName: "balanceOf", args: [owner] }), 600n);
    const refused = client().simulateContract({ ...vault, functionName: "deposit", args: [1001n, owner] });
    await assert.rejects(refused, (error) => {
      const reverted = (error as BaseError).walk((one) => one instanceof ContractFunctionRevertedError);
      const { data } = reverted as ContractFunctionRevertedError;
      return data?.errorName === "TooMuch" && data.args?.[0] === 1000n;
    });
  }

  it("deploys by a script that is broadcast, to an address known before", async () => {
    const deployed = await deploy("--private-key", KEY);
    assert.equal(deployed.asset.toLowerCase(), "0x5fbdb2315678afecb367f032d93f642f64180aa3");
    await assertDeployed(deployed, ACCOUNT);
    // All was sent at once: what came while a block was made is in the next one together.
    assert.ok((await client().getBlockNumber()) <= 5n);
    const env = { SHARES: deployed.shares, OWNER: ACCOUNT };
    const tested = await succeeds(["test", "--fork-url", dev.url], env);
    assert.match(tested, /2 tests passed, 0 failed/);
  });

  it("sends one after the other in the name of an account of the node", async () => {
    const number = await client().getBlockNumber();
    await assertDeployed(await deploy("--unlocked", "--sender", OTHER, "--slow"), OTHER);
    assert.equal(await client().getBlockNumber(), number + 5n);
  });

  it("goes on with a script that was cut off while it waited for receipts", async () => {
    await dev.request("evm_setAutomine", false);
    const cut = new AbortController();
    const script = [
      "script",
      "script/Deploy.s.sol",
      "--rpc-url",
      dev.url,
      "--broadcast",
      "--private-key",
      KEY,
    ];
    const running = forge(script, {}, cut.signal);
    let over = false;
    void running.then(() => {
      over = true;
    });
    while (!over && ((await dev.request("txpool_status")) as { pending: string }).pending !== "0x5") {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    cut.abort();
    const { code, out } = await running;
    assert.equal(code, null, out);
    await dev.request("evm_mine");
    await dev.request("evm_setAutomine", true);
    const number = await client().getBlockNumber();
    assert.match(await succeeds([...script, "--resume"]), /ONCHAIN EXECUTION COMPLETE & SUCCESSFUL/);
    assert.equal(await client().getBlockNumber(), number);
    await assertDeployed(returnedBy(out), ACCOUNT);
  });

  it("creates a contract", async () => {
    const out = await succeeds(["create", "src/Shares.sol:Asset", "--private-key", KEY, "--broadcast"]);
    const [, address] = /^Deployed to: (0x\w+)$/m.exec(out) ?? [];
    const name = await client().readContract({
      address: address as Address,
      abi: parseAbi(["function name() view returns (string)"]),
      functionName: "name",
    });
    assert.equal(name, "Asset");
  });
});
