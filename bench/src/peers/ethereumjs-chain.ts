// EthereumJS as a peer: the first transactions of a chain's first block, again and again, in this thread.

import { createBlock } from "@ethereumjs/block";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createTxFromRLP } from "@ethereumjs/tx";
import {
  Account,
  Address,
  bigIntToBytes,
  createAddressFromString,
  hexToBytes,
  setLengthLeft,
} from "@ethereumjs/util";
import { createVM, runTx, type VM } from "@ethereumjs/vm";
import type { Chain, ChainBlock } from "../chain.ts";
import type { Round } from "../follower.ts";
import type { ChainPeer } from "./chain-peer.ts";
import { PeerError } from "./peer.ts";

/** Transactions of a round: it runs some hundred a second. */
const TRANSACTIONS = 200;
/** First byte of an EIP-4844 transaction. */
const BLOB_TRANSACTION = 3;

/**
 * @ethereumjs/vm. Timed is `runTx` of decoded transactions with given senders, without roots: what it does cheapest.
 * A round is the same transactions of the first block, whose changes are taken back.
 */
export class EthereumJsChain implements ChainPeer {
  readonly boundary = "engine";
  readonly mode = "sequential";
  readonly workers = 1;
  readonly root = false;
  readonly #vm: VM;
  readonly #common: Common;
  readonly #block: ChainBlock;

  private constructor(vm: VM, common: Common, block: ChainBlock) {
    this.#vm = vm;
    this.#common = common;
    this.#block = block;
  }

  static async start({ alloc, blocks }: Chain): Promise<EthereumJsChain> {
    const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka });
    const vm = await createVM({ common });
    const { stateManager } = vm;
    for (const [address, { nonce, balance, code, storage }] of Object.entries(alloc)) {
      const at = createAddressFromString(address);
      await stateManager.putAccount(at, new Account(BigInt(nonce ?? 0), BigInt(balance ?? 0)));
      const bytes = typeof code === "string" ? hexToBytes(code) : (code ?? new Uint8Array(0));
      if (bytes.length > 0) await stateManager.putCode(at, bytes);
      for (const [slot, value] of Object.entries(storage ?? {})) {
        const whole = setLengthLeft(bigIntToBytes(BigInt(value)), 32);
        const significant = whole.findIndex((byte) => byte !== 0);
        if (significant >= 0)
          await stateManager.putStorage(
            at,
            setLengthLeft(bigIntToBytes(BigInt(slot)), 32),
            whole.subarray(significant),
          );
      }
    }
    return new EthereumJsChain(vm, common, blocks[0]!);
  }

  async follow(): Promise<Round> {
    const { header, transactions, senders, cumulativeGas } = this.#block;
    const common = this.#common;
    const { number, timestamp, gasLimit, baseFeePerGas, coinbase } = header;
    const environment = { number, timestamp, gasLimit, coinbase, mixHash: hexToBytes(header.mixHash) };
    const block = createBlock(
      { header: { ...environment, baseFeePerGas: baseFeePerGas! } },
      { common, skipConsensusFormatValidation: true },
    );
    const chosen = transactions.slice(0, TRANSACTIONS);
    if (chosen.some(([type]) => type === BLOB_TRANSACTION)) {
      throw new PeerError("EthereumJS: blobs are not run here");
    }
    const decoded = chosen.map((raw, i) => {
      const tx = createTxFromRLP(raw, { common, freeze: false });
      // Given senders, as on our side: recovering a signer is measured apart.
      const sender = new Address(senders.slice(i * 20, i * 20 + 20));
      tx.getSenderAddress = () => sender;
      return tx;
    });
    const { stateManager } = this.#vm;
    await stateManager.checkpoint();
    const cpuBefore = process.threadCpuUsage();
    const begun = performance.now();
    let gas = 0n;
    for (const tx of decoded) {
      const { totalGasSpent } = await runTx(this.#vm, { tx, block, skipBlockGasLimitValidation: true });
      gas += totalGasSpent;
    }
    const wall = performance.now() - begun;
    const { user, system } = process.threadCpuUsage(cpuBefore);
    await stateManager.revert();
    const expected = cumulativeGas[chosen.length - 1] ?? 0;
    if (Number(gas) !== expected) throw new PeerError(`EthereumJS: gas used is ${gas}, not ${expected}`);
    return { wall, cpu: (user + system) / 1000, transactions: chosen.length, gas: Number(gas) };
  }

  async close(): Promise<void> {}
}
