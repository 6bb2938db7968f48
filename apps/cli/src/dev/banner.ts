// What `heddle dev` says when it answers: what one needs to begin, in the order in which it is needed.

import { styleText } from "node:util";
import type { DevAccount } from "@heddle/chain";
import * as Address from "ox/Address";
import * as Value from "ox/Value";
import { grouped } from "../terminal/figures.ts";

/** What the banner tells. */
export interface NodeFacts {
  version: string;
  accounts: readonly (DevAccount & { balance: bigint })[];
  mnemonic: string;
  derivationPath: string;
  /** Everybody knows the mnemonic. */
  isPublic: boolean;
  chainId: bigint;
  hardfork: string;
  gasLimit: bigint;
  baseFee: bigint | undefined;
  /** Of the first block that is the chain's own. */
  timestamp: bigint;
  /** The node and its block that the chain goes on from. */
  fork: { url: string; block: bigint } | undefined;
  /** Number of the block that the chain goes on from. */
  head: bigint;
  /** Where the chain is kept; undefined = in memory. */
  dataDir: string | undefined;
  /** When blocks are made, in words. */
  blocks: string;
  workers: number;
  /** Such as "http://127.0.0.1:8545". */
  url: string;
  isReachable: boolean;
}

/** More accounts are not listed. */
const MOST_LISTED = 20;

function accountLines(accounts: NodeFacts["accounts"]): string[] {
  const listed = accounts.slice(0, MOST_LISTED);
  const width = String(listed.length - 1).length;
  const lines = listed.map(
    ({ address, privateKey }, i) =>
      `  ${String(i).padStart(width)}  ${Address.checksum(address)}  ${privateKey}`,
  );
  if (accounts.length > listed.length) lines.push(`  … and ${grouped(accounts.length - listed.length)} more`);
  return lines;
}

/** Digits behind the point: less than the fees of a transaction is nothing to begin with. */
const DIGITS = 4;

/** What all have, or at least have. */
function fundsOf(accounts: NodeFacts["accounts"]): string {
  const balances = accounts.map(({ balance }) => balance).sort((a, b) => (a < b ? -1 : 1));
  const least = balances[0] ?? 0n;
  const [whole = "", fraction = ""] = Value.formatEther(least).split(".");
  const shown = fraction.slice(0, DIGITS).replace(/0+$/, "");
  const ether = `${grouped(BigInt(whole))}${shown === "" ? "" : `.${shown}`}`;
  return `${least === balances.at(-1) ? "" : "at least "}${ether} ETH each`;
}

/** The whole text, without a line break at its end. */
export function banner(facts: NodeFacts): string {
  const warn = (text: string) => styleText(["bold", "yellow"], text);
  const row = (name: string, value: string) => `${name.padEnd(10)} ${value}`;
  const lines = ["", `${styleText("bold", "heddle")} ${facts.version}, a local Ethereum chain`, ""];
  if (facts.accounts.length > 0) {
    lines.push(`Accounts: ${facts.accounts.length} with ${fundsOf(facts.accounts)}; address and private key`);
    lines.push(...accountLines(facts.accounts), "");
    lines.push(row("Mnemonic", facts.mnemonic), row("Path", `${facts.derivationPath}N`), "");
    lines.push(
      warn(
        facts.isPublic
          ? "WARNING: everybody knows these keys. What is sent to these accounts on a real network is lost."
          : "WARNING: these keys were printed. Do not use them on a real network.",
      ),
      "",
    );
  }
  lines.push(
    row("Chain id", String(facts.chainId)),
    row("Hardfork", facts.hardfork),
    row("Gas limit", grouped(Number(facts.gasLimit))),
    ...(facts.baseFee === undefined ? [] : [row("Base fee", `${Value.formatGwei(facts.baseFee)} gwei`)]),
    facts.fork === undefined
      ? row("Genesis", new Date(Number(facts.timestamp) * 1000).toISOString().replace(".000", ""))
      : row("Fork", `block ${facts.fork.block} of ${facts.fork.url}`),
    ...(facts.dataDir === undefined ? [] : [row("Kept in", facts.dataDir)]),
    ...(facts.head === 0n ? [] : [row("Goes on", `from block ${grouped(facts.head)}`)]),
    row("Blocks", facts.blocks),
    row("Workers", String(facts.workers)),
    row("RPC", `${facts.url} and ${facts.url.replace(/^http/, "ws")}`),
    row("Metrics", `${facts.url}/metrics`),
    "",
  );
  if (facts.isReachable) {
    lines.push(
      warn("WARNING: other machines can reach this node, and with it every account that it acts for."),
      "",
    );
  }
  // Word for word Anvil's: programs that start a node wait for it.
  lines.push(`Listening on ${facts.url.replace(/^http:\/\//, "")}`);
  return lines.join("\n");
}
