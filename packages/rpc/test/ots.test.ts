import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Hex } from "@heddle/engine";
import { parseGwei } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { InternalOperation, OtterscanCall } from "../src/tracers/otterscan-tracers.ts";
import { ADDRESSES, CONTRACTS, KEYS } from "./support/node.ts";
import { CALLERS, PAID, type SameBlock, startSameBlock } from "./support/same-block.ts";

type Fields = Record<string, unknown>;

interface Page {
  txs: Fields[];
  receipts: Fields[];
  firstPage: boolean;
  lastPage: boolean;
}

interface Details {
  block: Fields;
  issuance: Fields;
  totalFees: Hex;
}

describe("ots_*", () => {
  let same: SameBlock;
  /** The address of the contract that block 3 deploys, and the transaction that does. */
  let deployed: { address: Hex; hash: Hex };
  before(async () => {
    same = await startSameBlock();
    const { ours, theirs, node } = same;
    await theirs("evm_mine");
    // Blocks 3 to 8: a creation, then payments by way of a contract, one a block.
    for (let nonce = 12; nonce < 18; nonce++) {
      const raw = await privateKeyToAccount(KEYS[0]!).signTransaction({
        type: "eip1559",
        chainId: 31337,
        nonce,
        ...(nonce === 12 ? { data: "0x60015ff3" as const } : { to: CALLERS.payer, value: BigInt(nonce) }),
        gas: 200_000n,
        maxFeePerGas: parseGwei("10"),
        maxPriorityFeePerGas: parseGwei("1"),
      });
      const hash = await theirs<Hex>("eth_sendRawTransaction", raw);
      await theirs("evm_mine");
      await node.chain.mine({ transactions: [Buffer.from(raw.slice(2), "hex")] });
      if (nonce > 12) continue;
      const { contractAddress } = await ours<{ contractAddress: Hex }>("eth_getTransactionReceipt", hash);
      deployed = { address: contractAddress, hash };
    }
  });
  after(() => same.close());

  const both = <T>(method: string, ...params: unknown[]) =>
    Promise.all([same.ours<T>(method, ...params), same.theirs<T>(method, ...params)]);
  const agree = async (method: string, ...params: unknown[]) => {
    const [ours, theirs] = await both(method, ...params);
    assert.deepEqual(ours, theirs, `${method} ${JSON.stringify(params)}`);
  };

  it("have the level that Otterscan asks for, and tell accounts with code", async () => {
    await agree("ots_getApiLevel");
    for (const address of [ADDRESSES[0], CONTRACTS.counter, deployed.address]) {
      for (const block of ["latest", "0x2"]) await agree("ots_hasCode", address, block);
    }
    assert.equal(await same.ours("ots_hasCode", deployed.address, 2), false);
    assert.equal(await same.ours("ots_hasCode", deployed.address, 3), true);
  });

  it("tell a transaction's calls with their depths, creations and self-destructs among them", async () => {
    const [payment] = same.to(CALLERS.payer);
    await agree("ots_traceTransaction", same.hashes[payment!]);
    const [creation] = same.to(CALLERS.plain);
    const [ours, theirs] = await both<OtterscanCall[]>("ots_traceTransaction", same.hashes[creation!]);
    assert.deepEqual(
      ours.map(({ type, depth }) => [type, depth]),
      [
        ["CALL", 0],
        ["CALL", 1],
        ["CALL", 1],
        ["CREATE", 1],
        ["CREATE", 1],
        ["CREATE", 1],
        ["SELFDESTRUCT", 2],
      ],
    );
    // Anvil leaves out creations and self-destructs, Erigon has them.
    assert.deepEqual(
      ours.filter(({ type }) => type === "CALL"),
      theirs,
    );
  });

  it("tell the ether that moved within a transaction, but what was undone", async () => {
    const [payment] = same.to(CALLERS.payer);
    const [ours, theirs] = await both<InternalOperation[]>(
      "ots_getInternalOperations",
      same.hashes[payment!],
    );
    // The transaction's own transfer is not within it; Anvil tells it.
    assert.deepEqual(ours, theirs.slice(1));
    assert.deepEqual(ours, [{ type: 0, from: CALLERS.payer, to: PAID, value: "0x9" }]);
    const [creation] = same.to(CALLERS.plain);
    const [made, theirMade] = await both<InternalOperation[]>(
      "ots_getInternalOperations",
      same.hashes[creation!],
    );
    assert.deepEqual(
      made.map(({ type }) => type),
      [2, 2, 1],
    );
    // Of the creations the second was undone, which Anvil tells; the third it leaves out, for its contract destructed itself.
    const [first, , destruct] = theirMade;
    assert.deepEqual([made[0], made[2]], [first, destruct]);
    const [failing] = same.to(CALLERS.failing);
    assert.deepEqual(await same.ours("ots_getInternalOperations", same.hashes[failing!]), []);
  });

  it("give what a transaction was reverted with", async () => {
    const [failing] = same.to(CALLERS.failing);
    await agree("ots_getTransactionError", same.hashes[failing!]);
    assert.equal(await same.ours("ots_getTransactionError", same.hashes[failing!]), "0xabcd");
    await agree("ots_getTransactionError", same.hashes[0]);
    await assert.rejects(
      same.ours("ots_getTransactionError", `0x${"11".repeat(32)}`),
      /transaction not found/,
    );
  });

  it("tell what a block paid, without its transactions and its bloom", async () => {
    const [ours, theirs] = await both<Details>("ots_getBlockDetails", 1);
    assert.equal(ours.totalFees, theirs.totalFees);
    assert.deepEqual(ours.issuance, theirs.issuance);
    assert.equal(ours.block["transactionCount"], theirs.block["transactionCount"]);
    assert.equal(ours.block["logsBloom"], null);
    assert.equal("transactions" in ours.block, false);
    assert.deepEqual(await same.ours("ots_getBlockDetailsByHash", same.block.hash), ours);
    assert.deepEqual(await same.ours("ots_getBlockDetails", "0x1"), ours);
    assert.equal(await same.ours("ots_getBlockDetails", 99), null);
    const header = await same.ours<Fields>("erigon_getHeaderByNumber", 1);
    assert.equal(header["hash"], same.block.hash);
  });

  it("give a block's transactions page by page, the last ones first, with selectors in place of data", async () => {
    const pages: Hex[][] = [];
    for (let page = 0; page < 5; page++) {
      const { fullblock, receipts } = await same.ours<{ fullblock: Fields; receipts: Fields[] }>(
        "ots_getBlockTransactions",
        1,
        page,
        10,
      );
      assert.equal(fullblock["transactionCount"], 36);
      const transactions = fullblock["transactions"] as { hash: Hex; input: Hex }[];
      assert.deepEqual(
        receipts.map((receipt) => receipt["transactionHash"]),
        transactions.map(({ hash }) => hash),
      );
      assert.ok(receipts.every(({ logs, logsBloom }) => logs === null && logsBloom === null));
      pages.push(transactions.map(({ hash }) => hash));
    }
    assert.deepEqual(
      pages.map(({ length }) => length),
      [10, 10, 10, 6, 0],
    );
    assert.deepEqual(pages.toReversed().flat(), same.hashes);
    const [creation] = (
      await same.ours<{ fullblock: { transactions: Fields[] } }>("ots_getBlockTransactions", 3, 0, 10)
    ).fullblock.transactions;
    assert.equal(creation!["input"], "0x60015ff3");
    await assert.rejects(same.ours("ots_getBlockTransactions", 1, 0, 0), /must be a number from 1 to 1000/);
  });

  it("find the transactions in which an account takes part, page by page in both directions", async () => {
    const hashes = ({ txs }: Page) => txs.map(({ hash }) => hash);
    // Paid by a contract: no transaction names it.
    for (const address of [PAID, CALLERS.payer, ADDRESSES[0]]) {
      for (const [method, block, size] of [
        ["ots_searchTransactionsBefore", 0, 3],
        ["ots_searchTransactionsBefore", 6, 2],
        ["ots_searchTransactionsBefore", 2, 25],
        ["ots_searchTransactionsAfter", 0, 3],
        ["ots_searchTransactionsAfter", 4, 2],
        ["ots_searchTransactionsAfter", 6, 25],
      ] as const) {
        const [ours, theirs] = await both<Page>(method, address, block, size);
        const asked = `${method} ${address} ${block} ${size}`;
        // Within a block Anvil has the oldest first where it searches forward; the specification has the newest.
        assert.deepEqual(hashes(ours).toSorted(), hashes(theirs).toSorted(), asked);
        const places = ours.txs.map(
          (one) => Number(one["blockNumber"]) * 100 + Number(one["transactionIndex"]),
        );
        assert.ok(
          places.every((place, at) => at === 0 || place < places[at - 1]!),
          asked,
        );
        assert.equal(ours.firstPage, theirs.firstPage, asked);
        assert.equal(ours.lastPage, theirs.lastPage, asked);
        for (const [i, { timestamp, transactionHash }] of ours.receipts.entries()) {
          assert.equal(transactionHash, ours.txs[i]!["hash"]);
          assert.match(timestamp as string, /^0x/);
        }
      }
    }
    const all = await same.ours<Page>("ots_searchTransactionsBefore", PAID, 0, 25);
    assert.equal(all.txs.length, 6);
    assert.deepEqual([all.firstPage, all.lastPage], [true, true]);
    const none = await same.ours<Page>("ots_searchTransactionsAfter", `0x${"99".repeat(20)}`, 0, 25);
    assert.deepEqual(none, { txs: [], receipts: [], firstPage: true, lastPage: true });
  });

  it("find a sender's transaction by its nonce", async () => {
    for (const nonce of [0, 11, 12, 17, 18]) {
      const [ours, theirs] = await Promise.all([
        same.ours("ots_getTransactionBySenderAndNonce", ADDRESSES[0], nonce),
        same.theirs("ots_getTransactionBySenderAndNonce", ADDRESSES[0], `0x${nonce.toString(16)}`),
      ]);
      assert.equal(ours, theirs);
      assert.equal(ours === null, nonce === 18);
    }
  });

  it("find who made a contract, where a transaction did", async () => {
    await agree("ots_getContractCreator", deployed.address);
    assert.deepEqual(await same.ours("ots_getContractCreator", deployed.address), {
      hash: deployed.hash,
      creator: ADDRESSES[0],
    });
    // Made by a contract.
    const [creation] = same.to(CALLERS.plain);
    const [, , , { to }] = await same.ours<[unknown, unknown, unknown, OtterscanCall]>(
      "ots_traceTransaction",
      same.hashes[creation!],
    );
    await agree("ots_getContractCreator", to);
    assert.deepEqual(await same.ours("ots_getContractCreator", to), {
      hash: same.hashes[creation!],
      creator: CALLERS.plain,
    });
    // Put there from outside, or no contract.
    for (const address of [CONTRACTS.counter, CALLERS.payer, ADDRESSES[0]]) {
      await agree("ots_getContractCreator", address);
      assert.equal(await same.ours("ots_getContractCreator", address), null);
    }
  });
});
