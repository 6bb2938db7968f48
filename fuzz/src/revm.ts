// The oracle: revm, inside the provider of EDR (Hardhat's network), in this process. Accounts and raw transactions in,
// mined blocks out.

import { hexToBytes } from "@heddle/cli";
import type { Header, Hex } from "@heddle/engine";
import {
  ContractDecoder,
  EdrContext,
  L1_CHAIN_TYPE,
  l1ProviderFactory,
  type MineOrdering,
  type Provider,
} from "@nomicfoundation/edr";
import { type CaseBlock, FORKS, type FuzzCase, hasFork } from "./case.ts";
import type { RawTransaction, Signing } from "./sign.ts";

/** A block as revm made it. */
export interface RevmBlock {
  /** What was sent to it. */
  transactions: RawTransaction[];
  header: Header;
  hash: Hex;
  /** Hashes of the transactions that are in it, in their order. */
  included: Hex[];
  /** Why a transaction was not even taken into the pool, by its hash. */
  refused: Map<Hex, string>;
  /** Why the pool no longer has a transaction that it had taken: replaced, or not valid at its place in the block. */
  dropped: Map<Hex, string>;
}

/** What both sides tell about a transaction that ran. */
export interface RevmReceipt {
  success: boolean;
  gasUsed: bigint;
  logs: { address: Hex; topics: Hex[]; data: Hex }[];
}

/** The request was answered with an error. */
export class RevmError extends Error {
  override readonly name = "RevmError";
}

interface BlockJson extends Record<string, Hex> {
  transactions: Hex & Hex[];
}

const GENESIS_TIME = 1_800_000_000;

let context: Promise<EdrContext> | undefined;

async function openContext(): Promise<EdrContext> {
  const opened = new EdrContext();
  await opened.registerProviderFactory(L1_CHAIN_TYPE, l1ProviderFactory());
  return opened;
}

const quantity = (value: number | bigint): Hex => `0x${value.toString(16)}`;

function headerOf(block: BlockJson, fork: FuzzCase["fork"]): Header {
  const bigint = (name: string): bigint | undefined =>
    block[name] === undefined ? undefined : BigInt(block[name]);
  const proofOfWork = !hasFork(fork, "Paris");
  return {
    parentHash: block["parentHash"]!,
    ommersHash: block["sha3Uncles"]!,
    coinbase: block["miner"]!,
    stateRoot: block["stateRoot"]!,
    transactionsRoot: block["transactionsRoot"]!,
    receiptsRoot: block["receiptsRoot"]!,
    logsBloom: block["logsBloom"]!,
    difficulty: proofOfWork ? BigInt(block["difficulty"]!) : 0n,
    number: BigInt(block["number"]!),
    gasLimit: BigInt(block["gasLimit"]!),
    gasUsed: BigInt(block["gasUsed"]!),
    timestamp: BigInt(block["timestamp"]!),
    extraData: block["extraData"]!,
    mixHash: block["mixHash"]!,
    nonce: block["nonce"]!,
    baseFeePerGas: bigint("baseFeePerGas"),
    withdrawalsRoot: block["withdrawalsRoot"],
    blobGasUsed: bigint("blobGasUsed"),
    excessBlobGas: bigint("excessBlobGas"),
    parentBeaconBlockRoot: block["parentBeaconBlockRoot"],
    requestsHash: block["requestsHash"],
  };
}

/** A provider that has panicked never answers; nothing here takes a tenth of this. */
const PATIENCE = 60_000;

async function answered<T>(answer: Promise<T>, method: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RevmError(`${method} was never answered`)), PATIENCE);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Code that revm takes for a delegation (EIP-7702) on every fork, by its first two bytes. No chain can hold it otherwise
 * (EIP-3541).
 */
export function looksLikeDelegation(code: Uint8Array): boolean {
  return code[0] === 0xef && code[1] === 0x01;
}

/**
 * Code that EDR cannot hold. What begins with PUSH20 it takes for a Solidity library with its address in it, and where it ends
 * before the address does, it panics at a call and takes the whole process along. What looks like a delegation and has not its length it refuses.
 */
export function isBeyondOracle(code: Uint8Array): boolean {
  return (code[0] === 0x73 && code.length < 21) || (looksLikeDelegation(code) && code.length !== 23);
}

/** One chain of revm's, beginning with a case's accounts. */
export class Revm {
  readonly #provider: Provider;
  readonly #fork: FuzzCase["fork"];
  #timestamp = GENESIS_TIME;

  private constructor(provider: Provider, fork: FuzzCase["fork"]) {
    this.#provider = provider;
    this.#fork = fork;
  }

  static async open(fuzzCase: FuzzCase): Promise<Revm> {
    context ??= openContext();
    const { fork, accounts } = fuzzCase;
    if (Object.values(accounts).some(({ code }) => isBeyondOracle(hexToBytes(code)))) {
      throw new RevmError("EDR cannot hold code that looks like a library or a delegation");
    }
    const genesisState = Object.entries(accounts).map(([address, account]) => ({
      address: hexToBytes(address),
      balance: BigInt(account.balance),
      nonce: BigInt(account.nonce),
      code: hexToBytes(account.code),
    }));
    const first = fuzzCase.blocks[0]!;
    const provider = await (await context).createProvider(
      L1_CHAIN_TYPE,
      {
        allowBlocksWithSameTimestamp: false,
        allowUnlimitedContractSize: false,
        bailOnCallFailure: false,
        bailOnTransactionFailure: false,
        chainId: BigInt(fuzzCase.chainId),
        coinbase: hexToBytes(first.coinbase),
        defaultTransactionGasLimit: 1_000_000n,
        genesisState,
        hardfork: FORKS.find(({ name }) => name === fork)!.revm,
        initialBaseFeePerGas: 7n,
        initialParentBeaconBlockRoot: new Uint8Array(32),
        minGasPrice: 0n,
        mining: {
          autoMine: false,
          blockGasLimit: BigInt(first.gasLimit),
          // The enum stands in the types alone: its value is the string.
          memPool: { order: "Fifo" as MineOrdering },
        },
        network: { genesisBlockGasLimit: BigInt(first.gasLimit), genesisBlockTime: BigInt(GENESIS_TIME) },
        networkId: BigInt(fuzzCase.chainId),
        observability: {},
        ownedAccounts: [],
        precompileOverrides: [],
      },
      { enable: false, decodeConsoleLogInputsCallback: () => [], printLineCallback: () => undefined },
      { subscriptionCallback: () => undefined },
      new ContractDecoder(),
    );
    const revm = new Revm(provider, fork);
    for (const [address, { storage }] of Object.entries(accounts)) {
      for (const [key, value] of Object.entries(storage)) {
        await revm.request("hardhat_setStorageAt", address, key, `0x${value.slice(2).padStart(64, "0")}`);
      }
    }
    return revm;
  }

  /** A JSON-RPC request. @throws RevmError */
  async request<T = Hex>(method: string, ...params: unknown[]): Promise<T> {
    const request = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const response = await answered(this.#provider.handleRequest(request), method);
    const { error, result } = typeof response.data === "string" ? JSON.parse(response.data) : response.data;
    if (error !== undefined) throw new RevmError(error.message);
    return result;
  }

  /**
   * Mines one block of those transactions that the pool takes and that have room. Where one that it took turns out to
   * be not valid, nothing is mined: `findInvalid` is asked which is to go, as the error does not say; undefined gives up.
   * @throws RevmError
   */
  async mine(
    block: CaseBlock,
    signing: Signing,
    findInvalid: (taken: RawTransaction[], says: string) => Promise<RawTransaction | undefined>,
  ): Promise<RevmBlock> {
    await this.request("hardhat_setCoinbase", block.coinbase);
    await this.request("evm_setBlockGasLimit", quantity(block.gasLimit));
    if (hasFork(this.#fork, "London")) {
      await this.request("hardhat_setNextBlockBaseFeePerGas", block.baseFee);
    }
    if (hasFork(this.#fork, "Paris")) await this.request("hardhat_setPrevRandao", block.prevRandao);
    this.#timestamp += block.delay;
    await this.request("evm_setNextBlockTimestamp", quantity(this.#timestamp));
    const refused = new Map<Hex, string>();
    const dropped = new Map<Hex, string>();
    // A transaction with blobs is taken only by itself, where it is mined at once.
    const alone = block.transactions.length === 1 && block.transactions[0]!.type === 3;
    if (alone) await this.request("evm_setAutomine", true);
    const transactions: RawTransaction[] = [];
    let taken: RawTransaction[] = [];
    for (const [index, planned] of block.transactions.entries()) {
      const signed = signing.sign(planned, index);
      const { hash, network, sender, nonce } = signed;
      transactions.push(signed);
      try {
        await this.request("eth_sendRawTransaction", `0x${Buffer.from(network).toString("hex")}`);
        const replaced = taken.find((earlier) => earlier.sender === sender && earlier.nonce === nonce);
        if (replaced !== undefined) dropped.set(replaced.hash, "replaced");
        taken = [...taken.filter((earlier) => earlier !== replaced), signed];
        // What does not pay the base fee stays in the pool; the next one may have its nonce.
        if (BigInt(planned.maxFeePerGas) >= BigInt(block.baseFee)) signing.taken(planned);
      } catch (error) {
        if (!(error instanceof RevmError)) throw error;
        refused.set(hash, error.message);
      }
    }
    if (alone) await this.request("evm_setAutomine", false);
    while (!alone || refused.size > 0) {
      try {
        await this.request("evm_mine");
        break;
      } catch (error) {
        const wrong = error instanceof RevmError ? await findInvalid(taken, error.message) : undefined;
        if (wrong === undefined) throw error;
        dropped.set(wrong.hash, (error as RevmError).message);
        taken = taken.filter(({ hash }) => hash !== wrong.hash);
        await this.request("hardhat_dropTransaction", wrong.hash);
      }
    }
    return { ...(await this.latest()), transactions, refused, dropped };
  }

  /** The last block; after `open` the genesis block. */
  async latest(): Promise<Pick<RevmBlock, "header" | "hash" | "included">> {
    const json = await this.request<BlockJson>("eth_getBlockByNumber", "latest", false);
    return { header: headerOf(json, this.#fork), hash: json["hash"]!, included: json.transactions };
  }

  async nonce(address: Hex): Promise<bigint> {
    return BigInt(await this.request("eth_getTransactionCount", address, "latest"));
  }

  async receipt(hash: Hex): Promise<RevmReceipt | undefined> {
    const json = await this.request<{ status: Hex; gasUsed: Hex; logs: RevmReceipt["logs"] } | null>(
      "eth_getTransactionReceipt",
      hash,
    );
    if (json === null) return undefined;
    const logs = json.logs.map(({ address, topics, data }) => ({ address, topics, data }));
    return { success: json.status === "0x1", gasUsed: BigInt(json.gasUsed), logs };
  }

  /** Drops what is left in the pool, so that it does not come up in the next block. */
  async empty(transactions: readonly RawTransaction[]): Promise<void> {
    for (const { hash } of transactions) await this.request("hardhat_dropTransaction", hash);
  }
}
