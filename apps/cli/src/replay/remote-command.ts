// heddle replay --rpc

import { BlockCache, defaultCacheFolder, RemoteClient, RemoteState } from "@heddle/chain";
import { Fields } from "../fixture/fields.ts";
import { remoteOptions } from "../remote/options.ts";
import { Progress } from "../terminal/progress.ts";
import { interruptible, type ReplayOptions, replayUnlessAborted, tellTotals } from "./command.ts";
import { readRemoteBlock } from "./remote-block.ts";
import { type ReplayedBlock, Replayer } from "./replayer.ts";
import { blockJson } from "./report.ts";

/** Milliseconds between two looks at how far reading has come. */
const LOOK = 200;

/**
 * Replays blocks of a remote chain; the exit code: 0 all as on the chain, 1 a difference, 130 interrupted.
 * @throws RemoteError, FixtureError
 */
export async function runRemoteReplay(url: string, options: ReplayOptions): Promise<number> {
  const client = await RemoteClient.open(remoteOptions(url, options.header, options));
  const { signal, release } = interruptible();
  signal.addEventListener("abort", () => client.close());
  const replayer = new Replayer(options);
  const blocks: ReplayedBlock[] = [];
  let progress = new Progress(1, "blocks");
  try {
    const newest = async () =>
      new Fields(client.url, "eth_blockNumber", { number: await client.request("eth_blockNumber") }).quantity(
        "number",
        64,
      );
    const last = options.block?.to ?? (await newest());
    const first = options.block?.from ?? last;
    progress = new Progress(Number(last - first) + 1, "blocks");
    for (let number = first; number <= last && !signal.aborted; number++) {
      const look = setInterval(() => {
        progress.update(blocks.length, `block ${number}, ${client.requests} requests`);
      }, LOOK);
      try {
        const block = await replayOne(client, number, replayer, options, signal);
        if (block === null) break;
        blocks.push(block);
      } finally {
        clearInterval(look);
      }
      progress.clear();
      if (options.json) process.stdout.write(`${blockJson(blocks.at(-1)!)}\n`);
    }
  } catch (error) {
    // What was under way when it was interrupted fails: that is no news.
    if (!signal.aborted) throw error;
  } finally {
    progress.clear();
    release();
    client.close();
  }
  return tellTotals(blocks, options, signal);
}

async function replayOne(
  client: RemoteClient,
  number: bigint,
  replayer: Replayer,
  options: ReplayOptions,
  signal: AbortSignal,
): Promise<ReplayedBlock | null> {
  const { storageCaching, cachePath = defaultCacheFolder(), verifyProofs = false, hardfork } = options;
  const { fixture, source, state } = await readRemoteBlock(client, number, {
    hardfork,
    verifyProofs,
    openState: async (chainId, block, isKept) => {
      const { header, hash } = block;
      const cache =
        isKept && storageCaching && !verifyProofs
          ? await BlockCache.open(cachePath, { chainId, number: header.number, hash })
          : undefined;
      return new RemoteState({ client, block, cache, verify: verifyProofs });
    },
  });
  try {
    return await replayUnlessAborted(replayer, fixture, signal, source);
  } finally {
    await state.close();
  }
}
