// The chain that a node has now: another one after anvil_reset to a fork, to another block, or back.

import { type DevChain, type DevChainOptions, openDevChain, Turns } from "@heddle/chain";
import { AbortedError, Fork } from "@heddle/engine";
import type { ResetTarget } from "@heddle/rpc";
import type { Logger } from "pino";
import type { ForkPlace } from "../remote/options.ts";
import type { DevOptions } from "./options.ts";
import { chainOptions, isSameUrl, settingsAt } from "./settings.ts";

/** Of transactions, wei; from London on the base fee says what gas costs. */
function demandPrice({ chain }: DevChain, price: bigint, log: Logger): void {
  if (chain.proposal().rules.fork < Fork.London) chain.pool.minGasPrice = price;
  else log.warn("--gas-price means nothing from London on: --base-fee says what gas costs");
}

/** @throws what openDevChain throws */
async function open(settings: DevChainOptions, options: DevOptions, log: Logger): Promise<DevChain> {
  if (settings.fork !== undefined) settings.fork.onCacheProblem = (problem) => log.warn(problem);
  const dev = await openDevChain(settings);
  if (options.gasPrice !== undefined) demandPrice(dev, options.gasPrice, log);
  if (options.autoImpersonate) dev.impersonateAll(true);
  return dev;
}

/** An error for the client. */
async function refusal(code: "invalidParams" | "unsupported", message: string): Promise<Error> {
  const { ErrorCode, RpcError } = await import("@heddle/rpc");
  return new RpcError(ErrorCode[code], `anvil_reset: ${message}`);
}

/** The chain of a node, and the way from one to the next. */
export class CurrentChain {
  readonly #options: DevOptions;
  readonly #settings: DevChainOptions;
  readonly #log: Logger;
  readonly #turns = new Turns();
  readonly #stopped = new AbortController();
  readonly #closed = new AbortController();
  /** Chains before, until they are closed. */
  readonly #closing = new Set<Promise<void>>();
  #dev: DevChain;
  /** Address of what is forked. */
  #url: string | undefined;
  /** Is told of another chain, before anybody else; what it gives resolves when the one before is not used any more. */
  onChange: (dev: DevChain) => Promise<void> = async () => undefined;

  private constructor(dev: DevChain, options: DevOptions, settings: DevChainOptions, log: Logger) {
    this.#dev = dev;
    this.#options = options;
    this.#settings = settings;
    this.#log = log;
    this.#url = settings.fork?.url;
  }

  /** Opens the first. @throws OptionError naming the option that is wrong, and what openDevChain throws */
  static async open(options: DevOptions, log: Logger): Promise<CurrentChain> {
    const settings = await chainOptions(options);
    // A node answers before its threads are there.
    const dev = await open({ ...settings, startWorkers: "later" }, options, log);
    return new CurrentChain(dev, options, settings, log);
  }

  get dev(): DevChain {
    return this.#dev;
  }

  /**
   * Begins anew, at another block where one is named: the chain there is opened first and takes the place of the one before
   * when it is there. Where it cannot be opened, or nobody waits for it any more, nothing changes.
   * @throws RpcError, and what openDevChain throws
   */
  reset(target: ResetTarget | undefined, signal: AbortSignal): Promise<void> {
    const isOver = AbortSignal.any([signal, this.#stopped.signal]);
    return this.#turns.run(async () => {
      if (isOver.aborted) throw new AbortedError(isOver.reason);
      const place = await this.#placeOf(target);
      if (this.#isHere(place)) return this.#dev.reset();
      if (this.#options.dataDir !== undefined) {
        throw await refusal("unsupported", "a chain with a folder (--data-dir) stays what it was begun as");
      }
      const settings = settingsAt(place, this.#settings, this.#options);
      if (settings.fork !== undefined) settings.fork.signal = isOver;
      const next = await open(settings, this.#options, this.#log);
      if (isOver.aborted) {
        await next.close();
        throw new AbortedError(isOver.reason);
      }
      this.#moveTo(next, place?.url);
    });
  }

  /** Where a target is; undefined = a chain of its own. */
  async #placeOf(target: ResetTarget | undefined): Promise<ForkPlace | undefined> {
    // A chain with a folder has one beginning.
    const isFixed = this.#options.dataDir !== undefined;
    const url = target?.url ?? (target === undefined && !isFixed ? undefined : this.#url);
    if (url === undefined) {
      if (target?.blockNumber === undefined) return undefined;
      throw await refusal(
        "invalidParams",
        "forking.jsonRpcUrl is missing, and this node does not fork a chain yet",
      );
    }
    if (target?.blockNumber !== undefined) return { url, blockNumber: target.blockNumber };
    const { fork } = this.#dev;
    return isFixed && fork !== undefined && url === this.#url
      ? { url, blockNumber: fork.block.header.number }
      : { url };
  }

  /** Whether the chain that there is began at a place. */
  #isHere(place: ForkPlace | undefined): boolean {
    const { fork } = this.#dev;
    if (place === undefined || fork === undefined || this.#url === undefined) {
      return place === undefined && fork === undefined;
    }
    return isSameUrl(this.#url, place.url) && fork.block.header.number === place.blockNumber;
  }

  #moveTo(next: DevChain, url: string | undefined): void {
    const before = this.#dev;
    this.#dev = next;
    this.#url = url;
    const closed = new Promise((resolve) => {
      this.#closed.signal.addEventListener("abort", resolve, { once: true });
    });
    const closing = Promise.race([this.onChange(next), closed])
      .then(() => before.close())
      .catch((err: unknown) => this.#log.error({ err }, "the chain before a reset was not closed"))
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** No chain comes after this one: resets that are under way fail. */
  stay(): void {
    this.#stopped.abort(new Error("the node stops"));
  }

  /** Closes this chain and those before. */
  async close(): Promise<void> {
    this.stay();
    this.#closed.abort();
    await this.#turns.idle();
    await Promise.all([this.#dev.close(), ...this.#closing]);
  }
}
