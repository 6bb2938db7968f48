import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { type ContractAbi, type EventLog, Web3, WebSocketProvider } from "web3";
import { artifact } from "./support/artifacts.ts";
import { ACCOUNT, type Dev, KEY, OTHER, startDev } from "./support/dev.ts";

const POOR = "0x00000000000000000000000000000000000b40cE";

/** The error that something ends with. */
async function failure(attempt: () => unknown): Promise<Error> {
  try {
    await attempt();
  } catch (error) {
    return error as Error;
  }
  return assert.fail("it should have failed");
}

describe("web3.js", () => {
  let dev: Dev;
  let web3: Web3;
  let socket: Web3;
  before(async () => {
    dev = await startDev();
    web3 = new Web3(dev.url);
    socket = new Web3(new WebSocketProvider(dev.url.replace("http", "ws")));
  });
  after(async () => {
    socket.provider?.disconnect();
    await dev.close();
  });

  const preset = artifact("openzeppelin-contracts-v4/build/contracts/ERC20PresetFixedSupply.json");
  let token: string;
  const tokenContract = (by = web3) => new by.eth.Contract(preset.abi as unknown as ContractAbi, token);

  it("sends ether from an account of the node, and from a key of its own", async () => {
    assert.deepEqual((await web3.eth.getAccounts()).slice(0, 2), [ACCOUNT, OTHER]);
    const value = web3.utils.toWei("1", "ether");
    const receipt = await web3.eth.sendTransaction({ from: ACCOUNT, to: POOR, value });
    assert.deepEqual([receipt.status, receipt.gasUsed], [1n, 21_000n]);
    const own = web3.eth.accounts.privateKeyToAccount(KEY);
    const { rawTransaction } = await own.signTransaction({
      to: POOR,
      value,
      gas: 21_000n,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 1n,
      nonce: await web3.eth.getTransactionCount(ACCOUNT),
      chainId: await web3.eth.getChainId(),
    });
    assert.equal((await web3.eth.sendSignedTransaction(rawTransaction)).status, 1n);
    assert.equal(await web3.eth.getBalance(POOR), 2n * 10n ** 18n);
    const block = await web3.eth.getBlock("latest", true);
    assert.equal((block.transactions[0] as { from: string }).from.toLowerCase(), ACCOUNT.toLowerCase());
    assert.match(await web3.eth.getNodeInfo(), /^anvil\/heddle/);
  });

  it("deploys a contract and uses it", async () => {
    const supply = 1_000n;
    const deployed = await new web3.eth.Contract(preset.abi as unknown as ContractAbi)
      .deploy({ data: preset.bytecode, arguments: ["Token", "TOK", supply, ACCOUNT] as never })
      .send({ from: ACCOUNT });
    token = deployed.options.address!;
    const { methods } = tokenContract();
    const sent = await methods["transfer"]!(OTHER, 25n).send({ from: ACCOUNT });
    assert.equal((sent.events!["Transfer"] as EventLog).returnValues["value"], 25n);
    assert.equal(await methods["balanceOf"]!(OTHER).call(), 25n);
    const gas = await methods["transfer"]!(OTHER, 1n).estimateGas({ from: ACCOUNT });
    assert.ok(gas > 21_000n && gas < 60_000n, String(gas));
    const past = (await tokenContract().getPastEvents("Transfer" as "allEvents", {
      fromBlock: "earliest",
      filter: { to: OTHER },
    })) as EventLog[];
    assert.deepEqual(
      past.map(({ returnValues, transactionHash }) => [returnValues["value"], transactionHash]),
      [[25n, sent.transactionHash]],
    );
    assert.equal(BigInt(await web3.eth.getStorageAt(token, 2n)), supply);
    const { accessList } = (await methods["transfer"]!(OTHER, 1n).createAccessList({ from: ACCOUNT })) as {
      accessList: { storageKeys: string[] }[];
    };
    assert.equal(accessList[0]!.storageKeys.length, 2);
    const proof = await web3.eth.getProof(token, [web3.utils.padLeft("0x2", 64)]);
    assert.equal(BigInt(proof.storageProof[0]!.value as never), supply);
  });

  it("is told why a call and a transaction are refused", async () => {
    const { methods } = tokenContract();
    const called = await failure(() => methods["transfer"]!(OTHER, 5n).call({ from: POOR }));
    assert.match(inspect(called), /transfer amount exceeds balance/);
    // Asks for the reason of what was mined and failed.
    web3.handleRevert = true;
    const sent = await failure(() =>
      tokenContract().methods["transfer"]!(OTHER, 5_000n).send({ from: ACCOUNT }),
    );
    assert.match(inspect(sent), /transfer amount exceeds balance/);
    web3.handleRevert = false;
    const rich = { from: ACCOUNT, to: POOR, value: 10n ** 24n };
    const poor = await failure(() => web3.eth.sendTransaction(rich));
    assert.match(inspect(poor), /insufficient funds/i);
  });

  it("signs messages and typed data by the node", async () => {
    const message = web3.utils.utf8ToHex("hello");
    const signature = (await web3.eth.sign(message, ACCOUNT)) as string;
    assert.equal(web3.eth.accounts.recover("hello", signature), ACCOUNT);
    const typed = {
      domain: { name: "Mail" },
      primaryType: "Mail",
      types: { EIP712Domain: [{ name: "name", type: "string" }], Mail: [{ name: "text", type: "string" }] },
      message: { text: "hello" },
    };
    assert.match(await web3.eth.signTypedData(ACCOUNT, typed as never), /^0x[0-9a-f]{130}$/);
  });

  it("hears of blocks, logs and waiting transactions over a WebSocket", async () => {
    const blocks = await socket.eth.subscribe("newBlockHeaders");
    const pending = await socket.eth.subscribe("newPendingTransactions");
    const transfers = tokenContract(socket).events["Transfer"]!({ filter: { to: OTHER } });
    const once = (of: { on(name: "data", listener: (value: never) => void): void }) =>
      new Promise<never>((resolve) => of.on("data", resolve));
    await new Promise<void>((resolve) => transfers.on("connected", () => resolve()));
    const heard = Promise.all([once(blocks as never), once(pending as never), once(transfers as never)]);
    const sent = await tokenContract(socket).methods["transfer"]!(OTHER, 3n).send({ from: ACCOUNT });
    const [block, hash, event] = (await heard) as unknown as [{ number: bigint }, string, EventLog];
    assert.equal(block.number, sent.blockNumber);
    assert.equal(hash, sent.transactionHash);
    assert.deepEqual([event.returnValues["value"], event.transactionHash], [3n, sent.transactionHash]);
    await blocks.unsubscribe();
    await pending.unsubscribe();
    await transfers.unsubscribe();
  });

  it("asks many things in one request", async () => {
    const batch = new web3.BatchRequest();
    const asked = [OTHER, POOR].map((address) =>
      batch.add({ method: "eth_getTransactionCount", params: [address, "latest"] }),
    );
    const wrong = batch.add({ method: "eth_nothing" as never, params: [] as never });
    const failed = failure(() => wrong);
    await batch.execute();
    assert.deepEqual(await Promise.all(asked), ["0x0", "0x0"]);
    assert.match((await failed).message, /eth_nothing|not found|does not exist/i);
  });
});
