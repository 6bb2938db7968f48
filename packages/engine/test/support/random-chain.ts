// A random chain through all forks: contracts that are made, destructed and made again with storage, empty accounts,
// uncles, withdrawals, the DAO's balances, and edits in between.

import * as ContractAddress from "ox/ContractAddress";
import {
  type Allocation,
  type ChainConfig,
  type Engine,
  type ExecuteInput,
  Fork,
  type Hex,
  rulesAt,
  type StateEdit,
} from "../../src/index.ts";
import { encodeUnsigned } from "../../src/local-executor.ts";
import { contract, ETHER, recipient, sender } from "./blocks.ts";
import { seededRandom } from "./random.ts";

/** One fork after the other, some of them for several blocks. */
export const ALL_FORKS: ChainConfig = {
  chainId: 1,
  homesteadBlock: 1,
  daoForkBlock: 3,
  daoForkSupport: true,
  eip150Block: 4,
  eip155Block: 6,
  eip158Block: 6,
  byzantiumBlock: 9,
  constantinopleBlock: 10,
  petersburgBlock: 12,
  istanbulBlock: 14,
  berlinBlock: 16,
  londonBlock: 18,
  parisBlock: 20,
  shanghaiTime: 22 * 12,
  cancunTime: 24 * 12,
  pragueTime: 26 * 12,
  osakaTime: 28 * 12,
};
export const LAST_BLOCK = 30n;

const SENDERS = 6;
const DAO_CHILD: Hex = "0x005f5cee7a43331d5a3d3eec71305925a62f34b6";
/** Stores word 1 of its input at word 0; destructs itself where there is no input. */
const RUNTIME = "36600657 33ff 5b 602035600035 55 00".replaceAll(" ", "");
/** Stores 1 at 1, gives RUNTIME. */
const INIT = `6001600155 6e${RUNTIME} 600052 600f6011f3`.replaceAll(" ", "");
/** Makes a contract of INIT with its input as salt (CREATE2). */
const FACTORY: Hex = `0x7c${INIT}600052 600035 601d 6003 6000 f5 00`.replaceAll(" ", "") as Hex;
const STORAGE = { "0x0": 5n, "0x1": 6n, "0x2": 7n, "0x12345": 8n };

const word = (n: number | bigint): string => n.toString(16).padStart(64, "0");
export const slotKey = (n: number | bigint): Hex => `0x${word(n)}`;
const SLOTS = [0, 1, 2, 3, 0x12345];
const SALTS = 3;
const FACTORY_ADDRESS = contract(100);
const children = Array.from({ length: SALTS }, (_, salt) =>
  ContractAddress.fromCreate2({
    from: FACTORY_ADDRESS,
    salt: `0x${word(salt)}`,
    bytecode: `0x${INIT}`,
  }),
) as Hex[];
const destructible = [contract(0), contract(1), contract(2), contract(3), ...children];

/** EIP-4788, EIP-2935, EIP-7002, EIP-7251: contracts that do nothing. */
const SYSTEM: Hex[] = [
  "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
  "0x0000f90827f1c53a10cb7a02335b175320002935",
  "0x00000961ef480eb55e80d19ad83579a64c007002",
  "0x0000bbddc7ce488642fb579f8b00f3a590007251",
];

export const randomAlloc: Allocation = {
  ...Object.fromEntries(Array.from({ length: SENDERS }, (_, i) => [sender(i), { balance: ETHER }])),
  ...Object.fromEntries(
    destructible.slice(0, 4).map((address) => [address, { code: `0x${RUNTIME}`, storage: STORAGE }]),
  ),
  [FACTORY_ADDRESS]: { code: FACTORY, nonce: 1n },
  [DAO_CHILD]: { balance: 12345n },
  [recipient(0)]: {},
  ...Object.fromEntries(SYSTEM.map((address) => [address, { code: "0x00", nonce: 1n }])),
};

/** What happens to a state: a block, or an edit. */
export type Event = { block: ExecuteInput } | { edit: StateEdit[] };

export class RandomChain {
  private readonly below: (n: number) => number;
  private readonly nonces = new Map<Hex, bigint>();
  private number = 0n;

  constructor(seed: number) {
    this.below = seededRandom(seed);
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  private anybody(): Hex {
    const all = [sender(this.below(SENDERS)), recipient(this.below(4)), this.pick(destructible), DAO_CHILD];
    return this.pick(all);
  }

  private transaction(): { raw: Uint8Array; from: Hex } {
    const from = sender(this.below(SENDERS));
    const nonce = this.nonces.get(from) ?? 0n;
    this.nonces.set(from, nonce + 1n);
    const fields = { nonce, gasPrice: 7n, gasLimit: 1_000_000n, chainId: 0n, value: BigInt(this.below(2)) };
    const kind = this.below(10);
    const store: Hex = `0x${word(this.pick(SLOTS))}${word(this.below(3))}`;
    const call: { to?: Hex; data: Hex } =
      kind < 2
        ? { to: this.anybody(), data: "0x" }
        : kind < 5
          ? { to: this.pick(destructible), data: store }
          : kind < 7
            ? { to: this.pick(destructible), data: "0x" }
            : kind < 9
              ? { to: FACTORY_ADDRESS, data: `0x${word(this.below(SALTS))}` }
              : { data: `0x${INIT}` };
    return { raw: encodeUnsigned({ ...fields, ...call }), from };
  }

  private block(): ExecuteInput {
    const number = ++this.number;
    const timestamp = number * 12n;
    const { fork } = rulesAt(ALL_FORKS, { number, timestamp });
    const list = Array.from({ length: this.below(12) }, () => this.transaction());
    const zero: Hex = `0x${word(0)}`;
    const coinbase = this.below(3) === 0 ? this.anybody() : recipient(9);
    return {
      header: {
        number,
        timestamp,
        gasLimit: 30_000_000n,
        coinbase,
        parentHash: `0x${word(number)}`,
        mixHash: zero,
        difficulty: fork >= Fork.Paris ? 0n : 1n,
        ...(fork >= Fork.London ? { baseFeePerGas: 7n } : {}),
        ...(fork >= Fork.Cancun ? { parentBeaconBlockRoot: zero, excessBlobGas: 0n, blobGasUsed: 0n } : {}),
      },
      transactions: list.map(({ raw }) => raw),
      senders: list.map(({ from }) => from),
      ...(fork < Fork.Paris && number > 1n && this.below(3) === 0
        ? { uncles: [{ coinbase: recipient(this.below(12)), number: number - 1n }] }
        : {}),
      ...(fork >= Fork.Shanghai
        ? {
            withdrawals: Array.from({ length: this.below(3) }, (_, i) => ({
              index: BigInt(i),
              validatorIndex: 0n,
              address: this.anybody(),
              amount: BigInt(this.below(2)),
            })),
          }
        : {}),
    };
  }

  private edit(): StateEdit {
    const address = this.pick([recipient(this.below(12)), this.pick(destructible)]);
    const kind = this.below(6);
    if (kind === 0) return { address, deleted: true };
    if (kind === 1) return { address, clearStorage: true, storage: [[slotKey(this.pick(SLOTS)), 3n]] };
    if (kind === 2) return { address, code: this.pick<Hex>(["0x", `0x${RUNTIME}`, "0x00"]), nonce: 1n };
    if (kind === 3) return { address, balance: BigInt(this.below(2)) };
    return { address, storage: SLOTS.map((n) => [slotKey(n), BigInt(this.below(3))]) };
  }

  /** Where the chain stands; the function that is returned goes back there. */
  keep(): () => void {
    const { number } = this;
    const nonces = new Map(this.nonces);
    return () => {
      this.number = number;
      this.nonces.clear();
      for (const [address, nonce] of nonces) this.nonces.set(address, nonce);
    };
  }

  /** The next thing that happens. */
  next(): Event {
    if (this.below(5) > 0) return { block: this.block() };
    const edits = new Map(
      Array.from({ length: this.below(4) }, () => this.edit()).map((e) => [e.address, e]),
    );
    return { edit: [...edits.values()] };
  }
}

/** All that the chain may have touched. */
export async function worldOf(engine: Engine): Promise<string[]> {
  const lines: string[] = [];
  const all = [
    ...Array.from({ length: SENDERS }, (_, i) => sender(i)),
    ...Array.from({ length: 12 }, (_, i) => recipient(i)),
    ...destructible,
    DAO_CHILD,
  ];
  for (const address of all) {
    const account = await engine.getAccount(address);
    if (account === undefined) continue;
    const { nonce, balance, codeHash } = account;
    const slots: bigint[] = [];
    for (const slot of SLOTS) slots.push(await engine.getStorage(address, slotKey(slot)));
    const code = Buffer.from(await engine.getCode(address)).toString("hex");
    lines.push([address, nonce, balance, codeHash, code, ...slots].join(" "));
  }
  return lines;
}
