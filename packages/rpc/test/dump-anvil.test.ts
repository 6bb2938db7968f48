import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Hex } from "@heddle/engine";
import { type Anvil, startAnvil } from "./support/anvil.ts";
import { startDevNode } from "./support/dev-node.ts";

const node = await startDevNode({ accounts: 2 });
const [alice, bob] = node.dev.accounts.map(({ address }) => address) as [Hex, Hex];
const whale: Hex = `0x${"77".repeat(20)}`;
const anvils: Anvil[] = [];
after(async () => {
  await Promise.all(anvils.map((anvil) => anvil.close()));
  await node.close();
});

// Stores its input in slot 1.
const CODE: Hex = "0x5f3560015500";
const contract: Hex = `0x${"c1".repeat(20)}`;

async function started(...options: string[]): Promise<Anvil> {
  const anvil = await startAnvil(...options);
  anvils.push(anvil);
  return anvil;
}

test("Anvil goes on from a dump of ours: accounts, blocks, transactions and receipts", async () => {
  await node.request("anvil_setCode", contract, CODE);
  await node.request("anvil_setBalance", whale, "0xde0b6b3a7640000");
  await node.request("anvil_impersonateAccount", whale);
  const stored = await node.request("eth_sendTransaction", {
    from: alice,
    to: contract,
    data: `0x${"5".padStart(64, "0")}`,
  });
  const old = await node.request("eth_sendTransaction", {
    from: bob,
    to: alice,
    value: "0x7",
    gasPrice: "0x77359400",
  });
  const acted = await node.request("eth_sendTransaction", { from: whale, to: bob, value: "0x9" });
  await node.request("anvil_mine", "0x3");
  const dump = await node.request("anvil_dumpState");

  const file = join(mkdtempSync(join(tmpdir(), "heddle-dump-")), "state.json");
  writeFileSync(file, gunzipSync(Buffer.from((dump as string).slice(2), "hex")));
  const byFile = await started("--load-state", file);
  const byCall = await started();
  assert.equal(await byCall.request("anvil_loadState", dump), true);
  for (const anvil of [byFile, byCall]) {
    const same = async (method: string, ...params: unknown[]) =>
      assert.deepEqual(await anvil.request(method, ...params), await node.request(method, ...params), method);
    await same("eth_blockNumber");
    await same("eth_getBalance", whale, "latest");
    await same("eth_getTransactionCount", alice, "latest");
    await same("eth_getCode", contract, "latest");
    await same("eth_getStorageAt", contract, "0x1", "latest");
    for (const hash of [stored, old, acted] as Hex[]) {
      const picked = async ({ request }: Pick<Anvil, "request">) => {
        const { from, to, blockHash, status, gasUsed } = (await request(
          "eth_getTransactionReceipt",
          hash,
        )) as Record<string, unknown>;
        return { from, to, blockHash, status, gasUsed };
      };
      assert.deepEqual(await picked(anvil), await picked(node), hash);
    }
    // It makes blocks on top; it answers eth_sendTransaction before there is one.
    await anvil.request("eth_sendTransactionSync", { from: alice, to: bob, value: "0x1" });
    assert.equal(Number(await anvil.request("eth_blockNumber")), 7);
  }
});

test("we go on from a dump of Anvil's", async () => {
  const anvil = await started();
  await anvil.request("anvil_setCode", contract, CODE);
  await anvil.request("eth_sendTransactionSync", {
    from: alice,
    to: contract,
    data: `0x${"6".padStart(64, "0")}`,
  });
  const dump = await anvil.request("anvil_dumpState", true);
  const other = await startDevNode({ accounts: 2 });
  assert.equal(await other.request("anvil_loadState", dump), true);
  assert.equal(
    await other.request("eth_getStorageAt", contract, "0x1", "latest"),
    `0x${"6".padStart(64, "0")}`,
  );
  for (const at of [alice, bob, contract]) {
    assert.equal(
      await other.request("eth_getBalance", at, "latest"),
      await anvil.request("eth_getBalance", at, "latest"),
    );
  }
  await other.close();
});
