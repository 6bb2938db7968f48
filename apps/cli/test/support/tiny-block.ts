// A made-up block of two transfers, in the form of the recorded ones.

const SENDER = "0x1000000000000000000000000000000000000001";
export const OTHER = "0x2000000000000000000000000000000000000002";
const MINER = "0x3000000000000000000000000000000000000003";
const RECEIVER = "0x4000000000000000000000000000000000000004";

const hash = (digit: string): string => `0x${digit.repeat(64)}`;

export function transfer(from: string, nonce: number): Record<string, unknown> {
  return {
    type: "0x0",
    nonce: `0x${nonce.toString(16)}`,
    from,
    to: RECEIVER,
    value: "0x3e8",
    gas: "0x5208",
    gasPrice: "0x1",
    input: "0x",
    v: "0x1b",
    r: "0x1",
    s: "0x1",
  };
}

/** Two transfers by different senders on Shanghai; `changes` replace top-level fields. */
export function tinyBlock(
  changes: Record<string, unknown> = {},
): Record<string, unknown> & { header: object } {
  const header = {
    number: "0x112a881",
    timestamp: "0x64400000",
    miner: MINER,
    difficulty: "0x0",
    gasLimit: "0x1c9c380",
    mixHash: hash("1"),
    baseFeePerGas: "0x1",
    parentHash: hash("2"),
  };
  return {
    format: "mainnet-block/1",
    chainId: 1,
    fork: "Shanghai",
    header,
    transactions: [transfer(SENDER, 0), transfer(OTHER, 7)],
    uncles: [],
    withdrawals: [],
    blockHashes: { "17999999": hash("2") },
    preState: {
      [SENDER]: { balance: "0xde0b6b3a7640000", nonce: "0x0", code: "0x", storage: {} },
      [OTHER]: { balance: "0xde0b6b3a7640000", nonce: "0x7", code: "0x", storage: {} },
    },
    expected: {
      gasUsed: "0xa410",
      receipts: [
        { status: 1, gasUsed: "0x5208", cumulativeGasUsed: "0x5208", logs: 0 },
        { status: 1, gasUsed: "0x5208", cumulativeGasUsed: "0xa410", logs: 0 },
      ],
    },
    checkable: { gasUsed: true, receiptsRoot: false, logsBloom: false, stateRoot: false },
    ...changes,
  };
}

export function encoded(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
