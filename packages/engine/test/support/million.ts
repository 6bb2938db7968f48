// The child process of long/million-accounts.ts: a block of transfers over many accounts, in parallel and in order.
// Prints one line of JSON with what it found and how much memory the process took.

import { createEngine, type Engine, type ExecuteInput, type Hex } from "../../src/index.ts";
import { block, type Call, contract, type ListedInput, SHANGHAI, sender } from "./blocks.ts";
import { cacheBytesOf } from "./memory.ts";
import { seededRandom } from "./random.ts";
import { mintData, TOKEN, transferData } from "./token.ts";

const [accounts, transfers, seed] = process.argv.slice(2).map(Number) as [number, number, number];
const random = seededRandom(seed);
const token = contract(0);
const ETHER = 10n ** 18n;
const MINT = 4096;

function genesis() {
  const alloc: Record<Hex, { balance: bigint } | { code: Hex }> = { [token]: { code: TOKEN } };
  for (let i = 0; i < accounts; i++) alloc[sender(i)] = { balance: ETHER };
  return { alloc };
}

/** Token balances for everybody. */
function minting(): ListedInput {
  const calls: Call[] = [];
  for (let first = 0; first < accounts; first += MINT) {
    const data = mintData(sender(first), Math.min(MINT, accounts - first), ETHER);
    calls.push({ from: sender(calls.length), to: token, data, gasLimit: 200_000_000n });
  }
  return block(calls);
}

const nonces = new Map<number, bigint>(Array.from({ length: Math.ceil(accounts / MINT) }, (_, i) => [i, 1n]));

/** Ether and token transfers by turns, between accounts drawn at random. */
function transferring(): ListedInput {
  const calls = Array.from({ length: transfers }, (_, i): Call => {
    const from = random(accounts);
    const to = sender(random(accounts));
    const nonce = nonces.get(from) ?? 0n;
    nonces.set(from, nonce + 1n);
    const what = i % 2 === 0 ? { to, value: 1n } : { to: token, data: transferData(to, 1n) };
    return { from: sender(from), nonce, ...what };
  });
  return block(calls, 2n);
}

async function run(engine: Engine, input: ExecuteInput, mode: "parallel" | "sequential") {
  const began = performance.now();
  const result = await engine.execute({ ...input, mode });
  const milliseconds = Math.round(performance.now() - began);
  let failed = 0;
  for (const { success } of result.receipts) if (!success) failed++;
  return { result, milliseconds, failed };
}

const began = performance.now();
const engine = await createEngine({ workers: 2, chain: SHANGHAI, genesis: genesis() });
const imported = performance.now() - began;
const minted = await run(engine, minting(), "parallel");
await minted.result.commit();
const input = transferring();
const parallel = await run(engine, input, "parallel");
parallel.result.discard();
const sequential = await run(engine, input, "sequential");
await sequential.result.commit();

console.log(
  JSON.stringify({
    parallel: parallel.result.roots,
    sequential: sequential.result.roots,
    failed: minted.failed + parallel.failed + sequential.failed,
    transactions: input.transactions.length,
    milliseconds: {
      genesis: Math.round(imported),
      minting: minted.milliseconds,
      parallel: parallel.milliseconds,
      sequential: sequential.milliseconds,
    },
    // Kibibytes, whatever the system's page size.
    maxRss: process.resourceUsage().maxRSS * 1024,
    cacheBytes: cacheBytesOf(engine),
  }),
);
await engine.close();
