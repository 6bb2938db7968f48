// What the nodes of the comparison begin with, and the transactions that they are sent: ERC-20 transfers of many accounts.

import type { Allocation, Hex } from "@heddle/engine";
import { FIRST_BASE_FEE, GENESIS_TIME, genesisHeader, STOP, SYSTEM_CONTRACTS, ZERO_HASH } from "../chain.ts";
import type { Beginning } from "../peers/node-program.ts";
import { CHAIN_ID, ENDOWMENT, type HexString, Script } from "../script.ts";
import { user } from "../workloads/cast.ts";
import { genesisErc20, TOKEN_GAS, transfer } from "../workloads/tokens.ts";

/** Every one of them has ether and tokens. */
export const SENDERS = 2_000;
const BALANCE = 10n ** 18n;
/** Twice what the largest block uses: the base fee does not rise. */
const GAS_LIMIT = 2n ** 32n;

/** Writes transfers, each signed and valid behind those written before. */
export class Traffic {
  readonly token: HexString;
  readonly senders: readonly HexString[];
  readonly beginning: Beginning;
  readonly #script = new Script();
  #written = 0;

  constructor() {
    this.senders = Array.from({ length: SENDERS }, (_, i) => user(this.#script, i));
    const { token, alloc } = genesisErc20(this.senders, BALANCE);
    this.token = token;
    const accounts: Allocation = {
      ...Object.fromEntries(SYSTEM_CONTRACTS.map((address) => [address, { nonce: 1n, code: STOP }])),
      ...Object.fromEntries(
        this.senders.map((address): [Hex, { balance: bigint }] => [address, { balance: ENDOWMENT }]),
      ),
      ...alloc,
    };
    this.beginning = {
      chainId: CHAIN_ID,
      genesis: genesisHeader(ZERO_HASH, GAS_LIMIT, 0n, GENESIS_TIME, FIRST_BASE_FEE),
      alloc: accounts,
    };
  }

  /** The next transfers, each to somebody who had no token; senders take turns. */
  transfers(count: number): Uint8Array[] {
    for (let i = 0; i < count; i++, this.#written++) {
      const from = this.senders[this.#written % SENDERS]!;
      this.#script.call(from, this.token, transfer(this.#script.stranger(1 + this.#written), 1n), TOKEN_GAS);
    }
    return this.#script.take().transactions;
  }
}
