import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Hex } from "@heddle/engine";
import { Artifacts, explainTransaction, frameText } from "@heddle/rpc";
import * as AbiFunction from "ox/AbiFunction";
import { AnsweredError, startDevNode, type TestDevNode } from "./support/dev-node.ts";
import { compile, creationOf, layouts, SOURCE, written } from "./support/solidity.ts";

const output = compile(SOURCE);
const nodes: TestDevNode[] = [];
after(() => Promise.all(nodes.map((node) => node.close())));

const data = (signature: string, ...args: unknown[]): Hex =>
  AbiFunction.encodeData(AbiFunction.from(`function ${signature}` as never), args as never);

/** A node with the contract deployed by its first account. */
async function deployed(artifacts: Artifacts | undefined, code: Hex, bail = false) {
  const told: string[] = [];
  const node = await startDevNode(
    {},
    {
      ...(artifacts === undefined ? {} : { artifacts }),
      bailOnTransactionFailure: bail,
      onCall: (_, explained) => told.push(...(explained?.frames.map(frameText) ?? [])),
    },
  );
  nodes.push(node);
  const from = node.dev.accounts[0]!.address;
  const send = (fields: object): Promise<Hex> =>
    node.request("eth_sendTransaction", { from, gas: "0x2dc6c0", ...fields });
  const { contractAddress: to } = await node.request("eth_getTransactionReceipt", await send({ data: code }));
  return { node, from, send, to: to as Hex, told };
}

type Deployed = Awaited<ReturnType<typeof deployed>>;

async function explained({ node, send, to }: Deployed, artifacts: Artifacts, call: Hex | { creation: Hex }) {
  const hash = await send(typeof call === "string" ? { to, data: call } : { data: call.creation });
  const { block, index } = node.dev.chain.transaction(hash)!;
  const { error, frames } = await explainTransaction(node.dev.chain, artifacts, block, index);
  return { error, frames: frames.map(frameText) };
}

for (const [name, layout] of Object.entries(layouts)) {
  test(`a failed transaction is explained by what ${name} has written`, async () => {
    const artifacts = new Artifacts(written(layout(output, SOURCE)));
    const place = await deployed(artifacts, creationOf(output, "Owner"));
    assert.deepEqual(await explained(place, artifacts, data("spend(uint256)", 9n)), {
      error: `TooLittle(5, "coins", ${"0x5FbDB2315678afecb367f032d93F642f64180aa3"})`,
      frames: [
        "at Purse.check (src/Purse.sol:18:36)",
        "at Purse.take (src/Purse.sol:14:9)",
        "at Owner.spend (src/Purse.sol:28:9)",
      ],
    });
    assert.deepEqual(await explained(place, artifacts, data("lessen(uint256)", 1n)), {
      error: undefined,
      frames: ["at Owner.lessen (src/Purse.sol:32:16)"],
    });
    const creation: Hex = `${creationOf(output, "Purse")}${"00".repeat(32)}`;
    assert.deepEqual((await explained(place, artifacts, { creation })).frames, [
      "at Purse.constructor (src/Purse.sol:9:9)",
    ]);
  });
}

test("what an inner call failed for is left out where it was caught", async () => {
  const artifacts = new Artifacts(written(layouts["Hardhat 2"]!(output, SOURCE)));
  const place = await deployed(artifacts, creationOf(output, "Owner"));
  assert.deepEqual((await explained(place, artifacts, data("careful()"))).frames, [
    "at Owner.careful (src/Purse.sol:37:9)",
  ]);
});

test("code that differs in its metadata alone is known, other code is not", async () => {
  const artifacts = new Artifacts(written(layouts["Foundry"]!(output, SOURCE)));
  const commented = await deployed(artifacts, creationOf(compile(`${SOURCE}// A comment.\n`), "Owner"));
  assert.equal((await explained(commented, artifacts, data("spend(uint256)", 9n))).frames.length, 3);
  const other = compile(SOURCE.replace("taken == 1", "taken == 2"));
  const changed = await deployed(artifacts, creationOf(other, "Owner"));
  assert.deepEqual((await explained(changed, artifacts, data("careful()"))).frames, [
    `at ${changed.to} (no artifact has its code)`,
  ]);
});

test("a call's error names the custom error with its arguments, and its data stay what clients decode", async () => {
  const artifacts = new Artifacts(written(layouts["Hardhat 3"]!(output, SOURCE)));
  const { node, from, to, told } = await deployed(artifacts, creationOf(output, "Owner"));
  const call = { from, to, data: data("spend(uint256)", 9n) };
  for (const method of ["eth_call", "eth_estimateGas"]) {
    told.length = 0;
    await assert.rejects(node.request(method, call), (error) => {
      assert.ok(error instanceof AnsweredError);
      assert.equal(error.code, 3);
      assert.match(error.message, /^execution reverted: custom error TooLittle\(5, "coins", 0x5FbDB231/);
      assert.match(error.data as string, /^0x[0-9a-f]{8}0{63}5/);
      return true;
    });
    assert.equal(told[2], "at Owner.spend (src/Purse.sol:28:9)");
  }
});

test("a transaction that fails where that is to be told has Hardhat's words and the places in the sources", async () => {
  const artifacts = new Artifacts(written(layouts["Hardhat 2"]!(output, SOURCE)));
  const { send, to } = await deployed(artifacts, creationOf(output, "Owner"), true);
  await assert.rejects(send({ to, data: data("spend(uint256)", 9n) }), (error) => {
    assert.ok(error instanceof AnsweredError);
    assert.match(
      error.message,
      /^VM Exception while processing transaction: reverted with custom error 'TooLittle\(5, "coins", 0x/,
    );
    assert.equal(error.data.stack.length, 3);
    return true;
  });
});

test("a folder is read again when it has changed, and files in it that are no artifacts do no harm", async () => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-artifacts-"));
  writeFileSync(join(folder, "broken.json"), "{");
  writeFileSync(join(folder, "list.json"), "[1]");
  writeFileSync(
    join(folder, "odd.json"),
    JSON.stringify({ abi: 5, bytecode: { object: "0xzz" }, output: null }),
  );
  const artifacts = new Artifacts(folder);
  assert.deepEqual(artifacts.contracts, []);
  writeFileSync(join(folder, "output.json"), JSON.stringify(output));
  while (artifacts.contracts.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(
    artifacts.contracts.map(({ name }) => name),
    ["Owner", "Purse"],
  );
  assert.throws(() => new Artifacts(join(folder, "nowhere")), /ENOENT/);
});
