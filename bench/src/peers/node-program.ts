// Programs that are nodes: the genesis file that they are given, their ports, and the CPU time of their threads.

import { closeSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import type { Allocation, Header } from "@heddle/engine";

/** A port that nobody has now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

export const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;
export const quantity = (value: bigint): string => `0x${value.toString(16)}`;
const word = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;

/** A chain's beginning in geth's form, which both Anvil and others read. */
export interface Beginning {
  chainId: number;
  genesis: Header;
  alloc: Allocation;
}

/** The parts of the file: a million accounts are too long for one string. */
function* genesisParts({ chainId, genesis, alloc }: Beginning): Generator<string> {
  const blocks = "homestead eip150 eip155 eip158 byzantium constantinople petersburg istanbul berlin london";
  const head = JSON.stringify({
    config: {
      chainId,
      ...Object.fromEntries(blocks.split(" ").map((name) => [`${name}Block`, 0])),
      terminalTotalDifficulty: 0,
      shanghaiTime: 0,
      cancunTime: 0,
      pragueTime: 0,
      osakaTime: 0,
    },
    nonce: genesis.nonce,
    timestamp: quantity(genesis.timestamp),
    extraData: genesis.extraData,
    gasLimit: quantity(genesis.gasLimit),
    difficulty: "0x0",
    mixHash: genesis.mixHash,
    coinbase: genesis.coinbase,
    number: quantity(genesis.number),
    baseFeePerGas: quantity(genesis.baseFeePerGas ?? 0n),
  });
  yield `${head.slice(0, -1)},"alloc":{`;
  let comma = "";
  for (const [address, account] of Object.entries(alloc)) {
    const storage = Object.entries(account.storage ?? {}).map(([slot, value]) => [
      word(BigInt(slot)),
      word(BigInt(value)),
    ]);
    const fields = {
      nonce: quantity(BigInt(account.nonce ?? 0)),
      balance: quantity(BigInt(account.balance ?? 0)),
      code: typeof account.code === "string" ? account.code : hex(account.code ?? new Uint8Array(0)),
      ...(storage.length === 0 ? {} : { storage: Object.fromEntries(storage) }),
    };
    yield `${comma}${JSON.stringify(address)}:${JSON.stringify(fields)}`;
    comma = ",";
  }
  yield "}}";
}

/** Writes the file that `--init` of a node reads. */
export function writeGenesis(file: string, beginning: Beginning): void {
  const handle = openSync(file, "w");
  try {
    let text = "";
    for (const part of genesisParts(beginning)) {
      text += part;
      if (text.length < 2 ** 20) continue;
      writeSync(handle, text);
      text = "";
    }
    writeSync(handle, text);
  } finally {
    closeSync(handle);
  }
}

/** CPU milliseconds of all threads that a process has now. */
export function cpuOf(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // A thread that ended meanwhile.
    }
  }
  return nanoseconds / 1e6;
}
