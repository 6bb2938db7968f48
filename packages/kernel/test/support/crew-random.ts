// Random blocks full of conflicts: a few accounts and slots, contracts whose way depends on what they read.

import type * as Address from "ox/Address";
import * as ContractAddress from "ox/ContractAddress";
import * as Hex from "ox/Hex";
import { eipBits, Fork, knownEips } from "../../src/codes.ts";
import {
  type AccountState,
  coinbase,
  FLAG_TRANSACTIONS_ONLY,
  type TestBlock,
  type TestTransaction,
} from "./crew-block.ts";
import { assemble, push } from "./evm.ts";

export const address = (n: number): Address.Address => `0x${n.toString(16).padStart(40, "0")}`;

/** Externally owned accounts; the last two are poor. */
const SENDERS = 7;
const sender = (i: number) => address(0x5e0000 + i);
const CONTRACTS = 8;
const contract = (i: number) => address(0xc00000 + i);

const FORKS = [
  Fork.Byzantium,
  Fork.Petersburg,
  Fork.Istanbul,
  Fork.Berlin,
  Fork.London,
  Fork.Paris,
  Fork.Shanghai,
  Fork.Cancun,
  Fork.Prague,
  Fork.Osaka,
  Fork.Amsterdam,
];

/** System contracts that a block from Cancun or Prague on calls: these only count. */
const SYSTEM = [
  "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
  "0x0000f90827f1c53a10cb7a02335b175320002935",
  "0x00000961ef480eb55e80d19ad83579a64c007002",
  "0x0000bbddc7ce488642fb579f8b00f3a590007251",
] as const;

export class RandomBlocks {
  private readonly next: () => number;
  readonly fork: number;
  private readonly children: Address.Address[] = [];
  private readonly nonces = new Map<Address.Address, bigint>();

  constructor(next: () => number, forks: readonly number[] = FORKS) {
    this.next = next;
    this.fork = this.pick(forks);
  }

  private chance(percent: number): boolean {
    return this.next() % 100 < percent;
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.next() % list.length]!;
  }

  private slot(): string {
    return push(this.next() % 3);
  }

  /** Somebody: a sender, a contract, a contract to be made, the fee recipient, nobody. */
  private somebody(): Address.Address {
    const kind = this.next() % 20;
    if (kind < 7) return sender(this.next() % SENDERS);
    if (kind < 14) return contract(this.next() % CONTRACTS);
    if (kind < 17 && this.children.length > 0) return this.pick(this.children);
    if (kind === 17) return coinbase;
    return address(0xee0000 + (this.next() % 4));
  }

  /** Adds the top of the stack to a slot. */
  private addToSlot(): string {
    const slot = this.slot();
    return `${slot} SLOAD ADD ${slot} SSTORE`;
  }

  private call(): string {
    const to = `PUSH20 ${this.somebody()}`;
    const none = "PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00";
    const kind = this.next() % 6;
    if (kind === 0) return `${none} ${to} GAS DELEGATECALL ${this.addToSlot()}`;
    if (kind === 1) return `${none} ${to} GAS STATICCALL ${this.addToSlot()}`;
    const value = this.chance(60) ? this.next() % 4 : 0;
    const gas = this.chance(30) ? push(3000 + (this.next() % 30000)) : "GAS";
    return `${none} ${push(value)} ${to} ${gas} CALL ${this.chance(50) ? "POP" : this.addToSlot()}`;
  }

  /** Init code: stores something, gives a short contract. */
  private initcode(): Uint8Array {
    const runtime = assemble(
      this.pick([
        "CALLER SELFDESTRUCT",
        `PUSH1 0x01 ${this.addToSlot()} STOP`,
        `PUSH1 0x01 ${this.addToSlot()} PUSH20 ${sender(1)} SELFDESTRUCT`,
        `PUSH1 0x00 PUSH1 0x00 REVERT`,
      ]),
    );
    const store = this.chance(60) ? `PUSH1 0x01 ${this.addToSlot()} ` : "";
    if (this.chance(10)) return assemble(`${store} PUSH1 0x00 PUSH1 0x00 REVERT`);
    const word = Hex.fromBytes(runtime).slice(2).padEnd(64, "0");
    return assemble(`${store} PUSH32 0x${word} PUSH1 0x00 MSTORE ${push(runtime.length)} PUSH1 0x00 RETURN`);
  }

  private create(owner: Address.Address): string {
    const init = this.initcode();
    const text: string[] = [];
    for (let i = 0; i < init.length; i += 32) {
      const word = Hex.fromBytes(init.subarray(i, i + 32))
        .slice(2)
        .padEnd(64, "0");
      text.push(`PUSH32 0x${word} ${push(i)} MSTORE`);
    }
    const value = push(this.next() % 2);
    if (this.fork < Fork.Petersburg || this.chance(25)) {
      return `${text.join(" ")} ${push(init.length)} PUSH1 0x00 ${value} CREATE ${this.addToSlot()}`;
    }
    const salt = this.next() % 2;
    this.children.push(
      ContractAddress.fromCreate2({
        from: owner,
        salt: Hex.toBytes(Hex.fromNumber(salt, { size: 32 })),
        bytecode: init,
      }),
    );
    return `${text.join(" ")} ${push(salt)} ${push(init.length)} PUSH1 0x00 ${value} CREATE2 ${this.addToSlot()}`;
  }

  private snippet(owner: Address.Address): string {
    const { fork } = this;
    const kind = this.next() % 24;
    const account = `PUSH20 ${this.somebody()}`;
    if (kind < 5) return `PUSH1 0x01 ${this.addToSlot()}`;
    if (kind < 7) return `${push(this.next() % 3)} ${this.slot()} SSTORE`;
    if (kind < 9) return `PUSH1 0x00 ${this.slot()} SSTORE`;
    if (kind === 9) return `${account} BALANCE ${this.addToSlot()}`;
    if (kind === 10) return `${account} EXTCODESIZE ${this.addToSlot()}`;
    if (kind === 11 && fork >= Fork.Petersburg) return `${account} EXTCODEHASH ${this.addToSlot()}`;
    if (kind === 12 && fork >= Fork.Istanbul) return `SELFBALANCE ${this.addToSlot()}`;
    if (kind === 13) return `COINBASE BALANCE ${this.addToSlot()}`;
    if (kind === 14) return `${this.slot()} SLOAD PUSH1 0x00 MSTORE CALLER PUSH1 0x20 PUSH1 0x00 LOG1`;
    if (kind === 15 && fork >= Fork.Cancun) {
      return `PUSH1 0x01 TLOAD PUSH1 0x01 ADD PUSH1 0x01 TSTORE PUSH1 0x01 TLOAD ${this.addToSlot()}`;
    }
    if (kind === 16) return `CALLVALUE ${this.addToSlot()}`;
    if (kind === 17) return this.create(owner);
    return this.call();
  }

  /** Code of a few snippets, some of which are only run if a slot is odd. */
  code(owner: Address.Address): Uint8Array {
    const bytes: number[] = [];
    const add = (text: string) => bytes.push(...assemble(text));
    for (let i = 1 + (this.next() % 5); i > 0; i--) {
      if (!this.chance(50)) {
        add(this.snippet(owner));
        continue;
      }
      const body = assemble(this.chance(12) ? this.end() : this.snippet(owner));
      add(`${this.slot()} SLOAD PUSH1 0x01 AND ${this.chance(50) ? "ISZERO" : ""}`);
      const after = bytes.length + 4 + body.length;
      add(`PUSH2 0x${after.toString(16).padStart(4, "0")} JUMPI`);
      bytes.push(...body);
      add("JUMPDEST");
    }
    if (this.chance(15)) add(this.end());
    return Uint8Array.from(bytes);
  }

  private end(): string {
    return this.pick([
      "PUSH1 0x00 PUSH1 0x00 REVERT",
      "INVALID",
      `PUSH20 ${this.somebody()} SELFDESTRUCT`,
      "CALLER SELFDESTRUCT",
    ]);
  }

  accounts(): Map<Address.Address, AccountState> {
    const accounts = new Map<Address.Address, AccountState>();
    for (let i = 0; i < SENDERS; i++) {
      accounts.set(sender(i), { balance: i < SENDERS - 2 ? 10n ** 18n : 500_000_000n });
    }
    for (let i = 0; i < CONTRACTS; i++) {
      const storage: [bigint, bigint][] = [];
      for (let slot = 0n; slot < 3n; slot++)
        if (this.chance(50)) storage.push([slot, BigInt(1 + (this.next() % 3))]);
      const balance = this.chance(50) ? 1000n : 0n;
      accounts.set(contract(i), { balance, nonce: 1n, code: this.code(contract(i)), storage });
    }
    for (const system of SYSTEM) {
      accounts.set(system, {
        nonce: 1n,
        code: assemble("PUSH1 0x00 SLOAD PUSH1 0x01 ADD PUSH1 0x00 SSTORE STOP"),
      });
    }
    return accounts;
  }

  private transaction(blockCoinbase: Address.Address): TestTransaction {
    const from = sender(this.next() % (this.chance(20) ? SENDERS : SENDERS - 2));
    const nonce = this.nonces.get(from) ?? 0n;
    const wrong = this.chance(1) && this.chance(15);
    if (!wrong) this.nonces.set(from, nonce + 1n);
    const to = this.chance(5)
      ? "0x"
      : this.chance(4)
        ? blockCoinbase
        : this.chance(65)
          ? contract(this.next() % CONTRACTS)
          : this.somebody();
    const type =
      this.fork >= Fork.London && this.chance(50) ? 2 : this.fork >= Fork.Berlin && this.chance(30) ? 1 : 0;
    return {
      from,
      type,
      nonce: wrong ? nonce + BigInt(this.next() % 2) : nonce,
      to,
      value: this.chance(50) ? BigInt(this.next() % 5) : this.chance(3) ? 100_000_000n : 0n,
      gasLimit: this.chance(10) ? 25_000n : this.chance(10) ? 60_000n : 300_000n,
      maxFee: BigInt(7 + (this.next() % 3)),
      priorityFee: BigInt(this.next() % 3),
      ...(to === "0x" ? { data: Hex.fromBytes(this.initcode()), gasLimit: 300_000n } : {}),
      ...(type === 1 ? { accessList: [[contract(0), [Hex.fromNumber(1, { size: 32 })]]] as const } : {}),
    };
  }

  block(longest = 40): TestBlock {
    const pay = this.chance(70) ? coinbase : this.somebody();
    const count = this.next() % (longest + 1);
    return {
      fork: this.fork,
      eips: this.fork >= Fork.Amsterdam ? eipBits(knownEips) : undefined,
      flags: this.chance(10) ? FLAG_TRANSACTIONS_ONLY : 0,
      baseFee: this.fork >= Fork.London ? BigInt(6 + (this.next() % 2)) : 0n,
      coinbase: pay,
      parentBeaconRoot: this.fork >= Fork.Cancun,
      transactions: Array.from({ length: count }, () => this.transaction(pay)),
      withdrawals:
        this.fork >= Fork.Shanghai ? [{ address: this.somebody(), gwei: BigInt(this.next() % 3) }] : [],
    };
  }

  /** Nonces go back to what they were: a block that was not committed. */
  keepNonces(): () => void {
    const kept = new Map(this.nonces);
    return () => {
      this.nonces.clear();
      for (const [from, nonce] of kept) this.nonces.set(from, nonce);
    };
  }
}
