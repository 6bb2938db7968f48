// Blocks for tests: state, environment and transactions written into the memory of the block room, and what
// a run leaves behind read back.

import * as Address from "ox/Address";
import * as Hex from "ox/Hex";
import * as Secp256k1 from "ox/Secp256k1";
import { Fork } from "../../src/codes.ts";
import { encodeOpcodeTable } from "../../src/opcodes.ts";
import { loadRoom, type Room } from "./room.ts";

export interface AccountState {
  balance?: bigint;
  nonce?: bigint;
  code?: Hex.Hex;
  storage?: Record<Hex.Hex, bigint>;
}

export interface Environment {
  fork: number;
  chainId?: bigint;
  number?: bigint;
  gasLimit?: bigint;
  baseFee?: bigint;
  blobBaseFee?: bigint;
  blobMax?: number;
  coinbase?: Address.Address;
  flags?: number;
  parentBeaconRoot?: Hex.Hex;
  parentHash?: Hex.Hex;
  withdrawals?: readonly { index: bigint; validator: bigint; address: Address.Address; gwei: bigint }[];
  uncles?: readonly { depth: bigint; miner: Address.Address }[];
  drained?: { from: readonly Address.Address[]; to: Address.Address };
  depositContract?: Address.Address;
}

/** A private key for tests and its address. */
export const key: Hex.Hex = `0x${"45".repeat(32)}`;
export const sender = Address.fromPublicKey(Secp256k1.getPublicKey({ privateKey: key }));
export const coinbase: Address.Address = `0x${"c0".repeat(20)}`;

export const FLAG_TRANSACTIONS_ONLY = 8;
/** Nothing before or after the transactions, and no state roots. */
export const ONLY_TRANSACTIONS = { flags: 4 | FLAG_TRANSACTIONS_ONLY };

/** Host function recoverAddress by ox. */
function recoverWith(room: () => Room) {
  return (hash: number, r: number, s: number, yParity: number, out: number): number => {
    try {
      const publicKey = Secp256k1.recoverPublicKey({
        payload: room().bytes(hash, 32),
        signature: {
          r: Hex.fromBytes(room().bytes(r, 32)),
          s: Hex.fromBytes(room().bytes(s, 32)),
          yParity,
        },
      });
      room().write(out, Hex.toBytes(Address.fromPublicKey(publicKey)));
      return 1;
    } catch {
      return 0;
    }
  };
}

export class TestBlock {
  readonly room: Room;
  readonly x: Room["exports"];
  private transactions: number[] = [];

  constructor(environment: Environment, accounts: Record<string, AccountState> = {}) {
    this.room = loadRoom("block", { recoverAddress: recoverWith(() => this.room) });
    this.x = this.room.exports;
    this.room.write(this.at("OPCODE_TABLE"), encodeOpcodeTable());
    this.x.prepare();
    this.x.openBlock();
    this.writeEnvironment(environment);
    for (const [address, state] of Object.entries(accounts)) {
      this.account(address as Address.Address, state);
    }
  }

  private at(name: string): number {
    return Number(this.x[name].value);
  }

  private get view(): DataView {
    return new DataView(this.room.memory.buffer);
  }

  u32(structure: number, field: string): number {
    return this.view.getUint32(structure + this.at(field), true);
  }

  u64(structure: number, field: string): bigint {
    return this.view.getBigUint64(structure + this.at(field), true);
  }

  hash(structure: number, field: string): Hex.Hex {
    return Hex.fromBytes(this.room.bytes(structure + this.at(field), 32));
  }

  /** Bytes that a pointer and a length field name. */
  span(structure: number, pointer: string, length: string): Hex.Hex {
    return Hex.fromBytes(this.room.bytes(this.u32(structure, pointer), this.u32(structure, length)));
  }

  readWord(pointer: number): bigint {
    let value = 0n;
    for (let i = 3; i >= 0; i--) value = (value << 64n) | this.view.getBigUint64(pointer + i * 8, true);
    return value;
  }

  word(structure: number, field: string): bigint {
    return this.readWord(structure + this.at(field));
  }

  address(structure: number, field: string): Address.Address {
    return Hex.fromNumber(this.word(structure, field), { size: 20 });
  }

  writeWord(pointer: number, value: bigint): number {
    for (let i = 0; i < 4; i++) {
      this.view.setBigUint64(pointer + i * 8, (value >> BigInt(64 * i)) & 0xffff_ffff_ffff_ffffn, true);
    }
    return pointer;
  }

  /** `length` bytes of the block's memory. */
  allocate(length: number): number {
    return this.x.arenaAllocate(length) >>> 0;
  }

  place(bytes: Uint8Array): number {
    const pointer = this.allocate(bytes.length);
    this.room.write(pointer, bytes);
    return pointer;
  }

  newWord(value: bigint): number {
    return this.writeWord(this.allocate(32), value);
  }

  private setU32(structure: number, field: string, value: number): void {
    this.view.setUint32(structure + this.at(field), value, true);
  }

  private setU64(structure: number, field: string, value: bigint): void {
    this.view.setBigUint64(structure + this.at(field), value, true);
  }

  private writeEnvironment(e: Environment): void {
    const env = this.at("BLOCK_ENV");
    this.setU32(env, "BlockEnv_fork", e.fork);
    this.setU32(env, "BlockEnv_flags", e.flags ?? 4);
    this.setU64(env, "BlockEnv_chainId", e.chainId ?? 1n);
    this.setU64(env, "BlockEnv_number", e.number ?? 10n);
    this.setU64(env, "BlockEnv_gasLimit", e.gasLimit ?? 30_000_000n);
    this.setU32(env, "BlockEnv_blobMax", e.blobMax ?? (e.fork >= Fork.Prague ? 9 : 6));
    this.writeWord(this.at("ENV_COINBASE"), BigInt(e.coinbase ?? coinbase));
    this.writeWord(this.at("ENV_BASE_FEE"), e.baseFee ?? 0n);
    this.writeWord(this.at("ENV_BLOB_BASE_FEE"), e.blobBaseFee ?? 1n);
    this.writeWord(this.at("ENV_DEPOSIT_CONTRACT"), BigInt(e.depositContract ?? 0n));
    if (e.parentHash) this.room.write(this.at("ENV_PARENT_HASH"), Hex.toBytes(e.parentHash));
    if (e.parentBeaconRoot) {
      this.setU32(env, "BlockEnv_hasParentBeaconRoot", 1);
      this.room.write(this.at("ENV_PARENT_BEACON_ROOT"), Hex.toBytes(e.parentBeaconRoot));
    }
    const withdrawals = e.withdrawals ?? [];
    const withdrawalSize = this.at("Withdrawal_size");
    const list = this.allocate(withdrawals.length * withdrawalSize + 8);
    withdrawals.forEach((withdrawal, i) => {
      const at = list + i * withdrawalSize;
      this.setU64(at, "Withdrawal_index", withdrawal.index);
      this.setU64(at, "Withdrawal_validatorIndex", withdrawal.validator);
      this.setU64(at, "Withdrawal_amount", withdrawal.gwei);
      this.writeWord(at + this.at("Withdrawal_address"), BigInt(withdrawal.address));
    });
    this.setU32(env, "BlockEnv_withdrawals", list);
    this.setU32(env, "BlockEnv_withdrawalCount", withdrawals.length);
    const uncles = e.uncles ?? [];
    const uncleSize = this.at("Uncle_size");
    const uncleList = this.allocate(uncles.length * uncleSize + 8);
    uncles.forEach((uncle, i) => {
      this.setU64(uncleList + i * uncleSize, "Uncle_depth", uncle.depth);
      this.writeWord(uncleList + i * uncleSize + this.at("Uncle_miner"), BigInt(uncle.miner));
    });
    this.setU32(env, "BlockEnv_uncles", uncleList);
    this.setU32(env, "BlockEnv_uncleCount", uncles.length);
    if (e.drained) {
      const drained = this.allocate(e.drained.from.length * 32);
      e.drained.from.forEach((address, i) => {
        this.writeWord(drained + i * 32, BigInt(address));
      });
      this.setU32(env, "BlockEnv_drained", drained);
      this.setU32(env, "BlockEnv_drainedCount", e.drained.from.length);
      this.writeWord(this.at("ENV_DRAIN_TARGET"), BigInt(e.drained.to));
    }
  }

  /** Sets the committed state of one account. */
  account(address: Address.Address, state: AccountState): void {
    const code = Hex.toBytes(state.code ?? "0x");
    const interned = this.x.codeIntern(this.place(code), code.length, 0) >>> 0;
    // The hash stands behind the first four u32 of a Code.
    const codeHash = interned + 16;
    const storageRoot = this.place(
      Hex.toBytes("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"),
    );
    const word = this.newWord(BigInt(address));
    this.x.stateLoadAccount(
      word,
      state.nonce ?? 0n,
      this.newWord(state.balance ?? 0n),
      codeHash,
      storageRoot,
      1,
    );
    for (const [slot, value] of Object.entries(state.storage ?? {})) {
      this.x.stateLoadSlot(word, this.newWord(BigInt(slot)), this.newWord(value));
    }
  }

  /** Enters a transaction; its number. */
  add(raw: Hex.Hex, given?: Address.Address): number {
    const size = this.at("Transaction_size");
    const t = this.allocate(size);
    const bytes = Hex.toBytes(raw);
    this.room.write(t, new Uint8Array(size));
    this.setU32(t, "Transaction_raw", this.place(bytes));
    this.setU32(t, "Transaction_rawLength", bytes.length);
    this.setU32(t, "Transaction_index", this.transactions.length);
    if (given !== undefined) {
      this.setU32(t, "Transaction_senderGiven", 1);
      this.writeWord(t + this.at("Transaction_sender"), BigInt(given));
    }
    this.transactions.push(t);
    const pointers = this.allocate(this.transactions.length * 4);
    this.transactions.forEach((transaction, i) => {
      this.view.setUint32(pointers + i * 4, transaction, true);
    });
    const env = this.at("BLOCK_ENV");
    this.setU32(env, "BlockEnv_transactions", pointers);
    this.setU32(env, "BlockEnv_transactionCount", this.transactions.length);
    return this.transactions.length - 1;
  }

  /** Pointer to the structure of a transaction. */
  transaction(index: number): number {
    const pointer = this.transactions[index];
    if (pointer === undefined) throw new Error(`there is no transaction ${index}`);
    return pointer;
  }

  /** Decodes one transaction; the Invalid code. */
  decode(index: number): number {
    return this.x.transactionDecode(this.transaction(index));
  }

  /** Runs the block, whose senders are recovered; the Invalid code. */
  run(): number {
    const raw = this.transactions.map((t) => {
      const at = this.u32(t, "Transaction_raw");
      return this.room.bytes(at, this.u32(t, "Transaction_rawLength"));
    });
    const offsets = this.allocate((raw.length + 1) * 4);
    let end = 0;
    raw.forEach(({ length }, i) => {
      end += length;
      this.view.setUint32(offsets + (i + 1) * 4, end, true);
    });
    this.view.setUint32(offsets, 0, true);
    const bytes = this.place(Buffer.concat(raw));
    this.x.blockTransactions(raw.length, bytes, end, offsets, 0);
    const invalid = this.x.runBlockSequential();
    const pointers = this.u32(this.at("BLOCK_ENV"), "BlockEnv_transactions");
    this.transactions = raw.map((_, i) => this.view.getUint32(pointers + i * 4, true));
    return invalid;
  }

  get result(): number {
    return this.at("BLOCK_RESULT");
  }

  private inView<T>(address: Address.Address, read: (account: number) => T): T {
    this.x.viewBegin(0xffff_fff0);
    return read(this.x.viewAccount(this.newWord(BigInt(address))) >>> 0);
  }

  balance(address: Address.Address): bigint {
    return this.inView(address, (account) => this.readWord(this.x.accountBalance(account) >>> 0));
  }

  nonce(address: Address.Address): bigint {
    return this.inView(address, (account) => BigInt.asUintN(64, this.x.accountNonce(account)));
  }

  exists(address: Address.Address): boolean {
    return this.inView(address, (account) => this.x.accountExists(account) !== 0);
  }

  code(address: Address.Address): Hex.Hex {
    return this.inView(address, (account) => {
      const code = this.x.accountCode(account) >>> 0;
      const pointer = this.view.getUint32(code, true);
      return Hex.fromBytes(this.room.bytes(pointer, this.view.getUint32(code + 4, true)));
    });
  }

  slot(address: Address.Address, slot: bigint): bigint {
    return this.inView(address, (account) =>
      this.readWord(this.x.slotValue(this.x.viewSlot(account, this.newWord(slot)) >>> 0) >>> 0),
    );
  }

  /** A fixed place of the layout: a hash. */
  root(name: string): Hex.Hex {
    return Hex.fromBytes(this.room.bytes(this.at(name), 32));
  }

  bytesAt(name: string, length: number): Hex.Hex {
    return Hex.fromBytes(this.room.bytes(this.at(name), length));
  }
}
