// The door of the kernel: compiles kernel.wasm, makes instances over a shared memory, gives its exports types.

import { readFileSync } from "node:fs";
import { type Layout, readLayout } from "./layout.ts";

export * from "./codes.ts";
export type { Layout } from "./layout.ts";
export { encodeOpcodeTable, forkNames, type Opcode, opcodes, staticGas } from "./opcodes.ts";

/** Pointers and lengths are numbers, 64-bit values bigints. */
export interface KernelExports {
  // A memory and its instances
  initialise(): void;
  setWorkerId(id: number): void;
  arenaAllocate(size: number): number;
  wakeHost(): void;

  // The state between blocks (assembly/door/state.ts)
  stateReset(): void;
  codesReset(): void;
  // Change lists of the host (assembly/door/edit.ts)
  importBegin(accounts: number, slots: number): void;
  importAccountAdd(address: number, nonce: bigint, balance: number, code: number, codeLength: number): void;
  importCodeHash(hash: number): void;
  importSlotAdd(key: number, value: number): void;
  importEnd(): void;
  editAccountAdd(address: number, flags: number, nonce: bigint, balance: number, codeHash: number): void;
  editEnd(): void;
  /** 1 = the bytes are an undo record. */
  revertCheck(record: number, length: number): number;
  revertBuild(record: number, length: number): void;
  recordHasStorage(record: number): number;

  // The undo record of a change list (assembly/state/undo-record.ts)
  undoNextWiped(from: number): number;
  undoSave(): void;
  undoBegin(): void;
  /** Bytes written; 0 = there are no more. */
  undoWrite(out: number, capacity: number): number;

  // The change list as bytes (assembly/state/change-record.ts)
  changesBegin(): void;
  /** Bytes written; 0 = there are no more. */
  changesWrite(out: number, capacity: number): number;

  // Receipts as a host keeps them (assembly/block/packed-receipts.ts)
  /** How many receipts were packed; 0 = the next one does not fit. */
  receiptsPack(
    transactions: number,
    first: number,
    end: number,
    rows: number,
    out: number,
    capacity: number,
  ): number;
  receiptsOrigins(transactions: number, first: number, end: number, senders: number, hashes: number): void;

  blockCommit(): void;
  /** 1 = a commit that somebody had begun was finished instead. */
  blockDiscard(): number;
  /** Test build only: the instance panics at the step after `steps` more (trie/crash.ts). */
  crashAfter?(steps: number): void;
  crashStepsLeft?(): number;

  // A block (assembly/door/block.ts)
  blockOpen(): void;
  blockTransactions(count: number, bytes: number, byteLength: number, offsets: number, senders: number): void;
  /** Memory for the transactions of a block that waits; 0 where there is no room. */
  inputAllocate(bytes: number): number;
  inputFree(address: number): void;
  workerEnter(): void;
  /** Gives back what a transaction held that this worker has left. */
  workerLeave(): void;
  /** Decodes the first transaction and checks it by itself; Invalid. */
  blockInspect(): number;

  blockStart(count: number, workers: number): void;
  cancelBlock(): void;
  /** The phase in which the block ended: 6 done, 7 failed. */
  work(): number;
  aborted(reason: number, detail: number): void;
  resume(task: number): void;
  restartRoots(): void;

  // Senders and hashes of transactions in no block (assembly/parallel/signers.ts)
  signersInput(at: number, bytes: number, byteLength: number, offsets: number): void;
  signersStart(given: number, out: number, count: number): void;

  // The access list that came with a block (assembly/parallel/claims.ts)
  /** Takes the list for the open block; ClaimsProblem. */
  claimsCheck(list: number, length: number): number;
  claimsUse(alone: number): void;
  claimsIntern(): void;
  claimsLoaded(): void;
  /** 1 = the promised state root needs trie nodes (trieMissing). */
  claimsRootMissing(): number;
  claimsRootRestart(): void;

  // Loads, growth, eviction (assembly/state/host.ts, vm/code.ts, trie/)
  stateAccountRecord(address: number): number;
  stateSlotRecord(address: number, key: number): number;
  stateLoadAccount(
    address: number,
    nonce: bigint,
    balance: number,
    codeHash: number,
    storageRoot: number,
    exists: number,
  ): number;
  stateLoadSlot(address: number, key: number, value: number): number;
  codeIntern(bytes: number, length: number, hash: number): number;
  codeFind(hash: number): number;
  codeIndexGrow(capacity: number): void;
  internGrow(which: number): void;
  internReserve(which: number, more: number): void;
  internEvict(threshold: number, dropTries: number, mayDropAll: number): number;
  /** The bytes given back. */
  codesEvict(): bigint;
  trieEvict(root: number, before: number): number;
  trieEvictAll(before: number): void;
  trieGeneration(): number;
  recordStorageTrie(record: number): number;
  trieNext(root: number, key: number, nibbles: number): number;
  triePrevious(root: number, key: number, nibbles: number): number;
  trieLeafKey(leaf: number, out: number): number;
  trieNeighbourMissed(): number;
  trieMissingCount(): number;
  trieMissing(index: number): number;
  trieMissingHash(index: number): number;
  trieResolve(missing: number, rlp: number, length: number): number;
  trieStub(hash: number): number;
  stateRootOfStorage(change: number): number;
  trieNewNodes(buffer: number, capacity: number, from: number): number;
  trieNewNodesLength(): number;
  trieProof(root: number, key: number, nibbles: number): number;
  proofCount(): number;
  proofNode(index: number): number;
  proofLength(index: number): number;

  trieUpdate(root: number, updates: number, count: number): number;
  trieRootHash(root: number, out: number): void;
  trieDiscard(): number;
  orderedRoot(items: number, count: number, out: number, parts: number): void;
  keccak256(out: number, input: number, length: number): void;

  // A message against the committed state (assembly/door/call.ts)
  callRun(transaction: number, gasPrice: number): number;

  // The running view of a traced transaction (assembly/door/trace.ts)
  traceAccount(address: number): number;
  traceBalance(account: number): number;
  traceNonce(account: number): bigint;
  traceCode(account: number): number;
  traceCodeHash(account: number): number;
  traceExists(account: number): number;
  traceIsDestructed(account: number): number;
  traceSlot(account: number, key: number): number;
  traceRefund(): bigint;
  traceReturnData(): number;
  traceReturnLength(): number;
  traceIsPrecompile(address: number): number;
  traceShortage(): bigint;

  // What is predicted of transactions that are not executed (assembly/door/predict.ts)
  predictBlock(out: number): void;

  // A block in order in this thread
  runBlockSequential(): number;
  sequentialChanges(): void;
  sequentialStateRoot(): number;
}

/** What the kernel asks of its host; the meaning of each stands in assembly/host.ts. */
export interface KernelHost {
  abortTransaction(reason: number, detail: number): never;
  outOfMemory(requestedBytes: number): never;
  panic(code: number, detail: number): never;
  precompile(address: number, fork: number, input: number, inputLength: number, gasLimit: bigint): bigint;
  precompileOutputLength(): number;
  precompileOutput(destination: number): void;
  recoverAddress(hash: number, r: number, s: number, yParity: number, address: number): number;
  traceTransaction?(transaction: number): number;
  traceTransactionEnd?(transaction: number): void;
  traceStep?(frame: number, pc: number, opcode: number, gas: bigint, stackTop: number, depth: number): void;
  traceEnter?(frame: number, kind: number, depth: number, target: number): void;
  traceExit?(
    frame: number,
    status: number,
    gasLeft: bigint,
    output: number,
    outputLength: number,
    depth: number,
  ): void;
  traceLog?(log: number): void;
  traceSelfDestruct?(frame: number, beneficiary: number, amount: number): void;
  clock(): number;
  yieldPoint?(point: number, index: number): void;
}

/** One instance of the kernel in the current thread. */
export interface Kernel {
  exports: KernelExports;
  layout: Layout;
}

const PAGE = 65536;

/**
 * A shared memory of `bytes` for one kernel: all its instances are made over it. It has its full size from the start,
 * of which the system gives only what is touched: where one thread makes a shared memory grow, another one's
 * instance knows a little later, and fails on the new pages until then.
 */
export function createKernelMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/**
 * Compiles the kernel that `npm run build:kernel` made; tests take the build that can be stopped and killed. The module
 * may be posted to worker threads.
 */
export function compileKernel(build: "production" | "test" = "production"): WebAssembly.Module {
  const name = build === "test" ? "kernel-test" : "kernel";
  return new WebAssembly.Module(readFileSync(new URL(`../build/${name}.wasm`, import.meta.url)));
}

/** An instance over `memory`. Host functions that are left out must not be reached by what is run. */
export function instantiateKernel(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  host: KernelHost,
): Kernel {
  const given = host as unknown as Record<string, WebAssembly.ImportValue | undefined>;
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = kind === "memory" ? memory : (given[name] ?? (() => undefined));
  }
  const instance = new WebAssembly.Instance(module, imports);
  return { exports: instance.exports as unknown as KernelExports, layout: readLayout(instance.exports) };
}
