// EDR (revm inside Hardhat's network) as a peer that follows a chain: in a process of its own, so that a panic of its
// native code ends that alone and its CPU time can be told.

import { type ChildProcess, fork } from "node:child_process";
import type { Chain, ChainBlock } from "../chain.ts";
import type { Round } from "../follower.ts";
import { CHAIN_ID } from "../script.ts";
import type { ChainPeer } from "./chain-peer.ts";
import { PeerError } from "./peer.ts";

/** Milliseconds that it may take for a request. */
const PATIENCE = 300_000;

/** What the process is told. */
export type EdrRequest =
  | {
      kind: "start";
      chainId: number;
      number: bigint;
      timestamp: bigint;
      gasLimit: bigint;
      coinbase: string;
      baseFee: bigint;
      accounts: EdrAccount[];
    }
  /** `takeBack`: the state is as before afterwards. */
  | { kind: "mine"; block: EdrBlock; takeBack: boolean };

export interface EdrAccount {
  address: string;
  nonce: bigint;
  balance: bigint;
  code: Uint8Array;
  storage: [key: string, value: bigint][];
}

export interface EdrBlock {
  transactions: Uint8Array[];
  coinbase: string;
  timestamp: bigint;
  gasLimit: bigint;
  baseFee: bigint;
  prevRandao: string;
}

/** What it answers. */
export type EdrAnswer =
  | { kind: "ready" }
  | { kind: "mined"; wall: number; cpu: number; gasUsed: bigint; receiptsRoot: string }
  | { kind: "failed"; reason: string };

function accountsOf({ alloc }: Chain): EdrAccount[] {
  return Object.entries(alloc).map(([address, { nonce, balance, code, storage }]) => ({
    address,
    nonce: BigInt(nonce ?? 0),
    balance: BigInt(balance ?? 0),
    code: typeof code === "string" ? Buffer.from(code.slice(2), "hex") : (code ?? new Uint8Array(0)),
    storage: Object.entries(storage ?? {}).map(([key, value]): [string, bigint] => [key, BigInt(value)]),
  }));
}

/** An EDR on a chain's beginning. Timed is `evm_mine` with the block's transactions in its pool. */
export class EdrChain implements ChainPeer {
  readonly boundary = "node";
  readonly mode = "sequential";
  readonly workers = 1;
  readonly root = true;
  readonly #process: ChildProcess;
  readonly #repeats: boolean;

  private constructor(child: ChildProcess, repeats: boolean) {
    this.#process = child;
    this.#repeats = repeats;
    process.once("exit", this.#leave);
  }

  readonly #leave = (): void => {
    this.#process.kill("SIGKILL");
  };

  /** @throws PeerError where it does not take the chain's beginning */
  static async start(chain: Chain): Promise<EdrChain> {
    const child = fork(new URL("./edr-process.ts", import.meta.url), [], { serialization: "advanced" });
    const peer = new EdrChain(child, chain.repeats);
    const { number, timestamp, gasLimit, coinbase, baseFeePerGas } = chain.genesis;
    try {
      await peer.#ask({
        kind: "start",
        chainId: CHAIN_ID,
        number,
        timestamp,
        gasLimit,
        coinbase,
        baseFee: baseFeePerGas!,
        accounts: accountsOf(chain),
      });
    } catch (error) {
      await peer.close();
      throw error;
    }
    return peer;
  }

  #ask(request: EdrRequest): Promise<EdrAnswer> {
    const child = this.#process;
    return new Promise((resolve, reject) => {
      const release = (): void => {
        clearTimeout(timer);
        child.off("message", onMessage);
        child.off("exit", onExit);
      };
      const refuse = (reason: string): void => {
        release();
        reject(new PeerError(reason));
      };
      const onExit = (): void => refuse("EDR's process ended");
      const onMessage = (message: unknown): void => {
        const answer = message as EdrAnswer;
        if (answer.kind === "failed") refuse(`EDR: ${answer.reason}`);
        else {
          release();
          resolve(answer);
        }
      };
      const timer = setTimeout(() => refuse(`EDR: more than ${PATIENCE} ms`), PATIENCE);
      child.on("message", onMessage);
      child.on("exit", onExit);
      child.send(request, (error) => {
        if (error !== null) refuse(`EDR: ${error.message}`);
      });
    });
  }

  async follow(blocks: readonly ChainBlock[]): Promise<Round> {
    const round: Round = { wall: 0, cpu: 0, transactions: 0, gas: 0 };
    for (const { header, transactions } of blocks) {
      const answer = await this.#ask({
        kind: "mine",
        takeBack: this.#repeats,
        block: {
          transactions: [...transactions],
          coinbase: header.coinbase,
          timestamp: header.timestamp,
          gasLimit: header.gasLimit,
          baseFee: header.baseFeePerGas!,
          prevRandao: header.mixHash,
        },
      });
      if (answer.kind !== "mined") throw new PeerError("EDR: no time");
      if (answer.gasUsed !== header.gasUsed) {
        throw new PeerError(`EDR: gas used is ${answer.gasUsed}, not ${header.gasUsed}`);
      }
      if (answer.receiptsRoot !== header.receiptsRoot) throw new PeerError("EDR: the receipts are others");
      round.wall += answer.wall;
      round.cpu += answer.cpu;
      round.transactions += transactions.length;
      round.gas += Number(header.gasUsed);
    }
    return round;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = new Promise((resolve) => this.#process.once("exit", resolve));
      if (this.#process.kill("SIGKILL")) await ended;
    }
    process.off("exit", this.#leave);
  }
}
