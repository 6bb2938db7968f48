import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Hex } from "@heddle/engine";
import { privateKeyToAccount } from "viem/accounts";
import type { FlatTrace } from "../src/tracers/flat-call-tracer.ts";
import type { Replay } from "../src/tracers/replay-tracer.ts";
import type { AccountDifference, StateDifference } from "../src/tracers/state-diff-tracer.ts";
import type { VmTrace } from "../src/tracers/vm-tracer.ts";
import { ADDRESSES, CONTRACTS, KEYS } from "./support/node.ts";
import { CALLERS, PAID, type SameBlock, startSameBlock } from "./support/same-block.ts";

type Replayed = Replay & { transactionHash: Hex };

describe("trace_*", () => {
  let same: SameBlock;
  let replayed: { ours: Replayed[]; theirs: Replayed[] };
  before(async () => {
    same = await startSameBlock();
    const ask = ["trace_replayBlockTransactions", "0x1", ["trace", "stateDiff", "vmTrace"]] as const;
    replayed = { ours: await same.ours(...ask), theirs: await same.theirs(...ask) };
  });
  after(() => same.close());

  it("tell the calls that Anvil tells, but for those of precompiles", async () => {
    const ours = await same.ours<FlatTrace[]>("trace_block", "0x1");
    const theirs = await same.theirs<FlatTrace[]>("trace_block", "0x1");
    const nested = new Set(same.to(CALLERS.nested));
    const isComparable = ({ transactionPosition }: FlatTrace) => !nested.has(transactionPosition!);
    assert.deepEqual(ours.filter(isComparable).map(comparable), theirs.filter(isComparable).map(comparable));
    const rest = theirs.filter((trace) => !isComparable(trace));
    const precompile = rest.findIndex(({ action }) => action["to"] === `0x${"00".repeat(19)}04`);
    assert.ok(precompile > 0);
    const kinds = (traces: readonly FlatTrace[]) => traces.map(({ type, error }) => [type, error]);
    assert.deepEqual(
      kinds(ours.filter((trace) => !isComparable(trace))),
      kinds(rest.toSpliced(precompile, 1)),
    );
  });

  it("tell a transaction's calls alone, and one of them by its address in the tree", async () => {
    const [index] = same.to(CALLERS.plain);
    const hash = same.hashes[index!]!;
    const block = await same.ours<FlatTrace[]>("trace_block", "0x1");
    const traces = await same.ours<FlatTrace[]>("trace_transaction", hash);
    assert.deepEqual(
      traces,
      block.filter(({ transactionPosition }) => transactionPosition === index),
    );
    assert.deepEqual(
      traces.map(({ type, traceAddress }) => [type, traceAddress.join()]),
      [
        ["call", ""],
        ["call", "0"],
        ["call", "1"],
        ["create", "2"],
        ["create", "3"],
        ["create", "4"],
        ["suicide", "4,0"],
      ],
    );
    for (const trace of traces) {
      const address = trace.traceAddress.map((place) => `0x${place.toString(16)}`);
      assert.deepEqual(await same.ours("trace_get", hash, address), trace);
    }
    assert.equal(await same.ours("trace_get", hash, ["0x4", "0x1"]), null);
    assert.equal(await same.ours("trace_transaction", `0x${"11".repeat(32)}`), null);
  });

  it("give the outermost call the gas that its code gets, without the intrinsic gas", async () => {
    const [index] = same.to(CALLERS.payer);
    const [outermost] = await same.ours<FlatTrace[]>("trace_transaction", same.hashes[index!]);
    assert.equal(Number(outermost!.action["gas"]), 500_000 - 21_000);
    const { gasUsed } = same.block.receipt(index!);
    assert.equal(Number(outermost!.result!["gasUsed"]), Number(gasUsed) - 21_000);
  });

  it("tell the state that each transaction changed as Anvil does, but that an account is born with its first ether", () => {
    assert.equal(replayed.ours.length, same.hashes.length);
    for (const [i, ours] of replayed.ours.entries()) {
      const theirs = replayed.theirs[i]!;
      assert.equal(ours.transactionHash, theirs.transactionHash);
      assert.equal(ours.output, theirs.output);
      assert.deepEqual(bornAsChanged(ours.stateDiff!), theirs.stateDiff);
    }
    const [payment] = same.to(CALLERS.payer);
    assert.deepEqual(replayed.ours[payment!]!.stateDiff![PAID], {
      balance: { "+": "0x9" },
      code: { "+": "0x" },
      nonce: { "+": "0x0" },
      storage: {},
    });
    const [creation] = same.to(CALLERS.plain);
    const born = Object.values(replayed.ours[creation!]!.stateDiff!).filter(
      ({ code }) => typeof code === "object",
    );
    assert.deepEqual(born, [
      {
        balance: { "+": "0x0" },
        code: { "+": "0x00" },
        nonce: { "+": "0x1" },
        storage: { [word(0)]: { "+": word(7) } },
      },
    ]);
  });

  it("tell each instruction's cost, the gas behind it and what it pushed as Anvil does", () => {
    const instructions: string[] = [];
    // Anvil gives the traces of inner frames to the wrong calls where one of them is a precompile's.
    for (const place of [...same.to(CONTRACTS.counter).slice(0, 20), ...same.to(CALLERS.failing)]) {
      compareVm(replayed.ours[place]!.vmTrace!, replayed.theirs[place]!.vmTrace!, instructions);
    }
    assert.ok(instructions.length > 300);
    const [place] = same.to(CALLERS.plain);
    const [ours, theirs] = [replayed.ours[place!]!.vmTrace!, replayed.theirs[place!]!.vmTrace!];
    compareOperations(ours, theirs, []);
  });

  it("tell the memory and the slot that an instruction wrote, and what ran in a call", () => {
    const [place] = same.to(CALLERS.failing);
    const { vmTrace, output } = replayed.ours[place!]!;
    assert.equal(output, "0xabcd");
    const of = (trace: VmTrace, name: string) => trace.ops.find(({ op }) => op === name)!;
    assert.deepEqual(of(vmTrace!, "MSTORE").ex!.mem, { data: word(0xabcd), off: 0 });
    const { sub, ex } = of(vmTrace!, "CALL");
    assert.deepEqual(ex!.push, ["0x1"]);
    assert.equal(sub!.code, "0x5f54600101805f555f52600160205fa1005b");
    const stored = of(sub!, "SSTORE").ex!.store!;
    assert.equal(Number(stored.val), Number(of(sub!, "SLOAD").ex!.push[0]) + 1);
    assert.equal(stored.key, "0x0");
  });

  it("replay one transaction as they replay it in its block", async () => {
    for (const place of [0, 17, same.hashes.length - 1]) {
      const { transactionHash, ...ours } = replayed.ours[place]!;
      const types = ["trace", "stateDiff", "vmTrace"];
      assert.deepEqual(await same.ours("trace_replayTransaction", transactionHash, types), ours);
      const partly = await same.ours<Replay>("trace_replayTransaction", transactionHash, ["vmTrace"]);
      assert.deepEqual(partly, { ...ours, trace: [], stateDiff: null });
    }
    await assert.rejects(
      same.ours("trace_replayTransaction", `0x${"11".repeat(32)}`, []),
      /transaction not found/,
    );
    await assert.rejects(
      same.ours("trace_replayTransaction", same.hashes[0], ["everything"]),
      /must be one of trace, stateDiff, vmTrace/,
    );
  });

  it("find the traces of senders and receivers that Anvil finds", async () => {
    const [sender] = ADDRESSES;
    const filters: object[] = [
      {},
      { fromAddress: [sender] },
      { toAddress: [CONTRACTS.counter] },
      { fromAddress: [sender], toAddress: [CONTRACTS.counter] },
      { fromAddress: [sender], toAddress: [CONTRACTS.counter], mode: "intersection" },
      { toAddress: [CONTRACTS.counter], after: 5, count: 3 },
      { fromAddress: [PAID] },
    ];
    const hidden = new Set(same.to(CALLERS.nested));
    for (const filter of filters) {
      const range = { fromBlock: "0x1", toBlock: "0x1", ...filter };
      const [ours, theirs] = await Promise.all([
        same.ours<FlatTrace[]>("trace_filter", range),
        same.theirs<FlatTrace[]>("trace_filter", range),
      ]);
      const told = (traces: readonly FlatTrace[]) =>
        traces.filter(({ transactionPosition }) => !hidden.has(transactionPosition!)).map(comparable);
      assert.deepEqual(told(ours), told(theirs), JSON.stringify(filter));
    }
  });

  it("look through all blocks unless they are told which, and refuse those in the wrong order", async () => {
    const all = await same.ours<FlatTrace[]>("trace_filter", { toAddress: PAID });
    assert.deepEqual(
      all.map(({ blockNumber, action }) => [blockNumber, action["value"]]),
      [[1, "0x9"]],
    );
    await assert.rejects(
      same.ours("trace_filter", { fromBlock: "0x2", toBlock: "0x1" }),
      /toBlock must be at least fromBlock \(2\)/,
    );
    assert.deepEqual(await same.ours("trace_filter", { fromBlock: "0x5", toBlock: "0x9" }), []);
  });

  it("tell what a call would do, with the state as it is wished, and count it for its sender", async () => {
    const call = { from: ADDRESSES[2], to: CONTRACTS.counter };
    const replay = await same.ours<Replay>("trace_call", call, ["trace", "stateDiff"], "latest", {
      [CONTRACTS.counter]: { stateDiff: { [word(0)]: word(41) } },
    });
    assert.equal(replay.trace.length, 1);
    assert.equal(replay.vmTrace, null);
    assert.deepEqual(replay.stateDiff![CONTRACTS.counter]!.storage, {
      [word(0)]: { "*": { from: word(41), to: word(42) } },
    });
    assert.deepEqual(replay.stateDiff![ADDRESSES[2]]!.nonce, { "*": { from: "0xc", to: "0xd" } });
    const unfunded = { ...call, value: `0x1${"00".repeat(12)}` };
    for (const [method, ...params] of [
      ["trace_call", unfunded, ["trace"]],
      ["trace_callMany", [[unfunded, ["vmTrace"]]]],
      ["debug_traceCall", unfunded, "latest", { tracer: "callTracer" }],
      ["eth_call", unfunded, "latest"],
    ] as const) {
      await assert.rejects(same.ours(method, ...params), /insufficient funds for transfer/, method);
    }
  });

  it("tell what calls would do one after another: each finds what those before it left", async () => {
    const count = (replay: Replay) =>
      Number((replay.stateDiff![CONTRACTS.counter]!.storage[word(0)] as { "*": { to: Hex } })["*"].to);
    const call = [{ from: ADDRESSES[2], to: CONTRACTS.counter }, ["stateDiff"]];
    const counts = (await same.ours<Replay[]>("trace_callMany", [call, call, call], "latest")).map(count);
    assert.deepEqual(counts, [counts[0], counts[0]! + 1, counts[0]! + 2]);
    // Creations by one sender: each has its own address, and the next call finds the code.
    const init = "0x60015ff3";
    const creation = [{ from: ADDRESSES[0], data: init }, ["trace"]];
    const [first, second] = await same.ours<Replay[]>("trace_callMany", [creation, creation]);
    const address = first!.trace[0]!.result!["address"];
    assert.notEqual(address, second!.trace[0]!.result!["address"]);
    const [, looked] = await same.ours<Replay[]>("trace_callMany", [
      creation,
      [{ from: ADDRESSES[1], to: address }, ["vmTrace"]],
    ]);
    assert.equal(looked!.vmTrace!.code, "0x00");
  });

  it("tell what a signed transaction would do in the next block, and refuse one that could not be in it", async () => {
    const account = privateKeyToAccount(KEYS[2]!);
    const signed = (nonce: number) =>
      account.signTransaction({
        type: "eip1559",
        chainId: 31337,
        nonce,
        to: CONTRACTS.counter,
        gas: 100_000n,
        maxFeePerGas: 10n ** 10n,
        maxPriorityFeePerGas: 10n ** 9n,
      });
    const types = ["trace", "stateDiff", "vmTrace"];
    const would = await same.ours<Replay>("trace_rawTransaction", await signed(12), types);
    await assert.rejects(same.ours("trace_rawTransaction", await signed(13), types), /nonce too high/);
    await assert.rejects(same.ours("trace_rawTransaction", "0x02c0", types), { code: -32000 });
    const { chain } = same.node;
    await chain.pool.add(Buffer.from((await signed(12)).slice(2), "hex"));
    const block = await chain.mine({});
    const did = await same.ours<Replay>("trace_replayTransaction", block.transactionHash(0), types);
    assert.deepEqual(would, did);
  });

  it("tell nothing of genesis and of blocks that are not there", async () => {
    assert.deepEqual(await same.ours("trace_block", "0x0"), []);
    assert.equal(await same.ours("trace_block", "0x999"), null);
    assert.deepEqual(await same.ours("trace_block", "0x2"), []);
    await assert.rejects(same.ours("trace_replayBlockTransactions", "0x999", []), /header not found/);
  });
});

const word = (value: number) => `0x${value.toString(16).padStart(64, "0")}` as Hex;

/** What both tell of a call. Anvil's block has another hash, and it tells the address of a creation that was undone. */
function comparable({ blockHash: _, ...trace }: FlatTrace): unknown {
  if (trace.type !== "create" || trace.error === undefined) return trace;
  const { address: _address, ...result } = trace.result!;
  return { ...trace, result };
}

/** Accounts without code that are new, as Anvil has them: what was nothing became something. */
function bornAsChanged(difference: StateDifference): Record<Hex, unknown> {
  return Object.fromEntries(
    Object.entries(difference).map(([address, account]: [string, AccountDifference]) => {
      const { balance, code } = account as { balance: { "+"?: Hex }; code: { "+"?: Hex } };
      if (balance["+"] === undefined || code["+"] !== "0x") return [address, account];
      return [
        address,
        { balance: { "*": { from: "0x0", to: balance["+"] } }, code: "=", nonce: "=", storage: {} },
      ];
    }),
  );
}

/** Both traces, inner ones included. */
function compareVm(ours: VmTrace, theirs: VmTrace, instructions: string[]): void {
  assert.equal(ours.code, theirs.code);
  compareOperations(ours, theirs, instructions);
  for (const [i, { sub }] of ours.ops.entries()) {
    const theirSub = theirs.ops[i]!.sub;
    assert.equal(sub === null, theirSub === null);
    if (sub !== null) compareVm(sub, theirSub!, instructions);
  }
}

/** Anvil tells the gas before an instruction as `used`: the next one's is what is left behind it. Of calls it tells no push. */
function compareOperations(ours: VmTrace, theirs: VmTrace, instructions: string[]): void {
  assert.deepEqual(
    ours.ops.map(({ pc, op, cost }) => ({ pc, op, cost })),
    theirs.ops.map(({ pc, op, cost }) => ({ pc, op, cost })),
  );
  for (const [i, { op, ex }] of ours.ops.entries()) {
    instructions.push(op);
    const next = theirs.ops[i + 1]?.ex;
    if (next !== undefined) assert.equal(ex!.used, next!.used, `${op} ${i}`);
    if (!/^(CREATE|.*CALL$)/.test(op)) assert.deepEqual(ex!.push, theirs.ops[i]!.ex!.push, `${op} ${i}`);
  }
}
