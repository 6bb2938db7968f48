// The options of `heddle dev`: their names, what they may be, and what they mean for chain and server.

import { type Command, InvalidArgumentError, Option } from "commander";
import {
  addRemoteOptions,
  type ForkPlace,
  forkPlace,
  header,
  type RemoteCommandOptions,
} from "../remote/options.ts";
import { WITHOUT_EFFECT } from "./other-names.ts";

/** What the command line says; numbers and amounts are read and checked. */
export interface DevOptions extends RemoteCommandOptions {
  port: number;
  host: string;
  accounts: number;
  /** Wei. */
  balance: bigint;
  mnemonic?: string;
  /** How many words are picked. */
  mnemonicRandom?: number;
  derivationPath?: string;
  /** Milliseconds. */
  blockTime?: number;
  /** False: blocks are made when told only. */
  mining: boolean;
  mixedMining?: boolean;
  order: "fees" | "fifo";
  chainId?: number;
  gasLimit?: bigint;
  /** Least price before London. */
  gasPrice?: bigint;
  baseFee?: bigint;
  hardfork?: string;
  timestamp?: bigint;
  /** Of block 0, as it were. */
  number?: bigint;
  disableDefaultCreate2Deployer?: boolean;
  genesis?: string;
  forkUrl?: ForkPlace;
  /** A negative one counts back from the newest. */
  forkBlockNumber?: bigint;
  forkHeader?: Readonly<Record<string, string>>;
  forkChainId?: bigint;
  pruneHistory?: number;
  disableCodeSizeLimit?: boolean;
  autoImpersonate?: boolean;
  allowOrigin?: string[];
  /** False: no page may ask. */
  cors: boolean;
  allowedHosts?: string[];
  /** False: messages may have any size. */
  requestSizeLimit: boolean;
  dataDir?: string;
  fsync: (typeof FSYNC)[number];
  state?: string;
  loadState?: string;
  dumpState?: string;
  /** Milliseconds. */
  stateInterval?: number;
  configOut?: string;
  silent?: boolean;
  json?: boolean;
  artifacts?: string;
  disableConsoleLog?: boolean;
  workers?: number;
}

/** Reads a whole number from `least` to `most`. */
function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^(0x[0-9a-fA-F]+|[0-9]+)$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Reads a whole number that may be large, such as wei. */
function quantity(text: string): bigint {
  if (!/^(0x[0-9a-fA-F]+|[0-9]+)$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return BigInt(text);
}

/** Reads a number that is not negative, such as 0.5; gives it in units of 10 ** -digits. */
function decimal(digits: number, least: bigint): (text: string) => bigint {
  return (text) => {
    const [, whole, fraction = ""] = /^([0-9]+)(?:\.([0-9]+))?$/.exec(text) ?? [];
    if (whole === undefined || fraction.length > digits) {
      throw new InvalidArgumentError(`It must be a number with at most ${digits} digits behind the point.`);
    }
    const value = BigInt(whole + fraction.padEnd(digits, "0"));
    if (value < least) throw new InvalidArgumentError("It must be above 0.");
    return value;
  };
}

/** The longest time that a timer can wait. */
const MOST_SECONDS = 2_147_483n;

function seconds(text: string): number {
  const milliseconds = decimal(3, 1n)(text);
  if (milliseconds > MOST_SECONDS * 1000n) {
    throw new InvalidArgumentError(`It must be at most ${MOST_SECONDS} seconds.`);
  }
  return Number(milliseconds);
}

/** Forks by the names that people use; the chain's own come from them. */
const HARDFORKS: readonly string[] = [
  "Frontier",
  "Homestead",
  "TangerineWhistle",
  "SpuriousDragon",
  "Byzantium",
  "Constantinople",
  "Petersburg",
  "Istanbul",
  "MuirGlacier",
  "Berlin",
  "London",
  "ArrowGlacier",
  "GrayGlacier",
  "Paris",
  "Shanghai",
  "Cancun",
  "Prague",
  "Osaka",
  "Amsterdam",
];
const LATEST = "Osaka";
const OTHER_NAMES: Readonly<Record<string, string>> = {
  latest: LATEST,
  merge: "Paris",
  tangerine: "TangerineWhistle",
  eip150: "TangerineWhistle",
  eip158: "SpuriousDragon",
};

/** Reads the name of a fork as the chain knows it. */
export function hardfork(text: string): string {
  // A change of forks at a time, as test suites name it.
  if (/^\w+To\w+At(Time|Diff)?[0-9a-fA-F]+k?$/.test(text)) return text;
  const wanted = text.toLowerCase().replaceAll(/[-_ ]/g, "");
  const found = OTHER_NAMES[wanted] ?? HARDFORKS.find((name) => name.toLowerCase() === wanted);
  if (found === undefined) {
    throw new InvalidArgumentError(`It must be one of latest, ${HARDFORKS.join(", ").toLowerCase()}.`);
  }
  return found;
}

/** A block's number; below 0 it counts back from the newest. */
function blockNumber(text: string): bigint {
  return text.startsWith("-") ? -quantity(text.slice(1)) : quantity(text);
}

function derivationPath(text: string): string {
  if (!/^m(\/[0-9]+'?)*\/?$/.test(text)) {
    throw new InvalidArgumentError("It must be a path such as m/44'/60'/0'/0/.");
  }
  return text;
}

function wordCount(text: string): number {
  if (!["12", "15", "18", "21", "24"].includes(text)) {
    throw new InvalidArgumentError("It must be 12, 15, 18, 21 or 24.");
  }
  return Number(text);
}

/** Reads a port; 0 = a free one. */
export const port = integer(0, 65535);

/** Reads what is listened on. */
export function host(text: string): string {
  if (!/^[0-9a-zA-Z.:-]+$/.test(text)) {
    throw new InvalidArgumentError("It must be an address or a name of this machine, without a port.");
  }
  return text;
}

function listed(text: string, earlier: string[] = []): string[] {
  return [...earlier, ...text.split(",").map((part) => part.trim())].filter((part) => part !== "");
}

const ETHER = 18;
const FORK = "Fork:";
/** The store's policies; its own list would have to load the database. */
const FSYNC = ["always", "interval", "never"] as const;

/** Adds the options to the command. */
export function addDevOptions(command: Command): Command {
  const chain = (option: Option) => command.addOption(option.helpGroup("Chain:"));
  const blocks = (option: Option) => command.addOption(option.helpGroup("Blocks:"));
  const server = (option: Option) => command.addOption(option.helpGroup("Server:"));
  const output = (option: Option) => command.addOption(option.helpGroup("Output:"));
  const kept = (option: Option) => command.addOption(option.helpGroup("What survives a restart:"));

  chain(
    new Option("-a, --accounts <n>", "accounts with a known key and funds")
      .argParser(integer(0, 100_000))
      .default(10),
  );
  chain(
    new Option("--balance <ether>", "of each of these accounts")
      .argParser(decimal(ETHER, 0n))
      .default(10_000n * 10n ** 18n, "10000"),
  );
  chain(new Option("-m, --mnemonic <words>", "from which their keys are derived (BIP-39)"));
  chain(
    new Option("--mnemonic-random [words]", "pick one, of 12 words unless said")
      .preset("12")
      .argParser(wordCount)
      .conflicts(["mnemonic", "dataDir"]),
  );
  chain(
    new Option(
      "--derivation-path <path>",
      "of these keys, without the last number (m/44'/60'/0'/0/)",
    ).argParser(derivationPath),
  );
  chain(new Option("--chain-id <id>", "(31337)").argParser(integer(1, Number.MAX_SAFE_INTEGER)));
  chain(new Option("--hardfork <name>", `the rules of blocks (${LATEST.toLowerCase()})`).argParser(hardfork));
  chain(
    new Option("--genesis <file>", "begin with this genesis.json (geth's format)").conflicts([
      "chainId",
      "hardfork",
      "timestamp",
      "gasLimit",
      "baseFee",
      "number",
    ]),
  );
  chain(new Option("--timestamp <seconds>", "of block 0 (now)").argParser(quantity));
  chain(new Option("--number <n>", "of the first block (0)").argParser(quantity).conflicts("forkUrl"));
  chain(
    new Option("--prune-history [blocks]", "how many blocks back state can be read (all; 128 unless said)")
      .preset("128")
      .argParser(integer(0, 2 ** 31)),
  );
  chain(new Option("--auto-impersonate", "act in the name of any account that is named as the sender"));
  chain(new Option("--disable-code-size-limit", "contracts of any size"));
  chain(
    new Option(
      "--disable-default-create2-deployer",
      "without the contract by which Foundry deploys by CREATE2",
    ),
  );

  const fork = (option: Option) => command.addOption(option.helpGroup(FORK));
  fork(
    new Option("-f, --fork-url <url>", "go on from a block of this node's chain; the number may follow an @")
      .argParser(forkPlace)
      .conflicts("genesis"),
  );
  fork(
    new Option("--fork-block-number <n>", "of that block (the newest); -1 = the one before that").argParser(
      blockNumber,
    ),
  );
  fork(new Option("--fork-header <line>", "sent with each request; may be repeated").argParser(header));
  fork(new Option("--fork-chain-id <id>", "the id that the node's chain must have").argParser(quantity));
  addRemoteOptions(command, FORK);

  blocks(
    new Option(
      "-b, --block-time <seconds>",
      "a block every so often, not one as soon as a transaction comes",
    ).argParser(seconds),
  );
  blocks(new Option("--no-mining", "blocks only when told (evm_mine)").conflicts("blockTime"));
  blocks(
    new Option(
      "--mixed-mining",
      "with --block-time: a block as soon as a transaction comes as well",
    ).conflicts("mining"),
  );
  blocks(
    new Option("--order <how>", "of transactions in a block: what pays most first, or what came first")
      .choices(["fees", "fifo"])
      .default("fees"),
  );
  blocks(new Option("--gas-limit <gas>", "of a block (30000000)").argParser(quantity));
  blocks(new Option("--base-fee <wei>", "of block 0 (1000000000)").argParser(quantity));
  blocks(
    new Option("--gas-price <wei>", "least price of a transaction before London; later --base-fee").argParser(
      quantity,
    ),
  );
  blocks(new Option("--workers <n>", "threads that execute a block (one a core)").argParser(integer(1, 120)));

  server(new Option("-p, --port <n>", "0 = a free one").argParser(port).default(8545));
  server(
    new Option("--host <address>", "0.0.0.0 = reachable from other machines")
      .argParser(host)
      .default("127.0.0.1"),
  );
  server(
    new Option("--allow-origin <origins>", "whose pages may ask, * = any (pages of this machine)").argParser(
      listed,
    ),
  );
  server(new Option("--no-cors", "no page may ask").conflicts("allowOrigin"));
  server(
    new Option(
      "--allowed-hosts <names>",
      "by which other names this machine may be asked, * = any",
    ).argParser(listed),
  );
  server(new Option("--no-request-size-limit", "take messages of more than 5 MiB"));

  kept(
    new Option("--data-dir <folder>", "keep the chain in this folder, and go on from it").conflicts(
      "pruneHistory",
    ),
  );
  kept(
    new Option("--fsync <when>", "a block is on the disk before it is told, soon after, or some time")
      .choices(FSYNC)
      .default("interval"),
  );
  kept(
    new Option(
      "--state <file>",
      "begin with the state of this file, if it is there, and leave it there",
    ).conflicts(["loadState", "dumpState", "dataDir", "genesis", "forkUrl", "pruneHistory"]),
  );
  kept(
    new Option("--load-state <file>", "begin with the state of this file").conflicts([
      "dataDir",
      "genesis",
      "forkUrl",
    ]),
  );
  kept(new Option("--dump-state <file>", "leave the state in this file").conflicts("pruneHistory"));
  kept(new Option("-s, --state-interval <seconds>", "and write it every so often").argParser(seconds));

  output(new Option("--config-out <file>", "write accounts, keys and settings as JSON"));
  output(
    new Option(
      "--artifacts <folder>",
      "of Foundry (out), Hardhat (artifacts) or solc: failures are told with their place in the sources",
    ),
  );
  output(new Option("--disable-console-log", "do not print what contracts do (console.log)"));
  output(new Option("-q, --silent", "print nothing but errors").conflicts("json"));
  output(new Option("--json", "one JSON object a line"));
  for (const [flags, why] of WITHOUT_EFFECT) output(new Option(flags, why).hideHelp());
  return command;
}
