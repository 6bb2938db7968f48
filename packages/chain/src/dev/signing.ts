// Transactions that the node itself makes: signed by a key that it has, or in the name of an account without one.

import type { Hex } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import * as Secp256k1 from "ox/Secp256k1";
import * as Eip1559 from "ox/TxEnvelopeEip1559";
import * as Eip2930 from "ox/TxEnvelopeEip2930";
import * as Eip7702 from "ox/TxEnvelopeEip7702";
import * as Legacy from "ox/TxEnvelopeLegacy";
import { ChainError } from "../errors.ts";
import type { AccessListEntry, TransactionAuthorization } from "../transaction.ts";

/** The fields of a transaction to be made. Which fees are there decides about the type. */
export interface UnsignedTransaction {
  chainId: number;
  nonce: bigint;
  gas: bigint;
  to?: Hex | undefined;
  value?: bigint | undefined;
  data?: Hex | undefined;
  /** Makes a legacy transaction, or one of type 1 where there is an access list. */
  gasPrice?: bigint | undefined;
  maxFeePerGas?: bigint | undefined;
  maxPriorityFeePerGas?: bigint | undefined;
  accessList?: readonly AccessListEntry[] | undefined;
  /** Makes a transaction of type 4. */
  authorizationList?: readonly TransactionAuthorization[] | undefined;
}

/** The node has no key of an account, and does not act in its name. */
export class UnknownAccountError extends ChainError {
  override readonly name = "UnknownAccountError";
  constructor(address: Hex) {
    super("UNKNOWN_ACCOUNT", `no key of ${address} is known, and it is not impersonated`, { met: address });
  }
}

interface Signature {
  r: Hex;
  s: Hex;
  yParity: number;
}

type Sign = (payload: Hex) => Signature;

function encode(transaction: UnsignedTransaction, sign: Sign | undefined): Hex {
  const signed = (payload: () => Hex) => (sign === undefined ? {} : { signature: sign(payload()) });
  const {
    chainId,
    nonce,
    gas,
    to = null,
    value,
    data,
    gasPrice,
    accessList,
    authorizationList,
  } = transaction;
  const common = {
    chainId,
    nonce,
    gas,
    to,
    ...(value === undefined ? {} : { value }),
    ...(data === undefined ? {} : { data }),
  };
  if (gasPrice !== undefined) {
    if (accessList === undefined) {
      const envelope = Legacy.from({ ...common, gasPrice });
      return Legacy.serialize(
        envelope,
        signed(() => Legacy.getSignPayload(envelope)),
      );
    }
    const envelope = Eip2930.from({ ...common, gasPrice, accessList });
    return Eip2930.serialize(
      envelope,
      signed(() => Eip2930.getSignPayload(envelope)),
    );
  }
  const { maxFeePerGas = 0n, maxPriorityFeePerGas = 0n } = transaction;
  const dynamic = { ...common, maxFeePerGas, maxPriorityFeePerGas, accessList: accessList ?? [] };
  if (authorizationList === undefined) {
    const envelope = Eip1559.from(dynamic);
    return Eip1559.serialize(
      envelope,
      signed(() => Eip1559.getSignPayload(envelope)),
    );
  }
  const envelope = Eip7702.from({
    ...dynamic,
    authorizationList: authorizationList.map(({ chainId, address, nonce, yParity, r, s }) => ({
      chainId: Number(chainId),
      address,
      nonce,
      yParity: Number(yParity),
      r: HexOf.fromNumber(r, { size: 32 }),
      s: HexOf.fromNumber(s, { size: 32 }),
    })),
  });
  return Eip7702.serialize(
    envelope,
    signed(() => Eip7702.getSignPayload(envelope)),
  );
}

/** The raw transaction, signed. */
export function signTransaction(transaction: UnsignedTransaction, privateKey: Hex): Uint8Array {
  return HexOf.toBytes(
    encode(transaction, (payload) => {
      const { r, s, yParity } = Secp256k1.sign({ payload, privateKey });
      return { r, s, yParity };
    }),
  );
}

/**
 * The raw transaction with the sender's address in place of a signature: two of different senders are not the same one. It
 * is only valid where the sender is given beside it.
 */
export function impersonateTransaction(transaction: UnsignedTransaction, from: Hex): Uint8Array {
  const signature = { r: HexOf.padLeft(from, 32), s: HexOf.fromNumber(1, { size: 32 }), yParity: 0 };
  return HexOf.toBytes(encode(transaction, () => signature));
}

/** The envelope of a transaction without a signature. */
export function unsignedEnvelope(transaction: UnsignedTransaction): Uint8Array {
  return HexOf.toBytes(encode(transaction, undefined));
}
