// What is asked of the node meanwhile: sends, calls, blocks in all modes of mining, snapshots, reorgs.

import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { KINDS } from "./feeds.ts";
import type { Node } from "./node.ts";

/** Answers with a log whose topic is the first word of what it is given. */
const LOGGING_CODE = "0x60003560006000a100";
const LOGGING = [KINDS.logsOfOne[1].address, "0x10c0000000000000000000000000000000000002"] as const;
/** The ninth and tenth account sign for themselves; the others are asked to. */
const KEYS = [
  "0xdbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97",
  "0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6",
] as const;

const quantity = (value: number | bigint) => `0x${value.toString(16)}` as const;
const word = (value: number) => quantity(value).slice(2).padStart(64, "0");

type Mining = "auto" | "manual" | "interval";

export interface Counts {
  steps: number;
  sent: number;
  mined: number;
  reads: number;
  snapshots: number;
  reverts: number;
  rollbacks: number;
  reorgs: number;
}

/** What a step did of which the blocks alone do not tell. */
export interface Step {
  /** Hashes of the transactions that the node took. */
  sent: string[];
  /** Blocks that were taken back and made again; empty ones may be the same as before. */
  replaced: number;
}

/** One client after the other, or several at once, as a seed decides. */
export class Work {
  readonly counts: Counts = {
    steps: 0,
    sent: 0,
    mined: 0,
    reads: 0,
    snapshots: 0,
    reverts: 0,
    rollbacks: 0,
    reorgs: 0,
  };
  readonly #node: Node;
  readonly #random: (below: number) => number;
  readonly #signers = KEYS.map((key) => privateKeyToAccount(key));
  #accounts: string[] = [];
  #mining: Mining = "auto";
  #base: unknown;
  /** Snapshots since the base, with the number of their block. */
  #snapshots: { id: unknown; head: number }[] = [];
  /** Makes every transaction another. */
  #serial = 0;

  constructor(node: Node, random: (below: number) => number) {
    this.#node = node;
    this.#random = random;
  }

  async begin(): Promise<void> {
    const accounts = (await this.#node.request("eth_accounts")) as string[];
    this.#accounts = accounts.slice(0, 8);
    for (const address of LOGGING) await this.#node.request("anvil_setCode", address, LOGGING_CODE);
    await this.#node.request("evm_mine");
    this.#base = await this.#node.request("evm_snapshot");
  }

  /** What a transaction says; no two are the same. */
  #transaction(): { to: string; value: `0x${string}`; data: `0x${string}`; gas: `0x${string}` } {
    const serial = ++this.#serial;
    const to = this.#random(4) === 0 ? this.#accounts[0]! : LOGGING[this.#random(2)]!;
    const data = `0x${word(this.#random(3))}${word(serial)}` as const;
    return { to, value: quantity(0), data, gas: quantity(100_000) };
  }

  async #send(): Promise<string> {
    this.counts.sent++;
    const from = this.#accounts[this.#random(8)];
    return (await this.#node.request("eth_sendTransaction", { from, ...this.#transaction() })) as string;
  }

  /** One of each of those who sign here, in one request. */
  async #sendSigned(): Promise<string[]> {
    // Not more of one: of nonces that went back with a block, later ones may wait already.
    const count = ({ address }: PrivateKeyAccount) =>
      ["eth_getTransactionCount", address, "pending"] as const;
    const nonces = await this.#node.batch(this.#signers.map(count));
    this.counts.sent += this.#signers.length;
    const raws = await Promise.all(
      this.#signers.map((signer, i) => {
        const { to, data } = this.#transaction();
        const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n };
        const place = { chainId: 31337, nonce: Number(nonces[i]), gas: 100_000n };
        return signer.signTransaction({ ...place, ...fees, to: to as `0x${string}`, data });
      }),
    );
    return (await this.#node.batch(raws.map((raw) => ["eth_sendRawTransaction", raw]))) as string[];
  }

  /** Reads of all sorts, on a chain that moves meanwhile. */
  async #read(): Promise<string[]> {
    this.counts.reads++;
    const [to] = LOGGING;
    const from = this.#accounts[this.#random(8)];
    const calls = [
      ["eth_call", { to, data: `0x${word(1)}` }, "latest"],
      ["eth_getBalance", from, "pending"],
      ["eth_estimateGas", { from, to, data: `0x${word(1)}` }],
      ["eth_getLogs", { fromBlock: "latest", toBlock: "latest" }],
      ["eth_feeHistory", "0x4", "latest", [50]],
      ["eth_getBlockByNumber", "pending", true],
      ["eth_getProof", to, ["0x0"], "latest"],
      ["txpool_content"],
      ["debug_traceCall", { from, to, data: `0x${word(1)}` }, "latest", { tracer: "callTracer" }],
    ] as const;
    const call = calls[this.#random(calls.length)]!;
    await this.#node.request(...(call as readonly [string, ...unknown[]]));
    return [];
  }

  async #mine(): Promise<string[]> {
    const blocks = 1 + this.#random(3);
    this.counts.mined += blocks;
    await this.#node.request("anvil_mine", quantity(blocks));
    return [];
  }

  async #setMining(mining: Mining): Promise<void> {
    this.#mining = mining;
    await this.#node.request("anvil_setIntervalMining", mining === "interval" ? 1 : 0);
    if (mining === "interval") return;
    await this.#node.request("evm_setAutomine", mining === "auto");
    // What waited, and a block that was being made, come before this one.
    await this.#node.request("evm_mine");
  }

  /** Several things at once, none of which takes anything back. */
  async #grow(): Promise<string[]> {
    const works: Promise<string[]>[] = this.#random(3) === 0 ? [this.#sendSigned()] : [];
    for (let i = this.#random(12); i > 0; i--) {
      const dice = this.#random(10);
      if (dice < 5) works.push(this.#send().then((hash) => [hash]));
      else if (dice < 9) works.push(this.#read());
      else works.push(this.#mine());
    }
    const sent = (await Promise.all(works)).flat();
    if (this.#mining === "interval")
      await new Promise((resolve) => setTimeout(resolve, 500 + this.#random(2000)));
    return sent;
  }

  async #snapshot(head: number): Promise<void> {
    this.counts.snapshots++;
    this.#snapshots.push({ id: await this.#node.request("evm_snapshot"), head });
  }

  async #revert(index: number): Promise<void> {
    this.counts.reverts++;
    const [snapshot] = this.#snapshots.splice(index);
    await this.#node.request("evm_revert", snapshot?.id);
  }

  #forgetAbove(head: number): void {
    this.#snapshots = this.#snapshots.filter((one) => one.head <= head);
  }

  /** One thing that takes blocks back, while others read. */
  async #goBack(head: number, base: number): Promise<Step> {
    let replaced = 0;
    const depth = Math.min(1 + this.#random(4), head - base);
    const reads = [this.#read(), this.#read()];
    const dice = this.#random(3);
    if (dice === 0 && this.#snapshots.length > 0) await this.#revert(this.#random(this.#snapshots.length));
    else if (depth > 0) {
      this.#forgetAbove(head - depth);
      this.counts[dice === 1 ? "reorgs" : "rollbacks"]++;
      if (dice === 1) {
        replaced = depth;
        await this.#node.request("anvil_reorg", depth, []);
      } else await this.#node.request("anvil_rollback", depth);
    }
    await Promise.all(reads);
    return { sent: [], replaced };
  }

  /**
   * One step.
   * @param head number of the head
   * @param base number of the block behind which nothing goes back
   */
  async step(head: number, base: number): Promise<Step> {
    this.counts.steps++;
    const dice = this.#random(20);
    // Blocks that come by themselves may come at any moment: what is gone before it was seen cannot be compared.
    if (this.#mining !== "interval" && dice < 4) return this.#goBack(head, base);
    if (this.#mining !== "interval" && dice === 4) await this.#snapshot(head);
    if (dice === 5) await this.#setMining((["auto", "manual", "interval"] as const)[this.#random(3)]!);
    return { sent: await this.#grow(), replaced: 0 };
  }

  /** Lets nothing move by itself any more; no block comes before the next step. */
  async rest(): Promise<void> {
    if (this.#mining === "interval") await this.#setMining("manual");
  }

  /** Back to where it began: a chain that grows for ever would hide what is never given back. */
  async beginAgain(): Promise<void> {
    await this.#node.request("evm_revert", this.#base);
    await this.#node.request("anvil_dropAllTransactions");
    await this.#setMining("auto");
    this.#base = await this.#node.request("evm_snapshot");
    this.#snapshots = [];
  }
}
