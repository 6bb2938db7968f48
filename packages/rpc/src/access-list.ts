// Which locations a call uses: it is run on an engine that knows nothing yet, and what it asks for is noted.

import type { Chain, StateView } from "@heddle/chain";
import {
  type CallResult,
  createEngine,
  EMPTY_CODE_HASH,
  type Hex,
  type SourceAccount,
  type StateEdit,
  type StateSource,
} from "@heddle/engine";
import * as Bytes from "ox/Bytes";
import * as ContractAddress from "ox/ContractAddress";
import * as Hash from "ox/Hash";
import type { PreparedCall } from "./call.ts";
import { precompileAddresses } from "./fork-schedule.ts";
import { haltMessage } from "./revert.ts";

/** Locations of one contract. */
interface Entry {
  address: Hex;
  storageKeys: Hex[];
}

/** A list, and how the call goes with it. */
export interface CreatedAccessList {
  accessList: Entry[];
  gasUsed: bigint;
  /** Why the call fails, where it does. */
  error: string | undefined;
}

const MEMORY = 64 * 2 ** 20;
/** What a call does may depend on the gas that its list saves. */
const MOST_ROUNDS = 5;

/** State behind a block, with the accounts that the caller overrides, that notes what is asked of it. */
class NotedState implements StateSource {
  readonly touched = new Map<Hex, Hex[]>();
  readonly #state: StateView;
  readonly #overrides: ReadonlyMap<Hex, StateEdit>;
  readonly #slots = new Map<Hex, ReadonlyMap<Hex, bigint>>();
  readonly #codes = new Map<Hex, () => Promise<Uint8Array>>();

  constructor(state: StateView, overrides: readonly StateEdit[]) {
    this.#state = state;
    this.#overrides = new Map(overrides.map((edit) => [edit.address, edit]));
    for (const { address, storage } of overrides)
      if (storage !== undefined) this.#slots.set(address, new Map(storage));
  }

  async account(address: Hex): Promise<SourceAccount | undefined> {
    if (!this.touched.has(address)) this.touched.set(address, []);
    const edit = this.#overrides.get(address);
    const account = await this.#state.account(address);
    if (account === undefined && edit === undefined) return undefined;
    const nonce = edit?.nonce ?? account?.nonce ?? 0n;
    const balance = edit?.balance ?? account?.balance ?? 0n;
    let codeHash = account?.codeHash ?? EMPTY_CODE_HASH;
    if (edit?.code === undefined) this.#codes.set(codeHash, () => this.#state.code(address));
    else {
      const code = typeof edit.code === "string" ? Bytes.fromHex(edit.code) : edit.code;
      codeHash = Hash.keccak256(code, { as: "Hex" });
      this.#codes.set(codeHash, async () => code);
    }
    return codeHash === EMPTY_CODE_HASH ? { nonce, balance } : { nonce, balance, codeHash };
  }

  async storage(address: Hex, key: Hex): Promise<bigint> {
    const keys = this.touched.get(address);
    if (keys === undefined) this.touched.set(address, [key]);
    else keys.push(key);
    const written = this.#slots.get(address)?.get(key);
    if (written !== undefined) return written;
    return this.#overrides.get(address)?.clearStorage ? 0n : this.#state.storage(address, key);
  }

  code(hash: Hex): Promise<Uint8Array> {
    return this.#codes.get(hash)!();
  }
}

async function runNoted(
  chain: Chain,
  { message, header, block, overrides, variation, state: behind }: PreparedCall,
  accessList: readonly Entry[],
  signal: AbortSignal,
): Promise<{ result: CallResult; touched: ReadonlyMap<Hex, Hex[]> }> {
  const state = new NotedState(behind, overrides);
  const engine = await createEngine({
    workers: 0,
    chain: chain.config,
    memoryLimit: MEMORY,
    computeStateRoot: false,
    blockHashes: (number) => (number > header.number ? undefined : chain.block(number)?.hash),
    state,
  });
  try {
    const result = await engine.call(
      { ...message, accessList },
      { block: { ...header, ...block }, variation, signal },
    );
    return { result, touched: state.touched };
  } finally {
    await engine.close();
  }
}

/** The address that a creation makes its contract at. */
async function createdAddress({ message, state }: PreparedCall): Promise<Hex> {
  const from = message.from ?? `0x${"00".repeat(20)}`;
  const nonce = (await state.account(from))?.nonce ?? 0n;
  return ContractAddress.fromCreate({ from, nonce }).toLowerCase() as Hex;
}

/** Finds the list with which a call uses nothing that is not in it. */
export async function createAccessList(
  chain: Chain,
  call: PreparedCall,
  signal: AbortSignal,
): Promise<CreatedAccessList> {
  const { message } = call;
  // Warm anyway, so that naming them would only cost: but for their slots.
  const warm = precompileAddresses(chain.rulesOf(call.state.block).fork);
  warm.add(message.from ?? `0x${"00".repeat(20)}`);
  warm.add(message.to ?? (await createdAddress(call)));
  let accessList: Entry[] = [...(message.accessList ?? [])].map(({ address, storageKeys }) => ({
    address,
    storageKeys: [...storageKeys],
  }));
  for (let round = 1; ; round++) {
    const { result, touched } = await runNoted(chain, call, accessList, signal);
    const found = [...touched]
      .filter(([address, keys]) => keys.length > 0 || !warm.has(address))
      .map(([address, storageKeys]) => ({ address, storageKeys }));
    if (round === MOST_ROUNDS || JSON.stringify(found) === JSON.stringify(accessList)) {
      const error = result.success
        ? undefined
        : result.halt === "Revert"
          ? "execution reverted"
          : haltMessage(result.halt);
      return { accessList: found, gasUsed: result.gasUsed, error };
    }
    accessList = found;
  }
}
