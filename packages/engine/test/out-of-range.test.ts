import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { checkHeaderFields } from "../src/header.ts";
import {
  createEngine,
  decodeBlock,
  decodeHeader,
  type EngineOptions,
  type Header,
  headerHash,
  networkConfig,
} from "../src/index.ts";
import { block, ETHER, type ListedInput, SHANGHAI, sender, senders, transfers } from "./support/blocks.ts";

const alloc = senders(5);
const engine = await createEngine({ workers: 2, chain: SHANGHAI, genesis: { alloc } });
const cancun = await createEngine({ workers: 1, chain: networkConfig("Cancun"), genesis: { alloc } });
const london = await createEngine({ workers: 1, chain: networkConfig("London"), genesis: { alloc } });
after(() => Promise.all([engine.close(), cancun.close(), london.close()]));

const HASH = `0x${"00".repeat(32)}` as const;
const good = block(transfers(3));
const { header } = good;
const withdrawal = { index: 0n, validatorIndex: 0n, amount: 1n, address: sender(1) };
const inCancun = { ...header, excessBlobGas: 0n, parentBeaconBlockRoot: HASH };
const proofOfWork = { ...header, difficulty: 131072n };

/** What no number of `bits` bits is. */
const numbers = (bits: 64 | 256): unknown[] => [
  -1n,
  2n ** BigInt(bits),
  1,
  "1",
  NaN,
  null,
  undefined,
  {},
  [1n],
];
const bytes = (length: number): unknown[] => [
  `0x${"00".repeat(length - 1)}`,
  `0x${"00".repeat(length + 1)}`,
  `0x${"0g".repeat(length)}`,
  "00".repeat(length),
  `0x${"0".repeat(2 * length - 1)}`,
  "0x",
  "",
  new Uint8Array(length + 1),
  5,
  null,
  {},
];

type Wrong = [field: string, values: unknown[], input: (value: never) => object];
const inHeader = (name: keyof Header, values: unknown[], base: object = header): Wrong => [
  `header.${name}`,
  values,
  (value) => ({ header: { ...base, [name]: value } }),
];

/** Checks that each value is refused by the field's name, and that the good block runs after all of them. */
function refuses(on: () => typeof engine, base: ListedInput, wrong: Wrong[]) {
  return async () => {
    for (const [field, values, input] of wrong) {
      for (const value of values) {
        await assert.rejects(on().execute({ ...base, ...input(value as never) }), (error: unknown) => {
          const { name, field: met, stack } = error as { name: string; field?: string; stack: string };
          assert.ok(name === "InvalidArgumentError" || name === "InvalidBlockError", stack);
          assert.equal(met, field, stack);
          return true;
        });
      }
    }
    const result = await on().execute(base);
    assert.equal(result.receipts.length, base.transactions.length);
    result.discard();
  };
}

test(
  "every header field that execution reads is refused by its name",
  refuses(() => engine, good, [
    ["header", [undefined, null, 5, "0x"], (value) => ({ header: value })],
    inHeader("number", numbers(64)),
    inHeader("timestamp", numbers(64)),
    inHeader("gasLimit", [...numbers(64), 2n ** 63n]),
    inHeader("baseFeePerGas", numbers(256)),
    inHeader("coinbase", [...bytes(20), undefined]),
    inHeader("mixHash", bytes(32)),
    inHeader("parentHash", bytes(32)),
  ]),
);

test(
  "so are those of Cancun",
  refuses(() => cancun, { ...good, header: inCancun }, [
    // Near 2 ** 64 the price of blob gas would have a million million digits.
    inHeader("excessBlobGas", [...numbers(64), 2n ** 64n - 1n, 2n ** 40n], inCancun),
    inHeader("parentBeaconBlockRoot", [...bytes(32), undefined], inCancun),
  ]),
);

test(
  "and those of proof of work",
  refuses(() => london, { ...good, withdrawals: undefined, header: proofOfWork }, [
    inHeader("difficulty", numbers(256), proofOfWork),
    ["withdrawals", [[withdrawal]], (withdrawals) => ({ withdrawals })],
    ["uncles", [[{}, {}, {}], {}, 5], (uncles) => ({ uncles })],
    ["uncles[0]", [[null], [5]], (uncles) => ({ uncles })],
    [
      "uncles[0].number",
      [[{ number: -1n, coinbase: sender(1) }], [{ number: 1n, coinbase: sender(1) }]],
      (uncles) => ({ uncles }),
    ],
    [
      "uncles[0].coinbase",
      [[{ number: 1n, coinbase: "0x12" }], [{ number: 1n }]],
      (uncles) => ({ uncles, header: { ...proofOfWork, number: 2n } }),
    ],
  ]),
);

const withdrawals = (change: object) => ({ withdrawals: [withdrawal, { ...withdrawal, ...change }] });

test(
  "transactions, senders, withdrawals and the ways to run them are refused by their names",
  refuses(() => engine, good, [
    ["transactions", [undefined, null, 5, {}, "0x"], (transactions) => ({ transactions })],
    ["transactions[1]", ["0x00", 5, null, [1]], (one) => ({ transactions: [good.transactions[0], one] })],
    ["senders", [[], new Uint8Array(59), "0x", 5, {}, null], (senders) => ({ senders })],
    ["senders[1]", bytes(20), (one) => ({ senders: [sender(0), one, sender(2)] })],
    ["withdrawals", [5, {}, "0x", new Array(70_000).fill(withdrawal)], (list) => ({ withdrawals: list })],
    ["withdrawals[0]", [[null], [5]], (list) => ({ withdrawals: list })],
    ["withdrawals[1].index", [-1n, 2n ** 64n, 1.5, null], (index) => withdrawals({ index })],
    ["withdrawals[1].validatorIndex", [-1n, 2n ** 64n], (validatorIndex) => withdrawals({ validatorIndex })],
    ["withdrawals[1].amount", [-1n, 2n ** 64n, undefined], (amount) => withdrawals({ amount })],
    ["withdrawals[1].address", bytes(20), (address) => withdrawals({ address })],
    [
      "uncles",
      [[{ number: 0n, coinbase: sender(1) }].slice(0, 1)],
      (uncles) => ({ uncles, header: { ...header, number: 1n } }),
    ],
    ["workers", [NaN, -1, 0, 1.5, "2", Number.POSITIVE_INFINITY, 2n], (workers) => ({ workers })],
    ["mode", ["both", 1, null, {}], (mode) => ({ mode })],
    ["signal", [5, {}, "stop"], (signal) => ({ signal })],
    ["blockHashes", [5, "0x", {}, []], (blockHashes) => ({ blockHashes })],
    [
      "blockHashes[0]",
      [new Map([[0n, "0x12"]]), () => 5],
      (blockHashes) => ({ blockHashes, header: { ...header, parentHash: undefined } }),
    ],
    ["parentTotalDifficulty", [-1n, 5, "1", null], (parentTotalDifficulty) => ({ parentTotalDifficulty })],
  ]),
);

test("more workers than there are is as many as there are", async () => {
  const result = await engine.execute({ ...good, workers: 100 });
  assert.equal(result.schedule.workers, 2);
  result.discard();
});

test("options are refused by their names", async () => {
  const state = { account: () => undefined, storage: () => 0n, code: () => new Uint8Array(0) };
  const wrong: [field: string, values: unknown[], options?: (value: unknown) => object][] = [
    ["workers", [-1, 1.5, NaN, 121, "2", null]],
    ["memoryLimit", [0, 2 ** 32, NaN, "1", 1n]],
    ["cacheBytes", [0, -1, NaN, "1"]],
    ["hangTimeout", [0, -1, NaN, 2 ** 31]],
    ["stateRoot", bytes(32), (stateRoot) => ({ state, stateRoot })],
    ["genesis", [{ alloc }], (genesis) => ({ state, genesis })],
    ["chain.chainId", [-1n, "x", undefined, 1.5, null], (chainId) => ({ chain: { ...SHANGHAI, chainId } })],
    ["chain", [null, "mainnet"]],
    ["chain.londonBlock", [-1, "0x0", 1.5, null], (londonBlock) => ({ chain: { ...SHANGHAI, londonBlock } })],
    ["chain.osakaTime", ["0", 5n], (osakaTime) => ({ chain: { ...SHANGHAI, osakaTime } })],
    [
      "chain.terminalTotalDifficulty",
      [-1n, "much"],
      (terminalTotalDifficulty) => ({ chain: { ...SHANGHAI, terminalTotalDifficulty } }),
    ],
    ["genesis.alloc", [undefined, null, [], "0x"], (all) => ({ genesis: { alloc: all } })],
    ["signal", [5, {}]],
    ["blockHashes", [5, {}, []]],
    ["state", [5, {}, { account: 5 }]],
    ["alloc[0x12]", [{ "0x12": {} }], (all) => ({ genesis: { alloc: all } })],
    [`alloc[${sender(1)}]`, [null, 5], (account) => ({ genesis: { alloc: { [sender(1)]: account } } })],
    [
      `alloc[${sender(1).slice(2)}]`,
      [{ [sender(1)]: {}, [sender(1).slice(2)]: {} }],
      (all) => ({ genesis: { alloc: all } }),
    ],
    [
      `alloc[${sender(1)}].storage[0x01]`,
      [{ "0x1": "0x1", "0x01": "0x2" }],
      (storage) => ({ genesis: { alloc: { [sender(1)]: { storage } } } }),
    ],
    [
      `alloc[${sender(1)}].balance`,
      [-1n, 2n ** 256n, "abc"],
      (balance) => ({ genesis: { alloc: { [sender(1)]: { balance } } } }),
    ],
    [
      `alloc[${sender(1)}].nonce`,
      [-1n, 2n ** 64n],
      (nonce) => ({ genesis: { alloc: { [sender(1)]: { nonce } } } }),
    ],
    [
      `alloc[${sender(1)}].code`,
      ["0x1", "60", 5],
      (code) => ({ genesis: { alloc: { [sender(1)]: { code } } } }),
    ],
  ];
  for (const [field, values, options = (value: unknown) => ({ [field]: value })] of wrong) {
    for (const value of values) {
      const given = { workers: 0, chain: SHANGHAI, ...options(value) } as EngineOptions;
      await assert.rejects(createEngine(given), (error: unknown) => {
        const { name, field: met, stack } = error as { name: string; field?: string; stack: string };
        assert.equal(name, "InvalidArgumentError", `${field} ${String(value)}: ${stack}`);
        assert.equal(met, field, stack);
        return true;
      });
    }
  }
});

test("what should be an object is refused where it is none", async () => {
  for (const none of [null, 5] as never[]) {
    await assert.rejects(createEngine(none), { name: "InvalidArgumentError", field: "options" });
    await assert.rejects(engine.execute(none), { name: "InvalidArgumentError", field: "input" });
    await assert.rejects(engine.call(none), { name: "InvalidArgumentError", field: "call" });
  }
  assert.throws(() => decodeHeader("0xc0" as never), { name: "InvalidArgumentError", field: "header" });
  assert.throws(() => decodeBlock("0xc0" as never), { name: "InvalidArgumentError", field: "block" });
  assert.throws(() => headerHash({} as never), { name: "InvalidArgumentError", field: "header.parentHash" });
});

test("a look-up that is refused rejects: it does not throw before there is a promise", async () => {
  const lookUps = [
    engine.getAccount("0x"),
    engine.getStorage("0x", HASH),
    engine.getCode("0x"),
    engine.getProof("0x"),
  ];
  for (const lookUp of lookUps)
    await assert.rejects(lookUp, { name: "InvalidArgumentError", field: "address" });
});

test("messages and look-ups are refused by their names", async () => {
  const bad = (value: unknown) => value as never;
  const call = (input: object) => engine.call(bad(input));
  const wrong: [field: string, run: () => Promise<unknown>][] = [
    ["from", () => call({ from: "0x12" })],
    ["to", () => call({ to: "0x" })],
    ["data", () => call({ data: "0x1" })],
    ["value", () => call({ to: sender(1), value: -1n })],
    ["gas", () => call({ to: sender(1), gas: 2n ** 64n })],
    ["gasPrice", () => call({ to: sender(1), gasPrice: 2n ** 256n })],
    ["header.number", () => engine.call({ to: sender(1) }, { block: { number: -1n } })],
    ["address", async () => engine.getAccount("0x12")],
    ["key", async () => engine.getStorage(sender(1), "0x12")],
    ["address", async () => engine.getCode(bad(5))],
    ["keys", async () => engine.getProof(sender(1), bad("0x"))],
    ["keys[1]", async () => engine.getProof(sender(1), [HASH, "0x"])],
  ];
  for (const [field, run] of wrong) {
    await assert.rejects(run, (error: unknown) => {
      const { name, field: met, stack } = error as { name: string; field?: string; stack: string };
      assert.equal(name, "InvalidArgumentError", `${field}: ${stack}`);
      assert.equal(met, field, stack);
      return true;
    });
  }
  assert.equal((await engine.getAccount(sender(0)))?.balance, ETHER);
});

test("every field of a complete header is refused by its name", () => {
  const lengths: Partial<Record<keyof Header, number>> = {
    parentHash: 32,
    ommersHash: 32,
    coinbase: 20,
    stateRoot: 32,
    transactionsRoot: 32,
    receiptsRoot: 32,
    logsBloom: 256,
    mixHash: 32,
    nonce: 8,
    withdrawalsRoot: 32,
    parentBeaconBlockRoot: 32,
    requestsHash: 32,
  };
  const bits: Partial<Record<keyof Header, 64 | 256>> = {
    difficulty: 256,
    number: 64,
    gasLimit: 64,
    gasUsed: 64,
    timestamp: 64,
    baseFeePerGas: 256,
    blobGasUsed: 64,
    excessBlobGas: 64,
  };
  const complete: Record<string, unknown> = { extraData: "0x" };
  for (const [name, length] of Object.entries(lengths)) complete[name] = `0x${"00".repeat(length)}`;
  for (const name of Object.keys(bits)) complete[name] = 0n;
  checkHeaderFields(complete as unknown as Header);
  const refuse = (name: string, value: unknown) =>
    assert.throws(() => checkHeaderFields({ ...complete, [name]: value } as unknown as Header), {
      name: "InvalidArgumentError",
      field: `header.${name}`,
    });
  for (const [name, length] of Object.entries(lengths))
    for (const value of bytes(length)) refuse(name, value);
  for (const [name, size] of Object.entries(bits)) {
    for (const value of numbers(size)) if (value !== undefined) refuse(name, value);
  }
  for (const value of [5, null, "0x1", {}]) refuse("extraData", value);
});

test("where the system has no room for the memory, an error says so and what may help", async () => {
  const code = `import { createEngine } from "@heddle/engine";
    await createEngine({ workers: 0 }).catch(({ code, field, met }) => console.log(code, field, met));`;
  const flags = ["--wasm-max-mem-pages=1000", "--conditions=@heddle/source", "--input-type=module"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, "--eval", code], {
    cwd: import.meta.dirname,
  });
  assert.equal(stdout, `MEMORY_UNAVAILABLE memoryLimit ${2 ** 31}\n`);
});
