// Who signs, and a small chain on which they have funds.

import { type Hex, networkConfig } from "@heddle/engine";
import * as Address from "ox/Address";
import * as HexOf from "ox/Hex";
import * as Secp256k1 from "ox/Secp256k1";
import * as Eip1559 from "ox/TxEnvelopeEip1559";
import type { Genesis } from "../../src/index.ts";

export const CHAIN_ID = 1337;
export const ETHER = 10n ** 18n;

export interface Person {
  key: Hex;
  address: Hex;
}

export function person(index: number): Person {
  const key: Hex = `0x${(index + 1).toString(16).padStart(64, "0")}`;
  const publicKey = Secp256k1.getPublicKey({ privateKey: key });
  return { key, address: Address.fromPublicKey(publicKey).toLowerCase() as Hex };
}

export const [alice, bob, carol, dave] = [0, 1, 2, 3].map(person) as [Person, Person, Person, Person];
/** Who has funds on most chains. */
export const people: readonly Person[] = [alice, bob, carol];

/** Returns what it counted of each caller, and logs it: examples/embed has it in words. */
export const COUNTER: Hex = "0x00000000000000000000000000000000000c0de0";
export const COUNTER_CODE: Hex = "0x33546001018033556000523360206000a160206000f3";

/** A chain that is at Shanghai from its beginning; `more` are fields on top. */
export function genesisOf(people: readonly Person[], more: Partial<Genesis> = {}): Genesis {
  return {
    config: { ...networkConfig("Shanghai", { chainId: CHAIN_ID }) },
    gasLimit: 30_000_000n,
    baseFeePerGas: 1_000_000_000n,
    alloc: {
      ...Object.fromEntries(people.map(({ address }) => [address, { balance: 10n * ETHER }])),
      [COUNTER]: { code: COUNTER_CODE },
    },
    ...more,
  };
}

/** What of a transaction is not as usual. */
export interface Wanted {
  nonce: bigint;
  to?: Hex | null;
  value?: bigint;
  gas?: bigint;
  maxFeePerGas?: bigint;
  maxPriorityFeePerGas?: bigint;
  data?: Hex;
  chainId?: number;
}

export function signed(from: Person, wanted: Wanted): Uint8Array {
  const { to = bob.address, ...rest } = wanted;
  const envelope = Eip1559.from({
    chainId: CHAIN_ID,
    gas: 100_000n,
    maxFeePerGas: 5_000_000_000n,
    maxPriorityFeePerGas: 1_000_000_000n,
    to,
    ...rest,
  });
  const signature = Secp256k1.sign({ payload: Eip1559.getSignPayload(envelope), privateKey: from.key });
  return HexOf.toBytes(Eip1559.serialize(envelope, { signature }));
}
