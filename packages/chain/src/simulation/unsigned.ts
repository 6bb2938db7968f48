// Envelopes of transactions that nobody has signed: the fields, and zeros where a signature stands (eth_simulateV1).

import { Fork, type Hex, integerHex } from "@heddle/engine";
import * as Rlp from "ox/Rlp";
import type { AccessListEntry, TransactionAuthorization } from "../transaction.ts";

/** A message that is run as a transaction. What is left out is nothing, or zero. */
export interface SimulatedCall {
  from: Hex;
  /** Undefined: creates a contract. */
  to?: Hex | undefined;
  /** The sender's next unless given. */
  nonce?: bigint | undefined;
  /** What the block has left unless given. */
  gas?: bigint | undefined;
  /** Makes a transaction of type 0, or 1 where there is an access list. */
  gasPrice?: bigint | undefined;
  maxFeePerGas?: bigint | undefined;
  maxPriorityFeePerGas?: bigint | undefined;
  maxFeePerBlobGas?: bigint | undefined;
  value?: bigint | undefined;
  data?: Hex | undefined;
  accessList?: readonly AccessListEntry[] | undefined;
  /** Makes a transaction of type 3. */
  blobVersionedHashes?: readonly Hex[] | undefined;
  /** Makes a transaction of type 4. */
  authorizationList?: readonly TransactionAuthorization[] | undefined;
}

type Item = Hex | readonly Item[];

const integer = (value = 0n): Hex => integerHex(value);

function authorization({ chainId, address, nonce, yParity, r, s }: TransactionAuthorization): Item {
  return [integer(chainId), address, integer(nonce), integer(yParity), integer(r), integer(s)];
}

/** Type and fields of the envelope that a call is under the rules of `fork`. */
function layOut(
  call: SimulatedCall,
  nonce: bigint,
  gas: bigint,
  chainId: bigint,
  fork: Fork,
): [number, Item[]] {
  const { to = "0x", data = "0x", gasPrice, accessList } = call;
  const target: Item[] = [to, integer(call.value), data];
  const entries = (accessList ?? []).map(({ address, storageKeys }) => [address, storageKeys]);
  if (gasPrice !== undefined || fork < Fork.London) {
    const common = [integer(nonce), integer(gasPrice), integer(gas), ...target];
    if (accessList === undefined || fork < Fork.Berlin) return [0, common];
    return [1, [integer(chainId), ...common, entries]];
  }
  const dynamic: Item[] = [
    integer(chainId),
    integer(nonce),
    integer(call.maxPriorityFeePerGas),
    integer(call.maxFeePerGas),
    integer(gas),
    ...target,
    entries,
  ];
  if (call.authorizationList !== undefined) {
    return [4, [...dynamic, call.authorizationList.map(authorization)]];
  }
  if (call.blobVersionedHashes !== undefined) {
    return [3, [...dynamic, integer(call.maxFeePerBlobGas), [...call.blobVersionedHashes]]];
  }
  return [2, dynamic];
}

/** The envelope of a call, with zeros in place of the signature. */
export function unsignedEnvelope(
  call: SimulatedCall,
  { nonce, gas, chainId, fork }: { nonce: bigint; gas: bigint; chainId: bigint; fork: Fork },
): Uint8Array {
  const [type, fields] = layOut(call, nonce, gas, chainId, fork);
  const list = Rlp.fromHex([...fields, "0x", "0x", "0x"] as Parameters<typeof Rlp.fromHex>[0], {
    as: "Bytes",
  });
  if (type === 0) return list;
  const envelope = new Uint8Array(list.length + 1);
  envelope[0] = type;
  envelope.set(list, 1);
  return envelope;
}
