// The thread of EthereumJsPeer: one case, whose block is run as often as asked.

import { parentPort } from "node:worker_threads";
import { createBlockFromRLP } from "@ethereumjs/block";
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { Account, bigIntToBytes, createAddressFromString, setLengthLeft } from "@ethereumjs/util";
import { createVM, runBlock, type VM } from "@ethereumjs/vm";
import { loadKZG } from "kzg-wasm";
import type { Time } from "../blocks/heddle.ts";
import type { EthereumJsAnswer, EthereumJsCase, EthereumJsRequest } from "./ethereumjs-block.ts";

interface Scene {
  vm: VM;
  common: Common;
  root: Uint8Array;
  rlp: Uint8Array;
}

const SKIPPED = { skipBlockValidation: true, skipHeaderValidation: true } as const;

async function prepare({ accounts, blocks, blobs }: EthereumJsCase): Promise<Scene> {
  // The trusted setup takes seconds to load: only where a transaction carries blobs.
  const customCrypto = blobs ? { kzg: await loadKZG() } : {};
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka, customCrypto });
  const vm = await createVM({ common });
  const { stateManager } = vm;
  for (const { address, nonce, balance, code, storage } of accounts) {
    const at = createAddressFromString(address);
    await stateManager.putAccount(at, new Account(nonce, balance));
    if (code.length > 0) await stateManager.putCode(at, code);
    for (const [slot, value] of storage) {
      const bytes = setLengthLeft(bigIntToBytes(value), 32);
      const significant = bytes.findIndex((byte) => byte !== 0);
      await stateManager.putStorage(
        at,
        setLengthLeft(bigIntToBytes(BigInt(slot)), 32),
        bytes.subarray(significant),
      );
    }
  }
  for (const rlp of blocks.slice(0, -1)) {
    await runBlock(vm, { block: createBlockFromRLP(rlp, { common }), ...SKIPPED });
  }
  return { vm, common, root: await stateManager.getStateRoot(), rlp: blocks.at(-1)! };
}

/** The roots, the gas and the bloom are compared with the header by EthereumJS. */
async function run({ vm, common, root, rlp }: Scene): Promise<Time> {
  const cpuBefore = process.threadCpuUsage();
  const begun = performance.now();
  await runBlock(vm, { block: createBlockFromRLP(rlp, { common }), root, ...SKIPPED });
  const wall = performance.now() - begun;
  const { user, system } = process.threadCpuUsage(cpuBefore);
  return { wall, cpu: (user + system) / 1000 };
}

let scene: Scene | undefined;

async function answer(request: EthereumJsRequest): Promise<EthereumJsAnswer> {
  try {
    if (request.kind === "case") {
      scene = await prepare(request.benchmark);
      return { kind: "ready" };
    }
    if (scene === undefined) return { kind: "failed", reason: "no case" };
    return { kind: "time", time: await run(scene) };
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

parentPort!.on("message", async (request: EthereumJsRequest) => {
  parentPort!.postMessage(await answer(request));
});
