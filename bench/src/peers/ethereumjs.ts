// The same blocks on EthereumJS: what the in-order speed is compared with.

import { createBlock } from "@ethereumjs/block";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createTxFromRLP } from "@ethereumjs/tx";
import { Account, Address } from "@ethereumjs/util";
import { createVM, runTx, type VM } from "@ethereumjs/vm";
import { type Batch, ENDOWMENT, Script } from "../script.ts";
import type { Workload } from "../workloads/index.ts";

async function runBatch(vm: VM, common: Common, batch: Batch): Promise<number> {
  const block = createBlock(
    { header: { number: 1n, gasLimit: 30_000_000n, baseFeePerGas: 7n } },
    { common, skipConsensusFormatValidation: true },
  );
  const transactions = batch.transactions.map((raw, index) => {
    const tx = createTxFromRLP(raw, { common, freeze: false });
    // Given senders, as on our side: recovering a signer is measured apart.
    const sender = new Address(batch.senders[index]!);
    tx.getSenderAddress = () => sender;
    return tx;
  });
  const begun = process.cpuUsage();
  for (const tx of transactions) {
    const { execResult } = await runTx(vm, { tx, block, skipBlockGasLimitValidation: true });
    if (execResult.exceptionError) throw new Error(`EthereumJS: ${execResult.exceptionError.error}`);
  }
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / transactions.length;
}

/**
 * CPU microseconds a transaction that @ethereumjs/vm takes for a workload of `size` transactions, execution only:
 * senders given, no root in between.
 */
export async function ethereumJsTime(workload: Workload, size: number): Promise<number> {
  const script = new Script({ signed: false });
  const scene = await workload.write(script, size, {});
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague });
  const vm = await createVM({ common });
  for (const address of script.accounts) {
    await vm.stateManager.putAccount(
      new Address(Buffer.from(address.slice(2), "hex")),
      new Account(0n, ENDOWMENT),
    );
  }
  for (const batch of scene.setup) await runBatch(vm, common, batch);
  return runBatch(vm, common, scene.block);
}
