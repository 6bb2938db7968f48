// What happened in transactions and messages: what contracts printed, why something failed, and where in the sources.

import type { Chain } from "@heddle/chain";
import type { ConsoleCall, NotableTransaction } from "@heddle/engine";
import {
  type AnsweredCall,
  type Artifacts,
  type Explanation,
  explainTransaction,
  failureText,
  frameText,
} from "@heddle/rpc";
import * as HexOf from "ox/Hex";
import { grouped } from "../terminal/figures.ts";
import { consoleText, consoleValues } from "./console-log.ts";
import type { Noted } from "./noted.ts";

/** Something that is told, in words and for programs. */
export interface Happening {
  /** Name of the event for programs. */
  event: "console.log" | "failed" | "more";
  lines: string[];
  facts: Record<string, unknown>;
}

/** Transactions of a block that are run again for their stack traces. */
const MOST_EXPLAINED = 3;

/** What contracts said to the console. */
function printed(calls: readonly ConsoleCall[], name: string, origin: Record<string, unknown>): Happening[] {
  return calls.map((call) => {
    const text = consoleText(call);
    return {
      event: "console.log",
      lines: [`${name}  console.log: ${text.replaceAll("\n", "\n    ")}`],
      facts: { ...origin, contract: call.address, text, values: consoleValues(call) },
    };
  });
}

function failed(
  failure: Pick<NotableTransaction, "halt" | "output">,
  explained: Explanation | undefined,
  name: string,
  origin: Record<string, unknown>,
): Happening {
  const reason = failureText(failure, explained?.error);
  const stack = explained?.frames.map(frameText) ?? [];
  return {
    event: "failed",
    lines: [`${name}  failed: ${reason}`, ...stack.map((line) => `    ${line}`)],
    facts: {
      ...origin,
      reason,
      data: HexOf.fromBytes(failure.output),
      ...(stack.length === 0 ? {} : { stack }),
    },
  };
}

/** All that is told of a block's transactions. */
export async function happeningsOf(
  chain: Chain,
  { block, transactions, more }: Noted,
  artifacts: Artifacts | undefined,
): Promise<Happening[]> {
  const told: Happening[] = [];
  let explainedCount = 0;
  for (const { index, halt, output, consoleCalls } of transactions) {
    const hash = block.transactionHash(index);
    const origin = { block: Number(block.number), transaction: hash };
    // Whole: it is what one asks further with.
    const name = `  ${hash}`;
    told.push(...printed(consoleCalls, name, origin));
    if (halt === "Success") continue;
    const explains = artifacts !== undefined && explainedCount++ < MOST_EXPLAINED;
    // Its block may be gone by now.
    const explained = explains
      ? await explainTransaction(chain, artifacts, block, index).catch(() => undefined)
      : undefined;
    told.push(failed({ halt, output }, explained, name, origin));
  }
  const rest = [
    ...(more.printed > 0 ? [`${grouped(more.printed)} more lines of console.log`] : []),
    ...(more.failed > 0 ? [`${grouped(more.failed)} more transactions that failed`] : []),
  ];
  if (rest.length > 0) told.push({ event: "more", lines: [`  … ${rest.join(", ")}`], facts: { ...more } });
  return told;
}

/** What is told of a message that was called. Failures only where their place in the sources is known: the client hears of all. */
export function happeningsOfCall(
  { method, call, result }: AnsweredCall,
  explained: Explanation | undefined,
  withConsole: boolean,
): Happening[] {
  const { to } = call.message;
  const origin = { method, ...(to === undefined ? {} : { to }) };
  const name = to === undefined ? method : `${method} ${to}`;
  const told = withConsole ? printed(result.consoleCalls, name, origin) : [];
  if (explained !== undefined) told.push(failed(result, explained, name, origin));
  return told;
}
