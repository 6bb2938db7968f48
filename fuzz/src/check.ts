// Runs a case everywhere and looks for the first difference.

import { hexToBytes } from "@heddle/cli";
import type { Header, Hex } from "@heddle/engine";
import { type CaseBlock, type FuzzCase, hasFork } from "./case.ts";
import { compareOutcomes, type Difference, diffAccount, differingFields, diffReceipts } from "./compare.ts";
import type { BlockToRun, Heddle, Outcome } from "./heddle.ts";
import { decodeReceipt } from "./receipt.ts";
import { evidentFaults, isPoolsOwn, isSameRefusal, LEFT_OUT, reasonsOf } from "./refusals.ts";
import { Revm, type RevmBlock, RevmError } from "./revm.ts";
import { type RawTransaction, SIGNERS, Signing, signerAddress } from "./sign.ts";
import type { Statistics } from "./statistics.ts";

/** What else is done with a case besides running it. */
export interface CheckOptions {
  heddle: Heddle;
  statistics: Statistics;
  /** Runs it instruction by instruction too. */
  stepping: boolean;
  /** True: on one worker only, where it is revm that is differed from. */
  quick?: boolean;
  /** Tests only: what is made of our outcome before it is compared with revm's header. */
  distort?: (outcome: Outcome, block: CaseBlock) => Outcome;
}

/** How many transactions that were left out of a block are tried behind it. */
const LEFT_OVERS = 3;

class CaseRun {
  readonly #case: FuzzCase;
  readonly #options: CheckOptions;
  readonly #revm: Revm;
  readonly #blockHashes = new Map<bigint, Hex>();
  /** The last block that both sides have. */
  #parent!: { header: Header; hash: Hex };

  constructor(fuzzCase: FuzzCase, options: CheckOptions, revm: Revm) {
    this.#case = fuzzCase;
    this.#options = options;
    this.#revm = revm;
  }

  async run(): Promise<Difference | undefined> {
    this.#parent = await this.#revm.latest();
    for (const [index, block] of this.#case.blocks.entries()) {
      const nonces: bigint[] = [];
      for (let i = 0; i < SIGNERS; i++) nonces.push(await this.#revm.nonce(signerAddress(i)));
      const difference = block.revm
        ? await this.#withRevm(index, block, nonces)
        : await this.#amongOurs(index, block, nonces);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }

  #toRun(header: Header, transactions: readonly RawTransaction[]): BlockToRun {
    return {
      header,
      transactions: transactions.map(({ raw }) => raw),
      // Every other block's senders are recovered from the signatures.
      senders: header.number % 2n === 0n ? transactions.map(({ sender }) => sender) : undefined,
      blockHashes: this.#blockHashes,
    };
  }

  /** What the next block's header will be like, as far as a run depends on it. */
  #nextHeader(block: CaseBlock): Header {
    const { header: parent, hash } = this.#parent;
    this.#blockHashes.set(parent.number, hash);
    return {
      ...parent,
      parentHash: hash,
      number: parent.number + 1n,
      timestamp: parent.timestamp + BigInt(block.delay),
      gasLimit: BigInt(block.gasLimit),
      coinbase: block.coinbase,
      ...(hasFork(this.#case.fork, "London") ? { baseFeePerGas: BigInt(block.baseFee) } : {}),
      ...(hasFork(this.#case.fork, "Amsterdam") ? { slotNumber: parent.number + 1n } : {}),
      ...(hasFork(this.#case.fork, "Paris") ? { mixHash: block.prevRandao } : {}),
    };
  }

  /**
   * The transaction that, at its place among those that the pool took, is not valid for the reason that revm gives.
   * What revm's miner leaves out, it leaves out with all of that sender's that follow.
   */
  async #findInvalid(
    block: CaseBlock,
    taken: readonly RawTransaction[],
    says: string,
  ): Promise<RawTransaction | undefined> {
    const header = this.#nextHeader(block);
    let left = [...taken];
    for (;;) {
      const { invalid } = await this.#options.heddle.parallel(this.#toRun(header, left), 1, false);
      const at = invalid?.transaction;
      if (at === undefined) return undefined;
      const wrong = left[at]!;
      if (!LEFT_OUT.includes(invalid!.reason))
        return isSameRefusal(says, invalid!.reason) ? wrong : undefined;
      // One that had to wait for an earlier nonce comes right behind it.
      const earlier = left.findIndex(
        ({ sender, nonce }, i) => i > at && sender === wrong.sender && nonce < wrong.nonce,
      );
      if (invalid!.reason === "NonceTooHigh" && earlier > 0) {
        left = [...left.slice(0, at), ...left.slice(at + 1, earlier + 1), wrong, ...left.slice(earlier + 1)];
      } else left = left.filter(({ sender }, i) => i < at || sender !== wrong.sender);
    }
  }

  async #withRevm(
    index: number,
    block: CaseBlock,
    nonces: readonly bigint[],
  ): Promise<Difference | undefined> {
    const mined = await this.#revm.mine(block, new Signing(nonces), (taken, says) =>
      this.#findInvalid(block, taken, says),
    );
    const { header, hash, transactions: raw } = mined;
    this.#blockHashes.set(header.number - 1n, header.parentHash);
    const byHash = new Map(raw.map((transaction) => [transaction.hash, transaction]));
    const included = mined.included.map((at) => byHash.get(at)!);
    const refusal = this.#refusals(index, block, mined, included, nonces);
    if (refusal !== undefined) return refusal;

    const run = this.#toRun(header, included);
    let outcome = this.#options.heddle.inOrder(run);
    if (outcome.invalid !== undefined) {
      const { reason, transaction } = outcome.invalid;
      const report = [`transaction ${transaction} of revm's block: ours refuses it for ${reason}`];
      return { kind: "refusal", block: index, what: [reason], report };
    }
    outcome = this.#options.distort?.(outcome, block) ?? outcome;
    const fields = differingFields(outcome, header);
    if (fields.length > 0) return this.#explain(index, run, mined, outcome, fields);
    this.#count(block, included, outcome);
    const own = await this.#ownWays(index, run, outcome);
    if (own !== undefined) return own;
    const left = raw.filter(({ hash: at }) => !mined.included.includes(at) && !mined.refused.has(at));
    await this.#revm.empty(left);
    this.#parent = { header, hash };
    return undefined;
  }

  /** What revm refused, ours must refuse, for the same reason. */
  #refusals(
    index: number,
    block: CaseBlock,
    { header, transactions, included: hashes, refused, dropped }: RevmBlock,
    included: readonly RawTransaction[],
    nonces: readonly bigint[],
  ): Difference | undefined {
    let leftOvers = 0;
    for (const transaction of transactions) {
      if (hashes.includes(transaction.hash)) continue;
      const planned = block.transactions[transaction.index]!;
      const why = dropped.get(transaction.hash);
      if (why !== undefined) {
        // Not valid in the block is what ours said too, or it would not have been taken out.
        this.#options.statistics.refused(planned, why === "replaced" ? "PoolsOwn" : "InBlock");
        continue;
      }
      const reason = refused.get(transaction.hash);
      if (reason !== undefined && isPoolsOwn(reason)) {
        this.#options.statistics.refused(planned, "PoolsOwn");
        continue;
      }
      // The pool looks at the state before the block; what it took but did not mine has no place behind the others.
      const others = reason === undefined ? included : [];
      if (reason === undefined) {
        // The pool knows the nonces before the block alone: one that an authorization, or a creation by a delegated
        // account, counts up within the block has a gap there for ever.
        const before = included.filter(({ sender }) => sender === transaction.sender).length;
        const gap = transaction.nonce !== nonces[planned.signer]! + BigInt(before);
        if (gap || ++leftOvers > LEFT_OVERS) {
          this.#options.statistics.refused(planned, "LeftOut");
          continue;
        }
      }
      const { invalid } = this.#options.heddle.inOrder(this.#toRun(header, [...others, transaction]));
      this.#options.statistics.refused(planned, invalid?.reason ?? "none");
      if (invalid !== undefined) {
        if (isSameRefusal(reason, invalid.reason)) continue;
        // Where more than one thing is wrong, either may be named first.
        const evident = evidentFaults(planned, block, this.#case);
        const named = reason === undefined ? [] : [invalid.reason, ...reasonsOf(reason)];
        if (named.some((name) => evident.includes(name))) continue;
      }
      const report = [
        `transaction ${transaction.index} of the case: revm ${reason ?? "left it out of the block"}`,
        `ours: ${invalid?.reason ?? "valid"}`,
      ];
      return { kind: "refusal", block: index, what: [invalid?.reason ?? "valid"], report };
    }
    return undefined;
  }

  /** A block for ours alone: as long as it is not valid, the transaction that makes it so is left out. */
  async #amongOurs(
    index: number,
    block: CaseBlock,
    nonces: readonly bigint[],
  ): Promise<Difference | undefined> {
    const signing = new Signing(nonces);
    const header = this.#nextHeader(block);
    const transactions = block.transactions.map((planned, i) => {
      const raw = signing.sign(planned, i);
      signing.taken(planned);
      return raw;
    });
    for (;;) {
      const run = this.#toRun(header, transactions);
      const outcome = this.#options.heddle.inOrder(run);
      const difference = await this.#ownWays(index, run, outcome);
      if (difference !== undefined) return difference;
      if (outcome.invalid?.transaction === undefined) {
        this.#count(block, transactions, outcome);
        return undefined;
      }
      const [left] = transactions.splice(outcome.invalid.transaction, 1);
      this.#options.statistics.refused(block.transactions[left!.index]!, outcome.invalid.reason);
    }
  }

  /** The block on workers, and instruction by instruction, against the outcome in order. */
  async #ownWays(index: number, run: BlockToRun, expected: Outcome): Promise<Difference | undefined> {
    const { heddle, stepping, quick } = this.#options;
    // One run there must be: the engine's state goes along.
    const workers = quick ? [1] : heddle.workers;
    const { accessList } = expected;
    const onList = accessList === undefined ? run : { ...run, blockAccessList: hexToBytes(accessList) };
    if (accessList !== undefined && !quick) {
      const difference = await this.#lists(index, onList as Required<BlockToRun>, expected);
      if (difference !== undefined) return difference;
    }
    for (const [i, count] of workers.entries()) {
      const met = await heddle.parallel(run, count, i === workers.length - 1);
      const report = compareOutcomes(`${count} workers`, expected, met);
      if (report.length > 0) return { kind: "parallel", block: index, what: [`${count} workers`], report };
    }
    if (stepping) {
      const report = compareOutcomes("stepping", expected, heddle.stepping(onList));
      if (report.length > 0) return { kind: "stepping", block: index, what: ["stepping"], report };
    }
    return undefined;
  }

  /** The block with its access list, and with one that has another byte. */
  async #lists(index: number, run: Required<BlockToRun>, expected: Outcome): Promise<Difference | undefined> {
    const { heddle, statistics } = this.#options;
    statistics.lists++;
    for (const count of heddle.workers) {
      const { outcome, problems } = await heddle.onList(run, count);
      const name = `${count} workers on the list`;
      const report = [...compareOutcomes(name, expected, outcome), ...problems];
      if (report.length > 0) return { kind: "list", block: index, what: [name], report };
    }
    const blockAccessList = Uint8Array.from(run.blockAccessList);
    const at = Number(BigInt(run.header.mixHash) % BigInt(blockAccessList.length));
    blockAccessList[at]! ^= 1 + Number((BigInt(run.header.mixHash) >> 128n) % 255n);
    const [count] = heddle.workers;
    const error = await heddle.onWrongList({ ...run, blockAccessList }, count!);
    if (error !== undefined) return undefined;
    return { kind: "list", block: index, what: ["wrong list"], report: [`byte ${at} changed: accepted`] };
  }

  async #explain(
    index: number,
    run: BlockToRun,
    mined: RevmBlock,
    outcome: Outcome,
    fields: string[],
  ): Promise<Difference> {
    const report = await diffReceipts(this.#revm, mined.included, outcome);
    const views = await this.#options.heddle.changes(run);
    for (const address of Object.keys(this.#case.accounts) as Hex[]) {
      if (!views.has(address)) continue;
      report.push(...(await diffAccount(this.#revm, address, views.get(address)!)));
    }
    for (const [address, view] of views) {
      if (address in this.#case.accounts) continue;
      report.push(...(await diffAccount(this.#revm, address, view)));
    }
    return { kind: "revm", block: index, what: fields, report: [`differs: ${fields.join(", ")}`, ...report] };
  }

  #count(block: CaseBlock, included: readonly RawTransaction[], outcome: Outcome): void {
    const { statistics } = this.#options;
    statistics.blocks++;
    let before = 0n;
    included.forEach(({ index }, i) => {
      const receipt = decodeReceipt(outcome.receipts[i]!);
      statistics.ran(block.transactions[index]!, receipt.success, receipt.cumulativeGasUsed - before);
      before = receipt.cumulativeGasUsed;
    });
  }
}

/**
 * The first difference that running a case shows; undefined where all agree. An error of ours is a difference; where
 * the oracle gives up, the rest of the case is left out, and counted.
 */
export async function checkCase(fuzzCase: FuzzCase, options: CheckOptions): Promise<Difference | undefined> {
  const { heddle, statistics } = options;
  try {
    const revm = await Revm.open(fuzzCase);
    await heddle.begin(fuzzCase);
    statistics.begin(fuzzCase);
    return await new CaseRun(fuzzCase, options, revm).run();
  } catch (error) {
    if (error instanceof RevmError) {
      statistics.gaveUp(error.message);
      return undefined;
    }
    await heddle.renew();
    const { name, message, stack } = error as Error;
    return {
      kind: "crash",
      block: 0,
      what: [name],
      report: [message, ...(stack ?? "").split("\n").slice(1, 5)],
    };
  }
}
