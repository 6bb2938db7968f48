import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { DevChain } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import { traceFilter } from "../src/decode/trace-filter.ts";
import { ErrorCode } from "../src/errors.ts";
import { otsSearch } from "../src/methods/ots-search.ts";
import { TraceSearch } from "../src/trace-search.ts";
import { startDevNode, type TestDevNode } from "./support/dev-node.ts";

const BLOCKS = 70;
/** More than one portion, less than all. */
const MOST = 40;
const NOBODY: Hex = `0x${"99".repeat(20)}`;
/** Paid in each block whose number ends with a 0. */
const PAID: Hex = `0x${"77".repeat(20)}`;

describe("a search through blocks that were not looked into yet", () => {
  let node: TestDevNode;
  let dev: DevChain;
  const context = { signal: new AbortController().signal, connection: undefined };
  before(async () => {
    node = await startDevNode();
    dev = node.dev;
    const [from, other] = dev.accounts.map(({ address }) => address) as [Hex, Hex];
    for (let number = 1; number <= BLOCKS; number++) {
      const to = number % 10 === 0 ? PAID : other;
      await dev.sendTransaction(from, { to, value: 1n, gas: 21_000n });
    }
  });
  after(() => node.close());

  const filter = (search: TraceSearch, fields: object) =>
    search.filter(traceFilter(fields, "filter"), context.signal);

  it("ends where it has executed as much as it may, and goes on from there when it is asked again", async () => {
    const search = new TraceSearch(dev.chain, MOST);
    await assert.rejects(
      filter(search, { toAddress: NOBODY }),
      (error: { code: number; message: string }) => {
        assert.equal(error.code, ErrorCode.limitExceeded);
        assert.match(
          error.message,
          /^40 transactions were looked into, up to block \d+; ask for fewer blocks/,
        );
        return true;
      },
    );
    assert.deepEqual(await filter(search, { toAddress: NOBODY }), []);
    const found = await filter(search, { toAddress: PAID });
    assert.deepEqual(
      found.map(({ blockNumber }) => blockNumber),
      [10, 20, 30, 40, 50, 60, 70],
    );
  });

  it("gives what it has found until then as a page that is not the last", async () => {
    const methods = otsSearch(dev.chain, new TraceSearch(dev.chain, MOST));
    const page = async (method: string, block: number) => {
      const { txs, ...ends } = (await methods[method]!.call([PAID, block, 25], context)) as {
        txs: { blockNumber: Hex }[];
        firstPage: boolean;
        lastPage: boolean;
      };
      return [txs.map(({ blockNumber }) => Number(blockNumber)), ends.firstPage, ends.lastPage];
    };
    assert.deepEqual(await page("ots_searchTransactionsBefore", 0), [[70, 60, 50, 40], true, false]);
    assert.deepEqual(await page("ots_searchTransactionsBefore", 40), [[30, 20, 10], false, true]);
    assert.deepEqual(await page("ots_searchTransactionsAfter", 0), [
      [70, 60, 50, 40, 30, 20, 10],
      true,
      true,
    ]);
  });

  it("answers for the blocks that are there now", async () => {
    const search = new TraceSearch(dev.chain);
    const last = async () => (await filter(search, { toAddress: PAID })).at(-1)!.blockNumber;
    assert.equal(await last(), 70);
    await dev.rollback(5);
    assert.equal(await last(), 60);
  });
});
