// Whose transactions the node can make: accounts whose keys it has, and those that it acts for.

import type { Hex, Sign } from "@heddle/engine";
import * as Bytes from "ox/Bytes";
import * as HexOf from "ox/Hex";
import type { DevAccount } from "./accounts.ts";
import {
  impersonateTransaction,
  signTransaction,
  UnknownAccountError,
  type UnsignedTransaction,
} from "./signing.ts";

/** Accounts that are acted for without their keys. */
export interface Impersonation {
  impersonated: Hex[];
  /** True: all are, named or not. */
  impersonatesAll: boolean;
}

export class Senders {
  /** Accounts whose keys the node has. */
  readonly accounts: readonly DevAccount[];
  readonly #keys: ReadonlyMap<Hex, Uint8Array>;
  readonly #sign: Sign;
  readonly #impersonated = new Set<Hex>();
  #impersonatesAll = false;

  /** `sign` is what `loadSigner` gives. */
  constructor(accounts: readonly DevAccount[], sign: Sign) {
    this.accounts = accounts;
    this.#keys = new Map(accounts.map(({ address, privateKey }) => [address, Bytes.fromHex(privateKey)]));
    this.#sign = sign;
  }

  get impersonation(): Impersonation {
    return { impersonated: [...this.#impersonated], impersonatesAll: this.#impersonatesAll };
  }

  set impersonation({ impersonated, impersonatesAll }: Impersonation) {
    this.#impersonated.clear();
    for (const address of impersonated) this.#impersonated.add(address);
    this.#impersonatesAll = impersonatesAll;
  }

  impersonate(address: Hex): void {
    this.#impersonated.add(address.toLowerCase() as Hex);
  }

  stopImpersonating(address: Hex): void {
    this.#impersonated.delete(address.toLowerCase() as Hex);
  }

  impersonateAll(enabled: boolean): void {
    this.#impersonatesAll = enabled;
  }

  isImpersonated(address: Hex): boolean {
    return this.#impersonatesAll || this.#impersonated.has(address.toLowerCase() as Hex);
  }

  /** Whether the node can make transactions of an account: it has the key, or acts in its name. */
  canSend(address: Hex): boolean {
    return this.#keys.has(address.toLowerCase() as Hex) || this.isImpersonated(address);
  }

  /** The raw transaction of an account: signed where its key is known, else in its name. @throws UnknownAccountError */
  async make(
    from: Hex,
    fill: (sender: Hex) => Promise<UnsignedTransaction>,
  ): Promise<{ raw: Uint8Array; sender: Hex }> {
    const sender = from.toLowerCase() as Hex;
    if (!this.canSend(sender)) throw new UnknownAccountError(from);
    const key = this.#keys.get(sender);
    const transaction = await fill(sender);
    const raw =
      key === undefined
        ? impersonateTransaction(transaction, sender)
        : signTransaction(transaction, key, this.#sign);
    return { raw, sender };
  }

  /** The signature of a hash by an account whose key is known: r, s and v of 27 or 28. @throws UnknownAccountError */
  sign(address: Hex, payload: Hex): Hex {
    const privateKey = this.#keys.get(address.toLowerCase() as Hex);
    if (privateKey === undefined) throw new UnknownAccountError(address);
    const signature = this.#sign(Bytes.fromHex(payload), privateKey);
    signature[64]! += 27;
    return HexOf.fromBytes(signature);
  }
}
