// Who signs. The engine needs no keys: any library that signs transactions will do, here ox.

import type { Hex } from "@heddle/engine";
import { Address, Hex as HexOf, Secp256k1, TxEnvelopeEip1559 } from "ox";

export const CHAIN_ID = 1337;

export interface Person {
  address: Hex;
  key: Hex;
}

/** Keys that everybody knows: for examples only. */
function person(key: Hex): Person {
  return { key, address: Address.fromPublicKey(Secp256k1.getPublicKey({ privateKey: key })) };
}

export const alice = person(`0x${"a1".repeat(32)}`);
export const bob = person(`0x${"b0".repeat(32)}`);
export const carol = person(`0x${"ca".repeat(32)}`);

/** A signed transaction (EIP-1559) as the bytes that the engine takes. */
export function signed(from: Person, what: { nonce: bigint; to: Hex; value?: bigint }): Uint8Array {
  const envelope = TxEnvelopeEip1559.from({
    chainId: CHAIN_ID,
    gas: 100_000n,
    maxFeePerGas: 2_000_000_000n,
    maxPriorityFeePerGas: 1n,
    ...what,
  });
  const payload = TxEnvelopeEip1559.getSignPayload(envelope);
  const signature = Secp256k1.sign({ payload, privateKey: from.key });
  return HexOf.toBytes(TxEnvelopeEip1559.serialize(envelope, { signature }));
}
