import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { devAccounts, devGenesis } from "@heddle/chain";
import { networkConfig } from "@heddle/engine";
import { type Hex, keccak256 } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { startDevNode, type TestDevNode } from "./support/dev-node.ts";

const BEGIN = 1_800_000_000;
const PRAGUE = BEGIN + 1000;
const OSAKA = BEGIN + 2000;

const HISTORY = "0x0000f90827f1c53a10cb7a02335b175320002935";
const NOBODY = "0x000000000000000000000000000000000000dead";
const P256 = "0x0000000000000000000000000000000000000100";
/** The first vector of EIP-7951 that verifies. */
const SIGNED_BY_P256: Hex =
  "0x4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4da73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d604aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff37618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e";
/** EIP-7825. */
const MOST_GAS = 2n ** 24n;

describe("a chain that crosses two forks by time while it runs", () => {
  let node: TestDevNode;
  let nonce = 0;
  const { privateKey } = devAccounts(1)[0]!;
  const alice = privateKeyToAccount(privateKey);

  before(async () => {
    const cancun = networkConfig("Cancun", { chainId: 31337 });
    const config = { ...cancun, pragueTime: PRAGUE, osakaTime: OSAKA };
    const genesis = devGenesis([alice], { timestamp: BigInt(BEGIN), hardfork: "Cancun" });
    node = await startDevNode({
      genesis: { ...genesis, config: { ...genesis.config, ...config } },
      mining: { kind: "manual" },
    });
  });
  after(() => node.close());

  const fees = { chainId: 31337, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n };
  /** Names `alice` herself as the code that she takes (EIP-7702). */
  const delegation = async (to: Hex) => {
    const authorization = await alice.signAuthorization({ address: to, chainId: 31337, nonce: nonce + 1 });
    return alice.signTransaction({
      ...fees,
      type: "eip7702",
      nonce,
      gas: 100_000n,
      to: NOBODY,
      authorizationList: [authorization],
    });
  };
  const spending = (gas: bigint) => alice.signTransaction({ ...fees, nonce, gas, to: NOBODY });
  const latest = () => node.request("eth_getBlockByNumber", "latest", false);
  const schedule = async () => {
    const { current, next, last } = await node.request("eth_config");
    return {
      since: current.activationTime,
      blobs: current.blobSchedule.max,
      history: "HISTORY_STORAGE_ADDRESS" in current.systemContracts,
      p256: "P256VERIFY" in current.precompiles,
      next: next?.activationTime ?? null,
      last: last?.activationTime ?? null,
    };
  };
  const send = async (raw: Hex) => {
    assert.equal(await node.request("eth_sendRawTransaction", raw), keccak256(raw));
    await node.request("evm_mine");
    const receipt = await node.request("eth_getTransactionReceipt", keccak256(raw));
    nonce++;
    return receipt;
  };

  async function isAtCancun(): Promise<void> {
    assert.deepEqual(await schedule(), {
      since: 0,
      blobs: 6,
      history: false,
      p256: false,
      next: PRAGUE,
      last: OSAKA,
    });
    assert.equal((await latest()).requestsHash, undefined);
    await assert.rejects(
      node.request("eth_sendRawTransaction", await delegation(HISTORY)),
      /transaction type not supported/,
    );
    assert.equal(await node.request("eth_call", { to: P256, data: SIGNED_BY_P256 }), "0x");
  }

  let atCancun: Hex;

  it("keeps the rules of Cancun until then", async () => {
    await node.request("evm_mine");
    await isAtCancun();
    atCancun = await node.request("evm_snapshot");
  });

  it("is at Prague from the first block whose time it is", async () => {
    await node.request("evm_increaseTime", PRAGUE - BEGIN);
    await node.request("evm_mine");
    const { requestsHash, number, parentHash } = await latest();
    assert.match(requestsHash, /^0x[0-9a-f]{64}$/);
    assert.deepEqual(await schedule(), {
      since: PRAGUE,
      blobs: 9,
      history: true,
      p256: false,
      next: OSAKA,
      last: OSAKA,
    });
    // EIP-2935: the parent's hash, written as the first block of Prague begins.
    const parent = `0x${(BigInt(number) - 1n).toString(16).padStart(64, "0")}`;
    await node.request("evm_mine");
    assert.equal(await node.request("eth_call", { to: HISTORY, data: parent }), parentHash);
  });

  it("takes the transactions that Prague brought", async () => {
    const { status, type } = await send(await delegation(HISTORY));
    assert.deepEqual([status, type], ["0x1", "0x4"]);
    nonce++;
    assert.equal(await node.request("eth_getCode", alice.address, "latest"), `0xef0100${HISTORY.slice(2)}`);
  });

  it("leaves out at Osaka what waits and has more gas than Osaka allows", async () => {
    const waiting = await spending(MOST_GAS + 1n);
    await node.request("eth_sendRawTransaction", waiting);
    await node.request("evm_setNextBlockTimestamp", OSAKA);
    await node.request("evm_mine");
    assert.deepEqual((await latest()).transactions, []);
    assert.equal(Number((await latest()).timestamp), OSAKA);
    assert.deepEqual(await schedule(), {
      since: OSAKA,
      blobs: 9,
      history: true,
      p256: true,
      next: null,
      last: null,
    });
    await node.request("anvil_dropAllTransactions");
    await assert.rejects(node.request("eth_sendRawTransaction", waiting), /transaction gas limit too high/);
    assert.equal((await send(await spending(MOST_GAS))).status, "0x1");
    assert.equal(
      await node.request("eth_call", { to: P256, data: SIGNED_BY_P256 }),
      `0x${"1".padStart(64, "0")}`,
    );
  });

  it("answers of blocks before the forks by their rules", async () => {
    const call = { to: P256, data: SIGNED_BY_P256 };
    assert.equal(await node.request("eth_call", call, "0x1"), "0x");
    const [first] = await node.request("eth_simulateV1", { blockStateCalls: [{ calls: [call] }] }, "0x1");
    assert.equal(first.calls[0].returnData, "0x");
    const trace = await node.request("debug_traceCall", call, "0x1", { tracer: "callTracer" });
    assert.equal(trace.output ?? "0x", "0x");
  });

  it("is at Cancun again when a snapshot takes it back", async () => {
    assert.equal(await node.request("evm_revert", atCancun), true);
    nonce = 0;
    await isAtCancun();
    assert.equal((await send(await spending(MOST_GAS + 1n))).status, "0x1");
  });
});
