// Where `heddle dev` tells what happens: lines for people, one JSON object a line for programs, or nothing but errors.

import type { BlockEntry, Chain, DevChain, ExecutionReport } from "@heddle/chain";
import type { AnsweredCall, Artifacts, Explanation } from "@heddle/rpc";
import pino, { type Logger } from "pino";
import { counted, grouped } from "../terminal/figures.ts";
import { banner, type NodeFacts } from "./banner.ts";
import { type BlockFacts, blockFacts, blockLine } from "./block-line.ts";
import type { Happening } from "./happenings.ts";
import { type Noted, noted } from "./noted.ts";

export type OutputKind = "people" | "json" | "silent";

/** Its decoders are not needed for a node to answer. */
const loadHappenings = () => import("./happenings.ts");

/** The lines of a log as people read them, to stderr. */
const forPeople = {
  write(line: string): void {
    const { msg, err, ...rest } = JSON.parse(line) as {
      msg?: string;
      err?: { stack?: string; message: string };
    };
    const { level: _, time: __, ...facts } = rest as Record<string, unknown>;
    const more = Object.entries(facts).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
    process.stderr.write(`heddle: ${msg ?? ""}${more.join("")}\n`);
    if (err !== undefined) process.stderr.write(`${err.stack ?? err.message}\n`);
  },
};

/** The log that server and node write into. */
export function openLog(kind: OutputKind): Logger {
  const options = {
    base: null,
    formatters: { level: (level: string) => ({ level }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (kind === "json") return pino(options, pino.destination({ dest: 1, sync: true }));
  return pino({ ...options, level: kind === "silent" ? "error" : "warn" }, forPeople);
}

/** What is told beside blocks. */
export interface OutputOptions {
  /** Contracts by which failures are explained. */
  artifacts?: Artifacts | undefined;
  /** False: what contracts print is not told. */
  consoleLog: boolean;
}

/** Failures that wait to be explained; of more it is told without. */
const MOST_WAITING = 16;

/** Tells of the node's life in the chosen way. */
export class Output {
  readonly #kind: OutputKind;
  readonly #log: Logger;
  readonly #options: OutputOptions;
  /** What is told only when something before it is known. */
  #last: Promise<void> | undefined;
  #waiting = 0;
  /** False: neither blocks nor what happens in them is told (anvil_setLoggingEnabled). */
  isEnabled = true;

  constructor(kind: OutputKind, log: Logger, options: OutputOptions) {
    this.#kind = kind;
    this.#log = log;
    this.#options = options;
  }

  started(facts: NodeFacts): void {
    if (this.#kind === "people") process.stdout.write(`${banner(facts)}\n`);
    if (this.#kind !== "json") return;
    const { accounts, mnemonic, derivationPath, isPublic, isReachable, baseFee, fork, ...rest } = facts;
    this.#log.info(
      {
        ...rest,
        chainId: Number(facts.chainId),
        gasLimit: Number(facts.gasLimit),
        ...(baseFee === undefined ? {} : { baseFee: Number(baseFee) }),
        timestamp: Number(facts.timestamp),
        ...(fork === undefined ? {} : { fork: { url: fork.url, block: Number(fork.block) } }),
        head: Number(facts.head),
        accounts: accounts.map(({ address }) => address),
      },
      "listening",
    );
  }

  /** Tells of every block and every way back from now on; what ends that. */
  follow(chain: Chain): () => void {
    if (this.#kind === "silent") return () => undefined;
    let last: { report: ExecutionReport; noted: Noted } | undefined;
    const onExecuted = (report: ExecutionReport) => {
      const { block } = report;
      last = { report, noted: noted(block, report.notable(), this.#options.consoleLog) };
    };
    const onBlock = (block: BlockEntry) => {
      const known = last?.report.block === block ? last : undefined;
      last = undefined;
      if (this.isEnabled) this.#tellBlock(chain, blockFacts(block, known?.report), known?.noted);
    };
    const onReorg = ({
      removed,
      added,
    }: {
      removed: readonly BlockEntry[];
      added: readonly BlockEntry[];
    }) => {
      if (!this.isEnabled) return;
      const to = Number(removed.at(-1)!.number) - 1;
      const text = `back to block ${grouped(to)}  ${counted(removed.length, "block")} taken back`;
      const facts = { removed: removed.length, added: added.length, to };
      this.#inTurn(() => this.#tell("reorg", [text], facts));
    };
    chain.on("executed", onExecuted).on("block", onBlock).on("reorg", onReorg);
    return () => void chain.off("executed", onExecuted).off("block", onBlock).off("reorg", onReorg);
  }

  /** Tells that the node goes on with another chain. */
  moved({ chain, fork }: DevChain): void {
    if (this.#kind === "silent" || !this.isEnabled) return;
    const head = chain.head.number;
    const text =
      fork === undefined ? "a chain of its own" : `block ${grouped(Number(head))} of ${fork.client.url}`;
    const facts = {
      chainId: Number(chain.chainId),
      head: Number(head),
      ...(fork === undefined ? {} : { fork: { url: fork.client.url, block: Number(head) } }),
    };
    this.#inTurn(() => this.#tell("reset", [`reset to ${text}  chain id ${chain.chainId}`], facts));
  }

  #tellBlock(chain: Chain, facts: BlockFacts, found: Noted | undefined): void {
    this.#inTurn(() => this.#tell("block", [blockLine(facts)], { ...facts }));
    if (found === undefined || (found.transactions.length === 0 && found.more.failed === 0)) return;
    const artifacts = this.#waiting < MOST_WAITING ? this.#options.artifacts : undefined;
    this.#inTurn(async () => {
      const { happeningsOf } = await loadHappenings();
      this.#tellAll(await happeningsOf(chain, found, artifacts));
    });
  }

  /** Tells of a message that failed or printed. */
  called(answered: AnsweredCall, explained: Explanation | undefined): void {
    if (this.#kind === "silent" || !this.isEnabled) return;
    this.#inTurn(async () => {
      const { happeningsOfCall } = await loadHappenings();
      this.#tellAll(happeningsOfCall(answered, explained, this.#options.consoleLog));
    });
  }

  /** Lines stand in the order of what they tell of. */
  #inTurn(work: () => void | Promise<void>): void {
    if (this.#last === undefined) {
      const working = work();
      if (working !== undefined) this.#wait(working);
    } else this.#wait(this.#last.then(work));
  }

  #wait(working: Promise<void>): void {
    this.#waiting++;
    const last = working
      .catch((err: unknown) => this.#log.error({ err }, "what happened could not be told"))
      .finally(() => {
        this.#waiting--;
        if (this.#last === last) this.#last = undefined;
      });
    this.#last = last;
  }

  #tellAll(happenings: readonly Happening[]): void {
    for (const { event, lines, facts } of happenings) this.#tell(event, lines, facts);
  }

  #tell(event: string, lines: readonly string[], facts: Record<string, unknown>): void {
    if (this.#kind === "json") this.#log.info(facts, event);
    else process.stdout.write(`${lines.join("\n")}\n`);
  }

  /** Something that is neither a block nor an error. */
  say(text: string, facts: Record<string, unknown> = {}): void {
    if (this.#kind === "json") this.#log.info(facts, text);
    else if (this.#kind === "people") process.stdout.write(`${text}\n`);
  }
}
