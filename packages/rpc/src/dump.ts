// The whole of a local chain in the form in which Anvil keeps it: state, blocks, and what transactions gave.

import { type BlockEntry, type Chain, dumpState, isImpersonated } from "@heddle/chain";
import { encodeHeaderFields } from "./encode/block.ts";
import { quantity } from "./encode/quantity.ts";
import { encodeFields } from "./encode/transaction.ts";

/** Newest blocks that a dump has, and transactions in them: a dump is one text. BLOCKHASH reaches 256. */
const MOST_BLOCKS = 4096;
const MOST_TRANSACTIONS = 20_000;

const transactionsOf = (block: BlockEntry) => Array.from({ length: block.transactionCount }, (_, i) => i);

function dumpedBlock(block: BlockEntry): unknown {
  const { hash: _, ...header } = encodeHeaderFields(block.header, block.hash);
  return {
    header,
    transactions: transactionsOf(block).map((i) => {
      const transaction = block.transaction(i);
      const fields = encodeFields(transaction);
      // Anvil reads either.
      if (transaction.gasPrice !== undefined) fields["gasPrice"] = quantity(transaction.gasPrice);
      return {
        transaction: { ...fields, hash: block.transactionHash(i) },
        impersonated_sender: isImpersonated(transaction, block.sender(i)) ? block.sender(i) : null,
      };
    }),
    ommers: [],
    withdrawals: null,
  };
}

function dumpedTransaction(block: BlockEntry, index: number): unknown {
  const receipt = block.receipt(index);
  const { to, nonce } = block.transaction(index);
  return {
    info: {
      transaction_hash: block.transactionHash(index),
      transaction_index: index,
      from: receipt.sender,
      to: to ?? null,
      contract_address: receipt.contractAddress ?? null,
      // Nobody has kept what happened inside.
      traces: [],
      exit: receipt.success === false ? "Revert" : "Stop",
      out: null,
      nonce: Number(nonce),
      gas_used: Number(receipt.gasUsed),
    },
    receipt: {
      type: quantity(receipt.type),
      status: receipt.success === false ? "0x0" : "0x1",
      cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
      logs: receipt.logs,
      logsBloom: receipt.logsBloom,
    },
    block_hash: block.hash,
    block_number: Number(block.number),
  };
}

/** The head's block and those before it, oldest first, as many as a dump has. */
function newestBlocks(chain: Chain): BlockEntry[] {
  const blocks: BlockEntry[] = [];
  let count = 0;
  for (let block: BlockEntry | undefined = chain.head; block !== undefined; block = chain.parent(block)) {
    count += block.transactionCount;
    if (blocks.length > 0 && (blocks.length >= MOST_BLOCKS || count > MOST_TRANSACTIONS)) break;
    blocks.push(block);
  }
  return blocks.reverse();
}

/** A dump that Anvil loads, and so does a local chain. @throws HistoryGoneError where not all history is kept */
export async function dumpChain(chain: Chain): Promise<Record<string, unknown>> {
  const { block, ...state } = await dumpState(chain);
  const blocks = newestBlocks(chain);
  const { header } = blocks.at(-1)!;
  return {
    block: {
      ...block,
      beneficiary: header.coinbase,
      difficulty: quantity(header.difficulty),
      prevrandao: header.mixHash,
      blob_excess_gas_and_price: { excess_blob_gas: Number(header.excessBlobGas ?? 0n), blob_gasprice: 1 },
    },
    ...state,
    blocks: blocks.map(dumpedBlock),
    transactions: blocks.flatMap((one) => transactionsOf(one).map((i) => dumpedTransaction(one, i))),
    historical_states: null,
  };
}
