// Options of commands that read from a remote node.

import type { RemoteOptions } from "@heddle/chain";
import { type Command, InvalidArgumentError, Option } from "commander";

/** What the command line says of a remote. */
export interface RemoteCommandOptions {
  retries?: number;
  /** Milliseconds. */
  timeout?: number;
  forkRetryBackoff?: number;
  computeUnitsPerSecond?: number;
  rateLimit: boolean;
  storageCaching: boolean;
  cachePath?: string;
  verifyProofs?: boolean;
}

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least || value > 2 ** 31 - 1) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
    }
    return value;
  };
}

/** Reads "Name: value", as often as it is given. */
export function header(
  text: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*[:=]\s*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('It must be a header such as "Authorization: Bearer …".');
  }
  return { ...earlier, [name]: value };
}

/** Reads an address of a node. */
export function remoteUrl(text: string): string {
  if (!URL.canParse(text) || !/^(https?|wss?):$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError("It must be an address that begins with http, https, ws or wss.");
  }
  return text;
}

/** A node, and a block of it where one is named. */
export interface ForkPlace {
  url: string;
  blockNumber?: bigint;
}

/** Reads an address of a node, behind which "@" and a block's number may stand. */
export function forkPlace(text: string): ForkPlace {
  const [, url = text, number] = /^(.+)@([0-9]{1,19})$/.exec(text) ?? [];
  // What stands before the @ may be a name and a password.
  if (number === undefined || !URL.canParse(url)) return { url: remoteUrl(text) };
  return { url: remoteUrl(url), blockNumber: BigInt(number) };
}

/** Adds what all remotes have in common, under a heading of the help. */
export function addRemoteOptions(command: Command, group: string): Command {
  const options = [
    new Option("--retries <n>", "how often a request is tried again (5)").argParser(whole(0)),
    new Option("--timeout <ms>", "that an answer may take (45000)").argParser(whole(1)),
    new Option("--fork-retry-backoff <ms>", "before it is tried again; doubles each time (250)").argParser(
      whole(1),
    ),
    new Option(
      "--compute-units-per-second <n>",
      "asked of the remote once it says that it is too much (330)",
    ).argParser(whole(1)),
    new Option("--no-rate-limit", "as many requests as it takes").conflicts("computeUnitsPerSecond"),
    new Option("--cache-path <folder>", "where what was read is kept (the user's cache folder)"),
    new Option("--no-storage-caching", "keep nothing of what was read").conflicts("cachePath"),
    new Option("--verify-proofs", "take no value without its proof (eth_getProof)"),
  ];
  for (const option of options) command.addOption(option.helpGroup(group));
  return command;
}

/** How the remote is spoken to. */
export function remoteOptions(
  url: string,
  headers: Readonly<Record<string, string>> | undefined,
  options: RemoteCommandOptions,
): RemoteOptions {
  const { retries, timeout, forkRetryBackoff, computeUnitsPerSecond, rateLimit } = options;
  return {
    url,
    ...(headers === undefined ? {} : { headers }),
    ...(retries === undefined ? {} : { retries }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(forkRetryBackoff === undefined ? {} : { retryDelay: forkRetryBackoff }),
    ...(rateLimit ? {} : { computeUnitsPerSecond: Number.POSITIVE_INFINITY }),
    ...(computeUnitsPerSecond === undefined ? {} : { computeUnitsPerSecond }),
  };
}
