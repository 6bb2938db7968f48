// Blocks as the database has them: those up to the checkpoint.

import type { Hex } from "@heddle/engine";
import { decodeBlockRow, readBlockRow } from "./block-row.ts";
import { bytesOf } from "./bytes.ts";
import { blockKey, type Tables } from "./database.ts";
import type { TransactionPlace } from "./main-line.ts";
import { decodeList } from "./stored-block.ts";

export class DatabaseBlocks {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  payload(number: bigint): Uint8Array | undefined {
    return this.#tables.payloads.get(blockKey(number));
  }

  hash(number: bigint): Hex | undefined {
    return readBlockRow(this.#tables, number)?.hash;
  }

  undo(number: bigint): readonly Uint8Array[] | undefined {
    const bytes = this.#tables.undos.get(blockKey(number));
    return bytes === undefined ? undefined : decodeList(bytes);
  }

  /** Number of the block with this hash. */
  number(hash: Hex): bigint | undefined {
    const key = this.#tables.numbers.get(bytesOf(hash));
    return key === undefined ? undefined : Buffer.from(key).readBigUInt64BE();
  }

  transaction(hash: Hex): TransactionPlace | undefined {
    const bytes = this.#tables.transactions.get(bytesOf(hash));
    if (bytes === undefined) return undefined;
    const place = Buffer.from(bytes);
    return { block: place.readBigUInt64BE(), index: place.readUInt32BE(8) };
  }

  /** Blooms of the blocks from `from` to `to`, in order; blocks without one are left out. */
  *blooms(from: bigint, to: bigint): Generator<readonly [number: bigint, bloom: Uint8Array]> {
    const range = { start: blockKey(from), end: blockKey(to + 1n) };
    for (const { key, value } of this.#tables.blocks.getRange(range)) {
      const { bloom } = decodeBlockRow(value);
      if (bloom !== undefined) yield [Buffer.from(key).readBigUInt64BE(), bloom];
    }
  }
}
