// go-ethereum's expectations of its tracers: a genesis, a block's context, a transaction, what a tracer says of it.

import { type Genesis, parseGenesis } from "@heddle/chain";
import { hexToBytes, parseJson, readArchive } from "@heddle/cli";
import type { ExecutionHeader, Hex } from "@heddle/engine";

/** One file. */
export interface GethFile {
  /** Folder and name. */
  name: string;
  folder: string;
  genesis: Genesis;
  header: ExecutionHeader;
  transaction: Uint8Array;
  tracerConfig: unknown;
  result: unknown;
}

interface RawFile {
  genesis: Record<string, unknown> & { config: Record<string, unknown>; excessBlobGas?: string };
  context: Record<"number" | "difficulty" | "timestamp" | "gasLimit", string> & {
    miner: Hex;
    baseFeePerGas?: string;
  };
  input: string;
  tracerConfig?: unknown;
  result: unknown;
}

const FOLDER = /\/tracetest\/testdata\/([^/]+)\/([^/]+\.json)$/;
const ZERO_HASH: Hex = `0x${"00".repeat(32)}`;

/** The files of an archive, in its order. */
export async function* readGethFiles(archive: string): AsyncGenerator<GethFile> {
  for await (const { path, bytes } of readArchive(archive)) {
    const found = FOLDER.exec(path);
    if (found === null) continue;
    const [, folder, file] = found as unknown as [string, string, string];
    yield gethFile(folder, `${folder}/${file}`, parseJson(path, bytes) as RawFile);
  }
}

function gethFile(folder: string, name: string, raw: RawFile): GethFile {
  const { context, genesis } = raw;
  const baseFee = context.baseFeePerGas;
  return {
    name,
    folder,
    // go-ethereum reads names whatever their case; one file writes "IstanbulBlock".
    genesis: parseGenesis({ ...genesis, config: uncapitalised(genesis.config) }),
    header: {
      number: BigInt(context.number),
      timestamp: BigInt(context.timestamp),
      gasLimit: BigInt(context.gasLimit),
      difficulty: BigInt(context.difficulty),
      coinbase: context.miner,
      parentHash: ZERO_HASH,
      mixHash: ZERO_HASH,
      excessBlobGas: BigInt(genesis.excessBlobGas ?? 0),
      parentBeaconBlockRoot: ZERO_HASH,
      ...(baseFee === undefined ? {} : { baseFeePerGas: BigInt(baseFee) }),
    },
    transaction: envelope(raw.input),
    tracerConfig: raw.tracerConfig,
    result: raw.result,
  };
}

function uncapitalised(config: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name[0]!.toLowerCase() + name.slice(1), value]),
  );
}

/** Typed transactions stand there as an RLP string, or bare; one file leaves the 0x out. */
function envelope(input: string): Uint8Array {
  const bytes = hexToBytes(input.startsWith("0x") ? input : `0x${input}`);
  const first = bytes[0]!;
  if (first < 0x80 || first >= 0xc0) return bytes;
  return bytes.subarray(first <= 0xb7 ? 1 : first - 0xb6);
}
