// What is known of the state behind one block of a remote chain, in memory and as a file.

import { createHash } from "node:crypto";
import type { Hex } from "@heddle/engine";
import * as Bytes from "ox/Bytes";
import * as HexOf from "ox/Hex";

/** An account without its code. */
export interface KnownAccount {
  nonce: bigint;
  balance: bigint;
  /** Absent = no code. */
  codeHash?: Hex | undefined;
}

const FORMAT = "heddle-remote-state/1";

/** Values behind one block. */
export class StateRecords {
  /** By address; null = there is none. */
  readonly accounts = new Map<Hex, KnownAccount | null>();
  /** By address and key, one behind the other. */
  readonly slots = new Map<string, bigint>();
  /** By their keccak256. */
  readonly codes = new Map<Hex, Uint8Array>();
  /** Of the block's ancestors. */
  readonly hashes = new Map<bigint, Hex>();

  /** How many values there are: whether there are more than there were. */
  get size(): number {
    return this.accounts.size + this.slots.size + this.codes.size + this.hashes.size;
  }

  /** As the text of a file, with a checksum. */
  encode(): string {
    const hex = (value: bigint) => `0x${value.toString(16)}`;
    const body = JSON.stringify({
      accounts: Array.from(this.accounts, ([address, account]) =>
        account === null
          ? [address]
          : [address, hex(account.nonce), hex(account.balance), account.codeHash ?? ""],
      ),
      slots: Array.from(this.slots, ([place, value]) => [place, hex(value)]),
      codes: Array.from(this.codes, ([hash, code]) => [hash, HexOf.fromBytes(code)]),
      hashes: Array.from(this.hashes, ([number, hash]) => [hex(number), hash]),
    });
    return `${FORMAT} ${checksum(body)}\n${body}\n`;
  }

  /** What a file holds; undefined where it is not one that `encode` made, whole and unchanged. */
  static decode(text: string): StateRecords | undefined {
    const end = text.indexOf("\n");
    const [format, sum] = text.slice(0, end).split(" ");
    const body = text.slice(end + 1, -1);
    if (end < 0 || format !== FORMAT || sum !== checksum(body)) return undefined;
    const read = JSON.parse(body) as {
      accounts: [Hex, Hex, Hex, Hex | ""][];
      slots: [string, Hex][];
      codes: [Hex, Hex][];
      hashes: [Hex, Hex][];
    };
    const records = new StateRecords();
    for (const [address, nonce, balance, codeHash] of read.accounts) {
      const account = nonce === undefined ? null : { nonce: BigInt(nonce), balance: BigInt(balance) };
      records.accounts.set(address, account === null || codeHash === "" ? account : { ...account, codeHash });
    }
    for (const [place, value] of read.slots) records.slots.set(place, BigInt(value));
    for (const [hash, code] of read.codes) records.codes.set(hash, Bytes.fromHex(code));
    for (const [number, hash] of read.hashes) records.hashes.set(BigInt(number), hash);
    return records;
  }
}

function checksum(body: string): string {
  return createHash("sha256").update(body).digest("hex");
}
