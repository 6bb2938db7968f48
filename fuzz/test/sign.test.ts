import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { networkConfig, rulesAt } from "@heddle/engine";
import { KernelProbe, preparePrecompiles } from "@heddle/engine/testing";
import type { CaseTransaction } from "../src/case.ts";
import { generateCase } from "../src/generate.ts";
import { derivedSeed } from "../src/random.ts";
import { SIGNERS, Signing, signerAddress } from "../src/sign.ts";

const nonces = Array.from({ length: SIGNERS }, (_, i) => BigInt(i));

describe("signing", () => {
  before(preparePrecompiles);

  it("gives transactions of every type that recover to their senders", async () => {
    const probe = await KernelProbe.create();
    const types = new Set<number>();
    for (let i = 0; i < 8; i++) {
      const { blocks, chainId } = generateCase(derivedSeed(2, i), "Osaka");
      const rules = rulesAt(networkConfig("Osaka", { chainId }), { number: 1n, timestamp: 1n });
      for (const { transactions } of blocks) {
        const signing = new Signing(nonces);
        for (const [index, transaction] of transactions.entries()) {
          const { raw, hash, sender } = signing.sign(transaction, index);
          const inspection = probe.inspectTransaction(rules, raw);
          if (inspection.invalid !== undefined) continue;
          types.add(transaction.type);
          assert.equal(inspection.sender, sender);
          assert.equal(inspection.hash, hash);
        }
      }
    }
    assert.deepEqual([...types].sort(), [0, 1, 2, 3, 4]);
  });

  it("counts a sender's nonces up, and those of who authorized something", () => {
    const [first] = generateCase(1).blocks[0]!.transactions;
    const plain: CaseTransaction = { ...first!, type: 2, signer: 3, nonceShift: 0, authorizations: [] };
    const signing = new Signing(nonces);
    const nonceOf = (transaction: CaseTransaction): bigint => {
      const { nonce } = signing.sign(transaction, 0);
      signing.taken(transaction);
      return nonce;
    };
    assert.equal(nonceOf(plain), 3n);
    assert.equal(nonceOf({ ...plain, nonceShift: 2 }), 6n);
    const address = signerAddress(0);
    const authorizations = [{ signer: 3, chainId: 1, address, nonceShift: 0 }];
    assert.equal(nonceOf({ ...plain, type: 4, authorizations }), 4n);
    assert.equal(nonceOf(plain), 6n);
  });
});
