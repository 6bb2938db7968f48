// Options of Anvil, Hardhat's node and Ganache: those that are called otherwise here, those that need nothing here, and
// those that are not offered, with what to do instead.

import { UnofferedOptionError } from "../errors.ts";

const ALIASES: Readonly<Record<string, string>> = {
  "--blockTime": "--block-time",
  "--no-mine": "--no-mining",
  "--block-base-fee-per-gas": "--base-fee",
  "--init": "--genesis",
  "--threads": "--workers",
  "--jobs": "--workers",
  "--quiet": "--silent",
  "--auto-unlock": "--auto-impersonate",
  "--tracing": "--steps-tracing",
  "--cors-origin": "--allow-origin",
  "--rpc-url": "--fork-url",
  "--fork-headers": "--fork-header",
  "--cups": "--compute-units-per-second",
  "--no-rpc-rate-limit": "--no-rate-limit",
  "--no-console-log": "--disable-console-log",
  "--no-create2": "--disable-default-create2-deployer",
  "--tx-gas-limit": "--enable-tx-gas-limit",
  "--no-priority-fee": "--disable-min-priority-fee",
  "--enable-trace-printing": "--print-traces",
  "--ipcpath": "--ipc",
  // Hardhat's node, and Ganache.
  "--hostname": "--host",
  "--fork": "--fork-url",
  "--chain.chainId": "--chain-id",
  "--chain.hardfork": "--hardfork",
  "--chain.time": "--timestamp",
  "--chain.allowUnlimitedContractSize": "--disable-code-size-limit",
  "--database.dbPath": "--data-dir",
  "--fork.url": "--fork-url",
  "--fork.blockNumber": "--fork-block-number",
  "--logging.quiet": "--silent",
  "--miner.blockGasLimit": "--gas-limit",
  "--miner.blockTime": "--block-time",
  "--server.host": "--host",
  "--server.port": "--port",
  "--wallet.defaultBalance": "--balance",
  "--wallet.hdPath": "--derivation-path",
  "--wallet.mnemonic": "--mnemonic",
  "--wallet.totalAccounts": "--accounts",
};

/** Taken, and nothing is done for them: what they ask for is so here. */
export const WITHOUT_EFFECT: readonly (readonly [flags: string, why: string])[] = [
  ["--steps-tracing", "traces need no preparation"],
  ["--enable-tx-gas-limit", "EIP-7825 holds from Osaka on"],
  ["--disable-min-priority-fee", "any tip is taken"],
  ["-v, --verbosity", "there is one verbosity"],
];

/** Not offered: why, and what to do instead. */
const REFUSED: Readonly<Record<string, string>> = {
  "--mnemonic-seed-unsafe":
    "its words come from Anvil's own random numbers: let Anvil print them once, and give them by --mnemonic",
  "--wallet.seed": "its words come from Ganache's own random numbers: give them by --mnemonic",
  "--transaction-block-keeper":
    "blocks and transactions are all kept, in little memory; --data-dir puts them on the disk",
  "--max-persisted-states":
    "states are not kept one by one: --prune-history says how far back they can be read, --data-dir keeps all",
  "--preserve-historical-states":
    "a state file has the newest state and the blocks; --data-dir keeps every state",
  "--code-size-limit": "the limit is EIP-170's, or there is none: --disable-code-size-limit",
  "--disable-block-gas-limit": "a block's gas is bounded by what --gas-limit says: give a large number",
  "--max-transactions": "a block holds what --gas-limit lets in",
  "--ipc": "it is asked over HTTP and WebSocket, both on --port",
  "--fork-transaction-hash":
    "a chain goes on from whole blocks: name the block before by --fork-block-number and send what is to follow",
  "--slots-in-an-epoch":
    "there are no epochs: without a consensus nothing but the first block is safe and finalized",
  "--print-traces":
    "debug_traceTransaction and trace_transaction tell them; --artifacts prints where something failed",
  "--disable-pool-balance-checks":
    "the pool takes what can be paid for: anvil_setBalance gives an account funds",
  "--memory-limit": "gas bounds what a transaction can use",
  "--md": "output is lines, or JSON with --json",
  "--celo": "the rules are Ethereum's: --hardfork names them",
  "--network": "the rules are Ethereum's: --hardfork names them",
  "--optimism": "the rules are Ethereum's: --hardfork names them",
  "--odyssey": "the rules are Ethereum's: --hardfork names them",
};

/**
 * The arguments with every option by the name that it has here.
 * @throws UnofferedOptionError naming the first that is not offered
 */
export function knownNames(args: readonly string[]): string[] {
  return args.map((arg) => {
    const [name = "", ...value] = arg.split("=");
    const known = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
    if (Object.hasOwn(REFUSED, known)) throw new UnofferedOptionError(known, REFUSED[known]!);
    return known === name ? arg : [known, ...value].join("=");
  });
}
