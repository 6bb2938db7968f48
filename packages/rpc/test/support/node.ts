// A chain with a few funded accounts and contracts, answered over JSON-RPC.

import { type Chain, openChain, parseGenesis } from "@heddle/chain";
import { networkConfig } from "@heddle/engine";
import { chainMethods, type RpcServer, startRpcServer, translate } from "@heddle/rpc";
import pino from "pino";
import { Registry } from "prom-client";

/** Keys of funded accounts. */
export const KEYS = ["0x11", "0x22", "0x33"].map((byte) => `0x${byte.slice(2).repeat(32)}` as const);
export const ADDRESSES = [
  "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a",
  "0x1563915e194d8cfba1943570603f7606a3115508",
  "0x5cbdd86a2fa8dc4bddd8a8f69dba48572eec07fb",
] as const;

/** Code that reverts with these bytes. */
function reverting(data: string): `0x${string}` {
  const size = (data.length / 2).toString(16).padStart(4, "0");
  return `0x61${size}600c5f3961${size}5ffd${data}`;
}

const word = (value: number) => value.toString(16).padStart(64, "0");

/** Contracts in genesis. */
export const CONTRACTS = {
  /** Error("no entry") */
  error: `0x${"e1".repeat(20)}`,
  /** Panic(0x11) */
  panic: `0x${"e2".repeat(20)}`,
  /** error Denied(uint256), with 7 */
  custom: `0x${"e3".repeat(20)}`,
  /** Adds one to slot 0 and logs it under topic 1. */
  counter: `0x${"c1".repeat(20)}`,
} as const;

const text = Buffer.from("no entry").toString("hex");
const CODES: Record<keyof typeof CONTRACTS, string> = {
  error: reverting(`08c379a0${word(32)}${word(8)}${text.padEnd(64, "0")}`),
  panic: reverting(`4e487b71${word(17)}`),
  // keccak256("Denied(uint256)")
  custom: reverting(`7e46dab6${word(7)}`),
  counter: "0x5f54600101805f555f52600160205fa1005b",
};

const GENESIS = {
  config: networkConfig("Prague", { chainId: 31337 }),
  gasLimit: "0x1c9c380",
  baseFeePerGas: "0x3b9aca00",
  difficulty: "0x0",
  alloc: {
    ...Object.fromEntries(ADDRESSES.map((address) => [address, { balance: "0x3635c9adc5dea00000" }])),
    ...Object.fromEntries(
      Object.entries(CONTRACTS).map(([name, address]) => [
        address,
        { balance: "0x0", code: CODES[name as keyof typeof CODES] },
      ]),
    ),
    "0x00000961ef480eb55e80d19ad83579a64c007002": { balance: "0x0", code: "0x00" },
    "0x0000bbddc7ce488642fb579f8b00f3a590007251": { balance: "0x0", code: "0x00" },
  },
};

export interface TestNode {
  chain: Chain;
  server: RpcServer;
  close(): Promise<void>;
}

export async function startTestNode({ workers = 1 } = {}): Promise<TestNode> {
  const chain = await openChain({ genesis: parseGenesis(GENESIS), workers, memoryLimit: 256 * 2 ** 20 });
  const server = await startRpcServer({
    methods: chainMethods(chain, { clientVersion: "heddle/test", testing: true }),
    translate,
    log: pino({ level: "silent" }),
    registry: new Registry(),
    port: 0,
  });
  return {
    chain,
    server,
    async close() {
      await server.close();
      await chain.close();
    },
  };
}
