import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Hex } from "@heddle/engine";
import { parseGwei } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { CallFrame } from "../src/tracers/call-tracer.ts";
import type { StructLog, StructLogResult } from "../src/tracers/struct-logger.ts";
import { ask } from "./support/anvil.ts";
import { ADDRESSES, CONTRACTS, KEYS, startTestNode, type TestNode } from "./support/node.ts";
import { CALLER_CODES, CALLERS, type SameBlock, startSameBlock } from "./support/same-block.ts";

const signed = (key: number, nonce: number, to: Hex) =>
  privateKeyToAccount(KEYS[key]!).signTransaction({
    type: "eip1559",
    chainId: 31337,
    nonce,
    to,
    gas: 500_000n,
    maxFeePerGas: parseGwei("10"),
    maxPriorityFeePerGas: parseGwei("1"),
  });

describe("traces of transactions within a block", () => {
  let node: TestNode;
  let hashes: Hex[];
  before(async () => {
    node = await startTestNode();
    await node.chain.edit([{ address: CALLERS.nested, code: CALLER_CODES.nested }]);
    const raw = await Promise.all([
      signed(0, 0, CONTRACTS.counter),
      signed(1, 0, CALLERS.nested),
      signed(2, 0, CONTRACTS.counter),
    ]);
    for (const one of raw) await node.chain.pool.add(Buffer.from(one.slice(2), "hex"));
    const block = await node.chain.mine({});
    assert.equal(block.transactionCount, 3);
    hashes = [0, 1, 2].map((i) => block.transactionHash(i));
    // Blocks after it: the state that is traced on is history.
    await node.chain.mine({});
  });
  after(() => node.close());

  const trace = <T>(hash: Hex, config: object = {}) =>
    ask(node.server.url, "debug_traceTransaction", hash, config) as Promise<T>;

  it("show the state that each found, in the block alone and in the whole block", async () => {
    const seen: (string | undefined)[] = [];
    for (const [i, hash] of hashes.entries()) {
      const { structLogs } = await trace<StructLogResult>(hash);
      const load = structLogs.find(({ op }) => op === "SLOAD")!;
      seen.push(Object.values(load.storage!)[0]);
      const block = (await ask(node.server.url, "debug_traceBlockByNumber", "0x1")) as {
        txHash: Hex;
        result: StructLogResult;
      }[];
      assert.deepEqual(block[i]!.result.structLogs, structLogs);
      assert.equal(block[i]!.txHash, hash);
    }
    assert.deepEqual(seen.map(Number), [0, 1, 2]);
  });

  it("count the gas of the receipts", async () => {
    const { block } = node.chain.transaction(hashes[0]!)!;
    for (const [i, hash] of hashes.entries()) {
      const { gas, failed } = await trace<StructLogResult>(hash);
      assert.equal(BigInt(gas), BigInt(block.receipt(i).gasUsed));
      assert.equal(failed, false);
    }
  });

  it("are those of the block's bytes, too", async () => {
    const rlp = await ask(node.server.url, "debug_getRawBlock", "0x1");
    const byBytes = await ask(node.server.url, "debug_traceBlock", rlp, { tracer: "callTracer" });
    const byNumber = await ask(node.server.url, "debug_traceBlockByNumber", "0x1", { tracer: "callTracer" });
    assert.deepEqual(byBytes, byNumber);
  });

  it("have a tree of calls, creations and self-destructs, reverted ones included", async () => {
    const top = await trace<CallFrame>(hashes[1]!, { tracer: "callTracer", tracerConfig: { withLog: true } });
    assert.deepEqual(
      top.calls!.map(({ type, error, calls }) => [type, error, calls?.map((inner) => inner.type)]),
      [
        ["CALL", undefined, undefined],
        ["CALL", "execution reverted", undefined],
        ["CALL", undefined, undefined],
        ["CREATE", undefined, undefined],
        ["CREATE", "execution reverted", undefined],
        ["CREATE", undefined, ["SELFDESTRUCT"]],
      ],
    );
    assert.equal(top.calls![0]!.logs![0]!.index, "0x1");
  });

  it("are told by several tracers at once as by each", async () => {
    const names = ["callTracer", "prestateTracer", "4byteTracer", "noopTracer"];
    const tracerConfig = Object.fromEntries(names.map((name) => [name, {}]));
    const all = await trace<Record<string, unknown>>(hashes[1]!, { tracer: "muxTracer", tracerConfig });
    for (const name of names) assert.deepEqual(all[name], await trace(hashes[1]!, { tracer: name }));
  });

  it("leave out what is not wanted", async () => {
    const { structLogs } = await trace<StructLogResult>(hashes[0]!, {
      disableStack: true,
      disableStorage: true,
      enableMemory: true,
      limit: 12,
    });
    assert.equal(structLogs.length, 12);
    assert.ok(structLogs.every(({ stack, storage }) => stack === undefined && storage === undefined));
    assert.ok(structLogs.some(({ memory }) => memory !== undefined));
  });

  it("are made of messages on any block, with the state as it is wished", async () => {
    const message = { from: ADDRESSES[0], to: CONTRACTS.counter };
    const slot = async (block: string, config: object) => {
      const result = (await ask(
        node.server.url,
        "debug_traceCall",
        message,
        block,
        config,
      )) as StructLogResult;
      return Number(Object.values(result.structLogs.find(({ op }) => op === "SLOAD")!.storage!)[0]);
    };
    assert.equal(await slot("0x0", {}), 0);
    assert.equal(await slot("latest", {}), 3);
    const stateDiff = { [`0x${"00".repeat(32)}`]: `0x${"00".repeat(31)}2a` };
    assert.equal(await slot("latest", { stateOverrides: { [CONTRACTS.counter]: { stateDiff } } }), 42);
    assert.equal(await slot("latest", {}), 3);
  });

  it("tell what is unknown", async () => {
    await assert.rejects(trace(`0x${"11".repeat(32)}`), /transaction not found/);
    await assert.rejects(
      trace(hashes[0]!, { tracer: "{step: …}" }),
      /tracers in JavaScript are not run here/,
    );
    await assert.rejects(
      trace(hashes[0]!, { tracer: "oneTracer" }),
      /tracer not found: "oneTracer"; there are callTracer, /,
    );
    await assert.rejects(ask(node.server.url, "debug_traceBlockByNumber", "0x0"), /genesis is not traceable/);
  });
});

describe("struct logs of a block that was executed in parallel", () => {
  let same: SameBlock;
  before(async () => {
    same = await startSameBlock();
  });
  after(() => same.close());

  const traces = async (hash: Hex) =>
    Promise.all([
      same.ours<StructLogResult>("debug_traceTransaction", hash, {}),
      same.theirs<StructLogResult>("debug_traceTransaction", hash, {}),
    ]);

  it("are those of Anvil for each of its transactions, which depend on those before them", async () => {
    const { hashes, block } = same;
    assert.equal(hashes.length, 36);
    const counts: number[] = [];
    for (const [i, hash] of hashes.entries()) {
      const [ours, theirs] = await traces(hash);
      assert.deepEqual(
        ours.structLogs.map(comparable),
        theirs.structLogs.map(comparable),
        `transaction ${i}`,
      );
      assert.equal(ours.returnValue, theirs.returnValue);
      assert.equal(ours.failed, theirs.failed);
      // Anvil tells with each transaction the gas of all until then.
      assert.equal(BigInt(ours.gas), BigInt(block.receipt(i).gasUsed));
      assert.equal(BigInt(theirs.gas), BigInt(block.receipt(i).cumulativeGasUsed));
      if (block.transaction(i).to !== CONTRACTS.counter) continue;
      counts.push(Number(ours.structLogs.find(({ op }) => op === "SSTORE")!.stack!.at(-2)));
    }
    // Each counts on from what the ones before it have counted, whoever sent them.
    assert.ok(counts.length > 30);
    assert.ok(counts.every((count, i) => i === 0 || count > counts[i - 1]!));
  });

  it("are the same in the trace of the whole block", async () => {
    const block = await same.ours<{ txHash: Hex; result: StructLogResult }[]>(
      "debug_traceBlockByNumber",
      "0x1",
    );
    assert.deepEqual(
      block.map(({ txHash }) => txHash),
      same.hashes,
    );
    const middle = 17;
    const [ours] = await traces(same.hashes[middle]!);
    assert.deepEqual(block[middle]!.result, ours);
  });
});

/** What both tell of an instruction. To a creation's cost Anvil adds the gas that it hands on; geth does not, nor do we. */
function comparable({ pc, op, gas, gasCost, depth, stack }: StructLog) {
  return { pc, op, gas, depth, stack, ...(op.startsWith("CREATE") ? {} : { gasCost }) };
}
