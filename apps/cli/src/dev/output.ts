// Where `heddle dev` tells what happens: lines for people, one JSON object a line for programs, or nothing but errors.

import type { Chain, ExecutionReport } from "@heddle/chain";
import pino, { type Logger } from "pino";
import { counted, grouped } from "../terminal/figures.ts";
import { banner, type NodeFacts } from "./banner.ts";
import { blockFacts, blockLine } from "./block-line.ts";

export type OutputKind = "people" | "json" | "silent";

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

/** Tells of the node's life in the chosen way. */
export class Output {
  readonly #kind: OutputKind;
  readonly #log: Logger;

  constructor(kind: OutputKind, log: Logger) {
    this.#kind = kind;
    this.#log = log;
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

  /** Tells of every block and every way back from now on. */
  follow(chain: Chain): void {
    if (this.#kind === "silent") return;
    let last: ExecutionReport | undefined;
    chain.on("executed", (report) => {
      last = report;
    });
    chain.on("block", (block) => {
      const facts = blockFacts(block, last?.block === block ? last : undefined);
      last = undefined;
      if (this.#kind === "json") this.#log.info(facts, "block");
      else process.stdout.write(`${blockLine(facts)}\n`);
    });
    chain.on("reorg", ({ removed, added }) => {
      const to = Number(removed.at(-1)!.number) - 1;
      if (this.#kind === "json")
        this.#log.info({ removed: removed.length, added: added.length, to }, "reorg");
      else
        process.stdout.write(
          `back to block ${grouped(to)}  ${counted(removed.length, "block")} taken back\n`,
        );
    });
  }

  /** Something that is neither a block nor an error. */
  say(text: string, facts: Record<string, unknown> = {}): void {
    if (this.#kind === "json") this.#log.info(facts, text);
    else if (this.#kind === "people") process.stdout.write(`${text}\n`);
  }
}
