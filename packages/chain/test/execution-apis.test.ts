import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type BlockEntry,
  decodeBlockEntry,
  encodeBlockEntry,
  openChain,
  parseGenesis,
} from "../src/index.ts";
import { corpusFile, missing, rlpSequence } from "./support/corpus.ts";

const FOLDER = "execution-apis/tests";
const skip = missing(FOLDER);
const HEAD = "0xd226371d0b1551adb03fb52b71f08e3e11247fe9b1af994768af8cdaa8e7dcd7";

function logsBefore(block: BlockEntry, index: number): number {
  let logs = 0;
  for (let i = 0; i < index; i++) logs += block.receipt(i).logs.length;
  return logs;
}

test("the chain of execution-apis is imported through all forks, to its head", { skip }, async () => {
  const genesis = parseGenesis(corpusFile(`${FOLDER}/genesis.json`).toString());
  const chain = await openChain({ genesis, workers: 2 });
  try {
    for (const rlp of rlpSequence(corpusFile(`${FOLDER}/chain.rlp`))) {
      const block = await chain.import(rlp);
      assert.deepEqual(Buffer.from(block.encode()), Buffer.from(rlp));
      assert.equal(block.size, rlp.length);
      assert.deepEqual(decodeBlockEntry(encodeBlockEntry(block)), block);
    }
    assert.equal(chain.head.number, 54n);
    assert.equal(chain.head.hash, HEAD);
    await chain.setForkChoice({ head: HEAD, safe: HEAD, finalized: HEAD });
    assert.equal(chain.finalized, chain.head);
    let transactions = 0;
    for (let number = 1n; number <= 54n; number++) {
      const block = chain.block(number)!;
      transactions += block.transactionCount;
      for (let i = 0; i < block.transactionCount; i++) {
        assert.deepEqual(chain.transaction(block.transactionHash(i)), { block, index: i });
        const receipt = block.receipt(i);
        assert.equal(receipt.sender, block.sender(i));
        assert.equal(block.firstLogIndex(i), logsBefore(block, i));
        const { type, to } = block.transaction(i);
        assert.equal(receipt.type, type);
        assert.equal(receipt.contractAddress === undefined, to !== undefined);
        if (receipt.contractAddress !== undefined && receipt.success === true) {
          assert.notEqual(await chain.state().account(receipt.contractAddress), undefined);
        }
      }
    }
    assert.equal(transactions, 249);
  } finally {
    await chain.close();
  }
});
