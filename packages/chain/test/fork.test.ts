import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ColdReadError, type Hex } from "@heddle/engine";
import {
  cleanCache,
  type DevChain,
  devAccounts,
  type ForkOptions,
  listCache,
  openDevChain,
  RemoteError,
  type RemoteProblem,
} from "../src/index.ts";
import { FakeRemote } from "./support/fake-remote.ts";
import { COUNTER, COUNTER_CODE, ETHER, person } from "./support/people.ts";

const ZERO: Hex = `0x${"00".repeat(32)}`;
/** Where the counter counts the first account. */
const SLOT: Hex = `0x${devAccounts(1)[0]!.address.slice(2).padStart(64, "0")}`;
const rich = person(5).address;
const stranger = person(6).address;
const quick = { workers: 0, memoryLimit: 2 ** 27 } as const;

let remoteChain: DevChain;
let remote: FakeRemote;
const opened: DevChain[] = [];
const folder = mkdtempSync(join(tmpdir(), "heddle-fork-"));

before(async () => {
  remoteChain = await openDevChain({ ...quick, chainId: 4242, timestamp: 1_700_000_000n, accounts: 2 });
  await remoteChain.mine();
  await remoteChain.setBalance(rich, 7n * ETHER);
  await remoteChain.setCode(COUNTER, COUNTER_CODE);
  await remoteChain.setStorageAt(COUNTER, SLOT, 41n);
  await remoteChain.mine();
  await remoteChain.mine();
  remote = await FakeRemote.start(remoteChain);
});
after(async () => {
  for (const dev of opened) await dev.close();
  await remote.close();
  await remoteChain.close();
  rmSync(folder, { recursive: true, force: true });
});

async function fork(options: Partial<ForkOptions> = {}): Promise<DevChain> {
  remote.fault = () => false;
  remote.lie = (_, result) => result;
  remote.asked.length = 0;
  const dev = await openDevChain({
    ...quick,
    accounts: 2,
    fork: { url: remote.url, cache: false, retryDelay: 5, ...options },
  });
  opened.push(dev);
  return dev;
}

const is = (problem: RemoteProblem) => (error: unknown) => {
  const met = error instanceof ColdReadError ? error.cause : error;
  assert.ok(met instanceof RemoteError, String(error));
  assert.equal(met.problem, problem);
  return true;
};

const count = (dev: DevChain) => dev.chain.state().storage(COUNTER, SLOT);
const bump = (dev: DevChain) => dev.sendTransaction(dev.accounts[0]!.address, { to: COUNTER, gas: 100_000n });

test("a fork has the remote's id, block, time, base fee and state, and goes on by itself", async () => {
  const dev = await fork();
  const { chain } = dev;
  assert.equal(chain.chainId, 4242n);
  assert.deepEqual([chain.head.number, chain.head.hash], [3n, remoteChain.chain.head.hash]);
  assert.equal(await count(dev), 41n);
  assert.equal((await chain.state().account(rich))?.balance, 7n * ETHER);
  assert.equal(await chain.state().account(stranger), undefined);
  const expected = remoteChain.chain.proposal({ timestamp: 1_800_000_000n });
  assert.equal(chain.proposal().header.baseFeePerGas, expected.header.baseFeePerGas);

  const hash = await bump(dev);
  const { block } = chain.transaction(hash)!;
  assert.equal(block.number, 4n);
  assert.equal(block.header.parentHash, remoteChain.chain.head.hash);
  assert.equal(block.header.gasLimit, remoteChain.chain.head.header.gasLimit);
  assert.ok(block.header.timestamp - remoteChain.chain.head.header.timestamp < 60n);
  assert.equal(block.header.stateRoot, ZERO);
  assert.equal(await count(dev), 42n);
  assert.equal(await chain.state(3n).storage(COUNTER, SLOT), 41n);
  assert.equal(await count(remoteChain), 41n);
});

test("blocks of a fork are taken back to the remote's state", async () => {
  const dev = await fork();
  const id = await dev.snapshot();
  await bump(dev);
  await dev.setBalance(rich, 1n);
  await bump(dev);
  assert.equal(await count(dev), 43n);
  await dev.revert(id);
  assert.deepEqual([dev.chain.head.number, await count(dev)], [3n, 41n]);
  assert.equal((await dev.chain.state().account(rich))?.balance, 7n * ETHER);
  await bump(dev);
  assert.equal(await count(dev), 42n);
});

test("an older block, or one counted from the newest, is gone on from as well", async () => {
  const early = await fork({ blockNumber: 0n });
  assert.deepEqual([early.chain.head.number, await count(early)], [0n, 0n]);
  const counted = await fork({ blockNumber: -1n });
  assert.equal(counted.chain.head.number, 2n);
  assert.equal(counted.chain.head.hash, remoteChain.chain.block(2n)!.hash);
});

test("BLOCKHASH reaches behind the fork", async () => {
  const dev = await fork();
  // BLOCKHASH(calldata) as the result.
  await dev.setCode(stranger, "0x5f3540 5f5260205ff3".replaceAll(" ", "") as Hex);
  for (const number of [0n, 1n, 2n, 3n]) {
    const data: Hex = `0x${number.toString(16).padStart(64, "0")}`;
    await dev.mine();
    const { output } = await dev.chain.state().call({ to: stranger, data });
    assert.equal(`0x${Buffer.from(output).toString("hex")}`, remoteChain.chain.block(number)!.hash);
  }
});

test("values are asked for in batches, each once", async () => {
  const dev = await fork();
  const { trips } = remote;
  await dev.chain.exclusive(() =>
    dev.fork!.state.prefetch(Array.from({ length: 30 }, (_, i) => ({ to: person(100 + i).address }))),
  );
  assert.ok(remote.trips - trips <= 2, `${remote.trips - trips} trips`);
  const asked = remote.asked.length;
  for (let i = 0; i < 30; i++) await dev.chain.state().account(person(100 + i).address);
  assert.equal(remote.asked.length, asked);
});

test("what was read before is not asked for again, and a damaged file is dropped", async () => {
  const first = await fork({ cache: folder });
  await bump(first);
  await first.close();
  const [file] = await listCache(folder);
  assert.deepEqual([file?.chainId, file?.number], [4242n, 3n]);
  assert.deepEqual(readdirSync(join(folder, "4242")).length, 1);

  const second = await fork({ cache: folder });
  await bump(second);
  assert.deepEqual([...new Set(remote.asked)].sort(), [
    "eth_blockNumber",
    "eth_chainId",
    "eth_getBlockByNumber",
  ]);
  assert.equal(await count(second), 42n);
  await second.close();

  const text = readFileSync(file!.path, "utf8");
  for (const damaged of [text.replace("0x29", "0x30"), text.slice(0, 100), "", "no such thing"]) {
    assert.notEqual(damaged, text);
    writeFileSync(file!.path, damaged);
    const problems: string[] = [];
    const third = await fork({ cache: folder, onCacheProblem: (problem) => problems.push(problem) });
    assert.equal(problems.length, 1);
    assert.equal(await count(third), 41n);
    await third.close();
  }
  assert.equal((await cleanCache(folder, { chainId: 1n })).length, 0);
  assert.equal((await cleanCache(folder)).length, 1);
  assert.deepEqual(await listCache(folder), []);
});

test("a remote that says too much is waited for, as long as it says", async () => {
  let refusals = 0;
  const dev = await fork();
  const times: number[] = [];
  remote.fault = (_, response) => {
    times.push(performance.now());
    if (refusals++ >= 1) return false;
    response.writeHead(429, { "retry-after": "1" }).end();
    return true;
  };
  assert.equal(await count(dev), 41n);
  assert.ok(times[1]! - times[0]! >= 900, `${times[1]! - times[0]!} ms`);
});

test("a remote that is broken for a moment is asked again", async () => {
  const dev = await fork();
  let faults = 0;
  const breaks: ((response: Parameters<FakeRemote["fault"]>[1]) => unknown)[] = [
    (response) => response.writeHead(503).end(),
    (response) => response.destroy(),
    (response) => response.writeHead(200, { "content-length": "500" }).write("[{", () => response.destroy()),
  ];
  remote.fault = (_, response) => {
    const next = breaks[faults++];
    next?.(response);
    return next !== undefined;
  };
  assert.equal(await count(dev), 41n);
  assert.ok(faults > breaks.length);
});

const hopeless: [string, RemoteProblem, FakeRemote["fault"], Partial<ForkOptions>][] = [
  ["is gone", "UNREACHABLE", (_, response) => !!response.destroy(), {}],
  ["is too busy", "RATE_LIMITED", (_, response) => !!response.writeHead(429).end(), {}],
  ["has an error of its own", "UNREACHABLE", (_, response) => !!response.writeHead(500).end("<html>"), {}],
  ["answers with a page", "MALFORMED", (_, response) => !!response.end("<html>"), {}],
  [
    "answers with half of an object",
    "MALFORMED",
    (_, response) => !!response.setHeader("content-type", "application/json").end('[{"jsonrpc":'),
    {},
  ],
  ["answers with nothing", "MALFORMED", (_, response) => !!response.end("[]"), {}],
  ["never answers", "TIMEOUT", () => true, { timeout: 400 }],
  [
    "refuses",
    "REFUSED",
    (requests, response) => {
      const error = { code: -32000, message: "missing trie node" };
      response.setHeader("content-type", "application/json");
      return !!response.end(JSON.stringify(requests.map(({ id }) => ({ jsonrpc: "2.0", id, error }))));
    },
    {},
  ],
];

for (const [what, problem, fault, options] of hopeless) {
  test(`where the remote ${what}, a block that needs it fails whole, and is made when it is back`, async () => {
    const dev = await fork({ retries: 1, ...options });
    const sender = dev.accounts[0]!.address;
    const { balance } = (await dev.chain.state().account(sender))!;
    const { number } = dev.chain.head;
    remote.fault = fault;
    await assert.rejects(bump(dev), is(problem));
    await assert.rejects(dev.chain.state().call({ to: COUNTER }), is(problem));
    assert.equal(dev.chain.head.number, number);
    remote.fault = () => false;
    assert.deepEqual(
      await dev.chain
        .state()
        .account(sender)
        .then((account) => account?.balance),
      balance,
    );
    await dev.mine();
    assert.deepEqual([dev.chain.head.number, dev.chain.head.transactionCount], [number + 1n, 1]);
    assert.equal(await count(dev), 42n);
  });
}

test("answers that are not what their methods give are told by field", async () => {
  for (const [method, wrong] of [
    ["eth_getBalance", "lots"],
    ["eth_getTransactionCount", `0x1${"00".repeat(8)}`],
    ["eth_getCode", "0x123"],
    ["eth_getStorageAt", null],
    ["eth_getStorageAt", `0x1${"00".repeat(32)}`],
  ] as const) {
    const dev = await fork();
    remote.lie = (request, result) => (request.method === method ? wrong : result);
    await assert.rejects(count(dev), is("MALFORMED"));
    assert.equal(dev.chain.head.number, 3n);
  }
});

test("with proofs the state is the same", async () => {
  const dev = await fork({ verifyProofs: true });
  assert.equal(await count(dev), 41n);
  assert.equal((await dev.chain.state().account(rich))?.balance, 7n * ETHER);
  await bump(dev);
  assert.equal(await count(dev), 42n);
  assert.ok(!remote.asked.includes("eth_getStorageAt"));
});

test("with proofs every lie is found out", async () => {
  type Proof = Record<string, unknown> & {
    accountProof: Hex[];
    storageProof: { value: Hex; proof: Hex[] }[];
  };
  const lies: ((proof: Proof) => void)[] = [
    (proof) => Object.assign(proof, { balance: "0x123" }),
    (proof) => Object.assign(proof, { nonce: "0x77" }),
    (proof) => proof.accountProof.pop(),
    (proof) => Object.assign(proof, { accountProof: [] }),
    (proof) => Object.assign(proof, { accountProof: ["0xc0"] }),
    (proof) => {
      const last = proof.accountProof.length - 1;
      const node = proof.accountProof[last]!;
      proof.accountProof[last] = `${node.slice(0, -1)}${node.endsWith("0") ? "1" : "0"}` as Hex;
    },
  ];
  for (const lie of lies) {
    const dev = await fork({ verifyProofs: true });
    remote.lie = ({ method }, result) => {
      if (method === "eth_getProof") lie(result as Proof);
      return result;
    };
    await assert.rejects(dev.chain.state().account(rich), is("UNPROVEN"));
  }
  for (const lie of [
    ({ storageProof: [slot] }: Proof) => Object.assign(slot!, { value: "0x2a" }),
    ({ storageProof: [slot] }: Proof) => Object.assign(slot!, { value: "0x0", proof: [] }),
  ]) {
    const dev = await fork({ verifyProofs: true });
    remote.lie = ({ method, params }, result) => {
      if (method === "eth_getProof" && (params[1] as Hex[]).length > 0) lie(result as Proof);
      return result;
    };
    await assert.rejects(count(dev), is("UNPROVEN"));
    await assert.rejects(bump(dev), is("UNPROVEN"));
    assert.equal(dev.chain.head.number, 3n);
  }
  const dev = await fork({ verifyProofs: true });
  remote.lie = ({ method }, result) => (method === "eth_getCode" ? "0x00" : result);
  await assert.rejects(dev.chain.state().code(COUNTER), is("UNPROVEN"));
});

test("a header that does not give its hash is not taken where proofs are asked for", async () => {
  const lying = async (verifyProofs: boolean) => {
    const opening = fork({ verifyProofs });
    remote.lie = ({ method }, result) =>
      method === "eth_getBlockByNumber" ? { ...(result as object), stateRoot: ZERO } : result;
    return opening;
  };
  await assert.rejects(lying(true), is("UNPROVEN"));
  assert.equal((await lying(false)).chain.head.hash, remoteChain.chain.head.hash);
});

test("another chain than the one that is wanted, or a block that is not there, is told", async () => {
  await assert.rejects(fork({ chainId: 1n }), is("WRONG_CHAIN"));
  await assert.rejects(fork({ blockNumber: 99n }), is("WRONG_CHAIN"));
  await assert.rejects(openDevChain({ ...quick, fork: { url: "ftp://somewhere" } }), {
    code: "INVALID_ARGUMENT",
  });
});

test("no error tells the keys in an address", async () => {
  const url = remote.url.replace("http://", "http://user:secret@");
  const dev = await fork({ url: `${url}/v3/0123456789abcdef?key=verysecret`, retries: 0 });
  remote.fault = (_, response) => !!response.destroy();
  const error = await count(dev).then(
    () => assert.fail("it was read"),
    (met: Error) => met,
  );
  assert.match(error.message, /127\.0\.0\.1/);
  assert.doesNotMatch(
    JSON.stringify([error.message, error.stack, error.cause, String(error.cause)]),
    /secret|abcdef/,
  );
});

test("closing does not wait for a remote that never answers", async () => {
  const dev = await fork();
  remote.fault = () => true;
  const waiting = assert.rejects(count(dev), is("CLOSED"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await dev.close();
  await waiting;
});
