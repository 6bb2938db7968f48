import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { artifact } from "./support/artifacts.ts";
import { ACCOUNT, type Dev, KEY, OTHER, startDev } from "./support/dev.ts";
import { foundryProgram, run } from "./support/program.ts";

const SUPPLY = "1000000";
const BROKE = "0x00000000000000000000000000000000000b40ce";

interface Receipt {
  blockNumber: string;
  contractAddress: string | null;
  gasUsed: string;
  status: string;
  transactionHash: string;
}

describe("cast", () => {
  let dev: Dev;
  let token: string;
  before(async () => {
    dev = await startDev();
  });
  after(() => dev.close());

  const start = (...args: string[]) => run(foundryProgram("cast"), args, { env: { ETH_RPC_URL: dev.url } });

  /** What it prints; the test fails with its words where it does not succeed. */
  async function cast(...args: string[]): Promise<string> {
    const { code, out, err } = await start(...args);
    assert.equal(code, 0, `cast ${args.join(" ")}\n${out}${err}`);
    return out.trim();
  }

  /** What it complains of. */
  async function fails(...args: string[]): Promise<string> {
    const { code, out, err } = await start(...args);
    assert.notEqual(code, 0, out);
    return err;
  }

  const send = async (...args: string[]) =>
    JSON.parse(await cast("send", "--json", "--private-key", KEY, ...args)) as Receipt;

  it("deploys a contract, calls it and sends to it", async () => {
    const { bytecode } = artifact("openzeppelin-contracts-v4/build/contracts/ERC20PresetFixedSupply.json");
    const signature = "constructor(string,string,uint256,address)";
    const created = await send("--create", bytecode, signature, "Token", "TOK", SUPPLY, ACCOUNT);
    assert.equal(created.status, "0x1");
    token = await cast("to-check-sum-address", created.contractAddress!);
    assert.equal(await cast("call", token, "symbol()(string)"), '"TOK"');
    const sent = await send(token, "transfer(address,uint256)", OTHER, "41");
    assert.equal(await cast("call", token, "balanceOf(address)(uint256)", OTHER), "41");
    const before = String(BigInt(sent.blockNumber) - 1n);
    assert.equal(await cast("call", "--block", before, token, "balanceOf(address)(uint256)", OTHER), "0");
    assert.equal(await cast("receipt", sent.transactionHash, "gasUsed"), String(BigInt(sent.gasUsed)));
    const estimated = await cast(
      "estimate",
      "--from",
      ACCOUNT,
      token,
      "transfer(address,uint256)",
      OTHER,
      "1",
    );
    assert.ok(BigInt(estimated) >= 30_000n && BigInt(estimated) < 60_000n, estimated);
    const unlocked = ["send", "--json", "--unlocked", "--from", OTHER, token];
    const back = JSON.parse(await cast(...unlocked, "transfer(address,uint256)", ACCOUNT, "1")) as Receipt;
    assert.equal(back.status, "0x1");
  });

  it("reads storage, its proof, and logs", async () => {
    const slot = await cast("index", "address", OTHER, "0");
    assert.equal(BigInt(await cast("storage", token, slot)), 40n);
    const proof = JSON.parse(await cast("proof", token, slot)) as {
      storageHash: string;
      storageProof: { value: string; proof: string[] }[];
    };
    assert.equal(BigInt(proof.storageProof[0]!.value), 40n);
    assert.equal(await cast("keccak", proof.storageProof[0]!.proof[0]!), proof.storageHash);
    assert.equal(await cast("storage-root", token), proof.storageHash);
    const event = "Transfer(address indexed,address indexed,uint256)";
    const logs = ["logs", "--json", "--from-block", "earliest", "--address", token, event];
    const found = JSON.parse(await cast(...logs, ACCOUNT)) as { data: string }[];
    assert.deepEqual(
      found.map(({ data }) => BigInt(data)),
      [41n],
    );
    assert.equal((JSON.parse(await cast(...logs)) as unknown[]).length, 3);
  });

  it("is told why a call or a transaction is refused", async () => {
    const transfer = [token, "transfer(address,uint256)", ACCOUNT, "500"];
    assert.match(await fails("call", "--from", BROKE, ...transfer), /ERC20: transfer amount exceeds balance/);
    assert.match(await fails("estimate", "--from", BROKE, ...transfer), /exceeds balance/);
    const sent = ["send", "--private-key", KEY];
    assert.match(await fails(...sent, "--nonce", "0", OTHER), /nonce too low/);
    assert.match(
      await fails(...sent, "--value", "1000000ether", "--gas-limit", "21000", OTHER),
      /insufficient funds/i,
    );
    const failed = await send("--gas-limit", "100000", token, "transfer(address,uint256)", OTHER, "99999999");
    assert.equal(failed.status, "0x0");
  });

  it("executes a transaction of a block again and comes to the receipt", async () => {
    await cast("rpc", "evm_setAutomine", "false");
    const hashes: string[] = [];
    for (const amount of ["1", "2", "3"]) {
      const sent = ["send", "--async", "--private-key", KEY, "--gas-limit", "100000", token];
      const nonce = String(Number(await cast("nonce", ACCOUNT)) + hashes.length);
      hashes.push(await cast(...sent, "--nonce", nonce, "transfer(address,uint256)", BROKE, amount));
    }
    assert.equal(JSON.parse(await cast("tx-pool", "status")).pending, "0x3");
    await cast("rpc", "evm_mine");
    await cast("rpc", "evm_setAutomine", "true");
    // The first of them fills a slot that was empty: only who executes it first comes to the second's gas.
    for (const hash of hashes) {
      const out = await cast("run", hash);
      assert.match(out, /Transaction successfully executed/);
      assert.match(out, new RegExp(`Gas used: ${await cast("receipt", hash, "gasUsed")}`));
    }
    assert.match(await cast("run", "--quick", hashes[0]!), /emit (Transfer\(|topic 0: 0xddf252ad)/);
    const traced = JSON.parse(
      await cast("rpc", "debug_traceTransaction", hashes[1]!, '{"tracer":"callTracer"}'),
    ) as { gasUsed: string };
    assert.equal(String(BigInt(traced.gasUsed)), await cast("receipt", hashes[1]!, "gasUsed"));
    assert.match(await cast("call", "--trace", token, "totalSupply()(uint256)"), /\[Return\]/);
  });

  it("finds blocks by number, tag, hash and time", async () => {
    const number = await cast("block-number");
    const hash = await cast("block", "latest", "--field", "hash");
    assert.equal(await cast("block", hash, "--field", "number"), number);
    const timestamp = await cast("block", number, "--field", "timestamp");
    assert.equal(await cast("find-block", timestamp), number);
    assert.equal(await cast("block-number", hash), number);
    assert.match(await cast("age"), /UTC/);
    assert.equal(await cast("chain-id"), "31337");
    assert.match(await cast("client"), /^anvil\/heddle\//);
    const [baseFee, price] = await Promise.all([cast("base-fee"), cast("gas-price")]);
    assert.ok(BigInt(price) >= (BigInt(baseFee) * 7n) / 8n);
    const raw = await cast(
      "tx",
      "--raw",
      (JSON.parse(await cast("block", "--json")) as Block).transactions[0]!,
    );
    assert.match(raw, /^0x02/);
  });

  it("calls with other state, and publishes what was signed before", async () => {
    const call = ["call", token, "totalSupply()(uint256)"];
    assert.equal(await cast(...call, "--override-state-diff", `${token}:2:0x2a`), "42");
    assert.equal(await cast(...call, "--override-code", `${token}:0x602b5f5260205ff3`), "43");
    assert.match(await cast(...call), /^1000000/);
    const signed = await cast("mktx", "--private-key", KEY, "--value", "3", BROKE);
    const { status } = JSON.parse(await cast("publish", signed)) as Receipt;
    assert.equal(status, "0x1");
    assert.equal(await cast("balance", BROKE), "3");
  });

  it("lets an account run a contract's code (EIP-7702)", async () => {
    const authority = await cast("wallet", "address", "--private-key", `0x${"11".repeat(32)}`);
    const authorization = await cast("wallet", "sign-auth", token, "--private-key", `0x${"11".repeat(32)}`);
    const { status } = await send("--auth", authorization, authority, "totalSupply()");
    assert.equal(status, "0x1");
    assert.equal((await cast("code", authority)).toLowerCase(), `0xef0100${token.slice(2).toLowerCase()}`);
  });

  it("sends blobs", async () => {
    const file = new URL("cast.test.ts", import.meta.url).pathname;
    const { status, ...receipt } = await send("--blob", "--path", file, "--gas-price", "10gwei", OTHER);
    assert.equal(status, "0x1");
    assert.equal((receipt as { blobGasUsed?: string }).blobGasUsed, "0x20000");
  });
});

interface Block {
  transactions: string[];
}
