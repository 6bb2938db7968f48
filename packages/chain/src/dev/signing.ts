// Transactions that the node itself makes: signed by a key that it has, or in the name of an account without one.

import type { Hex, Sign } from "@heddle/engine";
import * as Bytes from "ox/Bytes";
import { Envelope, type EnvelopeFields } from "../envelope.ts";
import { ChainError } from "../errors.ts";

/** The fields of a transaction to be made. Which fees are there decides about the type. */
export type UnsignedTransaction = Omit<EnvelopeFields, "maxFeePerBlobGas" | "blobVersionedHashes">;

/** The node has no key of an account, and does not act in its name. */
export class UnknownAccountError extends ChainError {
  override readonly name = "UnknownAccountError";
  constructor(address: Hex) {
    super("UNKNOWN_ACCOUNT", `no key of ${address} is known, and it is not impersonated`, { met: address });
  }
}

/** The raw transaction, signed with the library that `loadSigner` gives. */
export function signTransaction(
  transaction: UnsignedTransaction,
  privateKey: Uint8Array,
  sign: Sign,
): Uint8Array {
  const envelope = new Envelope(transaction);
  const signature = sign(envelope.signingHash, privateKey);
  return envelope.signed({
    r: signature.subarray(0, 32),
    s: signature.subarray(32, 64),
    yParity: signature[64]!,
  });
}

const ONE = Uint8Array.of(1);

/**
 * The raw transaction with the sender's address in place of a signature: two of different senders are not the same one. It
 * is only valid where the sender is given beside it.
 */
export function impersonateTransaction(transaction: UnsignedTransaction, from: Hex): Uint8Array {
  return new Envelope(transaction).signed({ r: Bytes.fromHex(from), s: ONE, yParity: 0 });
}

/** Whether a transaction of `sender` was made by `impersonateTransaction`. */
export function isImpersonated({ r, s }: { r: bigint; s: bigint }, sender: Hex): boolean {
  return s === 1n && r === BigInt(sender);
}

/** The envelope of a transaction without a signature. */
export function unsignedEnvelope(transaction: UnsignedTransaction): Uint8Array {
  return new Envelope(transaction).unsigned;
}
