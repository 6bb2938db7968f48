// A chain in memory: seals what the engine executes into headers, each on top of the one before.

import {
  type BlockResult,
  checkHeader,
  checkResult,
  createEngine,
  EMPTY_OMMERS_HASH,
  type Engine,
  type EngineOptions,
  type Header,
  type Hex,
  headerHash,
  nextBaseFee,
} from "@heddle/engine";

const ZERO_HASH: Hex = `0x${"00".repeat(32)}`;
const SECONDS = 12n;

/** The first header; its roots are filled in when the chain is opened. */
const GENESIS: Header = {
  parentHash: ZERO_HASH,
  ommersHash: EMPTY_OMMERS_HASH,
  coinbase: "0x00000000000000000000000000000000000000c0",
  stateRoot: ZERO_HASH,
  transactionsRoot: ZERO_HASH,
  receiptsRoot: ZERO_HASH,
  logsBloom: `0x${"00".repeat(256)}`,
  difficulty: 0n,
  number: 0n,
  gasLimit: 30_000_000n,
  gasUsed: 0n,
  timestamp: 0n,
  extraData: "0x",
  mixHash: ZERO_HASH,
  nonce: "0x0000000000000000",
  baseFeePerGas: 1_000_000_000n,
  withdrawalsRoot: ZERO_HASH,
};

export interface Chain {
  readonly engine: Engine;
  head: Header;
}

/** Opens an engine on a genesis block; close it with `chain.engine.close()`. */
export async function openChain(options: EngineOptions): Promise<Chain> {
  const engine = await createEngine(options);
  const nothing = await engine.execute({ header: GENESIS, transactions: [] });
  nothing.discard();
  return { engine, head: seal(GENESIS, nothing) };
}

/** The fields of the next header that are known before its block is executed. */
function proposal({ engine, head }: Chain): Header {
  const position = { number: head.number + 1n, timestamp: head.timestamp + SECONDS };
  return {
    ...GENESIS,
    ...position,
    parentHash: headerHash(head),
    baseFeePerGas: nextBaseFee(head, engine.rulesAt(position)),
  };
}

/** The proposal with what executing it gave. */
function seal(header: Header, { gasUsed, logsBloom, roots }: BlockResult): Header {
  return {
    ...header,
    gasUsed,
    logsBloom,
    stateRoot: roots.state!,
    transactionsRoot: roots.transactions,
    receiptsRoot: roots.receipts,
    withdrawalsRoot: roots.withdrawals,
  };
}

/** Executes transactions as the next block. It is not part of the chain before `append`. */
export async function propose(
  chain: Chain,
  transactions: readonly Uint8Array[],
): Promise<{ header: Header; result: BlockResult }> {
  const header = proposal(chain);
  const result = await chain.engine.execute({ header, transactions, withdrawals: [] });
  return { header: seal(header, result), result };
}

/** Makes an executed block the chain's head, after the checks that a block from elsewhere would have to pass. */
export async function append(chain: Chain, header: Header, result: BlockResult): Promise<void> {
  checkHeader(header, chain.head, chain.engine.rulesAt(header));
  checkResult(header, result);
  await result.commit();
  chain.head = header;
}
