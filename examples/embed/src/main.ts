// Two blocks of transfers and contract calls on two worker threads: receipts, roots, an account, a proof.

import { type Hex, InvalidTransactionError, networkConfig, type Receipt } from "@heddle/engine";
import { append, openChain, propose } from "./chain.js";
import { alice, bob, CHAIN_ID, carol, type Person, signed } from "./people.js";

/**
 * Counts the calls of each caller, logs the count and returns it:
 * CALLER SLOAD 1 ADD DUP1 CALLER SSTORE 0 MSTORE, CALLER 32 0 LOG1, 32 0 RETURN.
 */
const COUNTER: Hex = "0x00000000000000000000000000000000000c0de0";
const COUNTER_CODE: Hex = "0x33546001018033556000523360206000a160206000f3";
const ETHER = 10n ** 18n;

function show({ success, gasUsed, logs }: Receipt, index: number): void {
  const logged = logs.map(({ data }) => ` logged ${BigInt(data)}`).join("");
  console.log(`  receipt ${index}: ${success ? "success" : "failed"}, ${gasUsed} gas${logged}`);
}

/** The key of the counter's slot for a caller: the address as a word. */
function slotOf(person: Person): Hex {
  return `0x${person.address.slice(2).padStart(64, "0")}`;
}

const chain = await openChain({
  workers: 2,
  chain: { ...networkConfig("Shanghai"), chainId: CHAIN_ID },
  genesis: {
    alloc: {
      [alice.address]: { balance: 10n * ETHER },
      [bob.address]: { balance: 10n * ETHER },
      [COUNTER]: { code: COUNTER_CODE },
    },
  },
});
const { engine } = chain;
console.log(`genesis: state ${engine.stateRoot}`);

try {
  const blocks = [
    [
      signed(alice, { nonce: 0n, to: bob.address, value: ETHER }),
      signed(bob, { nonce: 0n, to: carol.address, value: 2n * ETHER }),
      signed(alice, { nonce: 1n, to: COUNTER }),
      signed(bob, { nonce: 1n, to: COUNTER }),
    ],
    [
      signed(carol, { nonce: 0n, to: COUNTER }),
      signed(carol, { nonce: 1n, to: alice.address, value: ETHER / 2n }),
      signed(alice, { nonce: 2n, to: COUNTER }),
    ],
  ];
  for (const transactions of blocks) {
    const { header, result } = await propose(chain, transactions);
    console.log(`block ${header.number}: ${result.gasUsed} gas, ${result.changes.length} accounts changed`);
    [...result.receipts].forEach(show);
    console.log(`  state        ${header.stateRoot}`);
    console.log(`  receipts     ${header.receiptsRoot}`);
    console.log(`  transactions ${header.transactionsRoot}`);
    await append(chain, header, result);
  }

  // What is not valid changes nothing, and the engine goes on.
  try {
    await propose(chain, [signed(alice, { nonce: 0n, to: bob.address })]);
  } catch (error) {
    if (!(error instanceof InvalidTransactionError)) throw error;
    console.log(`refused: transaction ${error.index}, ${error.reason}`);
  }

  const account = await engine.getAccount(alice.address);
  console.log(`alice: nonce ${account?.nonce}, ${account?.balance} wei`);
  const { output } = await engine.call({ from: alice.address, to: COUNTER });
  console.log(`the counter would give alice ${output.at(-1)}`);
  const proof = await engine.getProof(COUNTER, [slotOf(alice)]);
  console.log(
    `proof against ${engine.stateRoot}: ${proof.accountProof.length} nodes for the contract, ` +
      `${proof.storageProof[0]?.proof.length} for alice's slot, which is ${proof.storageProof[0]?.value}`,
  );
} finally {
  await engine.close();
}
