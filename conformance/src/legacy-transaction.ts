// A legacy transaction from the fields of an old test file, which gives no signed bytes.

import { bytesToHex, type Fields, hexToBytes } from "@heddle/cli";
import { type Hex, integerHex } from "@heddle/engine";
import * as Address from "ox/Address";
import * as Rlp from "ox/Rlp";
import * as Secp256k1 from "ox/Secp256k1";

/** The shortest big-endian bytes; numbers over 256 bits ("0x:bigint 0x…") are encoded as they are. */
function integer(text: string): Hex {
  const digits = text.replace("0x:bigint ", "");
  return integerHex(digits === "" || digits === "0x" ? 0n : BigInt(digits));
}

const senders = new Map<string, Uint8Array>();

/** The address of a secret key; the same few keys sign thousands of tests. */
function addressOf(secretKey: Uint8Array): Uint8Array {
  const key = bytesToHex(secretKey);
  let address = senders.get(key);
  if (address === undefined) {
    address = hexToBytes(Address.fromPublicKey(Secp256k1.getPublicKey({ privateKey: key })));
    senders.set(key, address);
  }
  return address;
}

/**
 * The transaction with 1 for r and s (the sender is given with it, so nothing recovers it). `chosen` are the
 * variants that an entry's indexes pick.
 */
export function legacyTransaction(
  transaction: Fields,
  chosen: { data: string; gasLimit: string; value: string },
): { raw: Uint8Array; sender: Uint8Array } {
  const to = transaction.text("to");
  const raw = Rlp.fromHex(
    [
      integer(transaction.text("nonce")),
      integer(transaction.text("gasPrice")),
      integer(chosen.gasLimit),
      to === "" || to === "0x" ? "0x" : (`0x${to.replace(/^0x/, "")}` as Hex),
      integer(chosen.value),
      (chosen.data === "" ? "0x" : chosen.data) as Hex,
      "0x1b",
      "0x01",
      "0x01",
    ],
    { as: "Bytes" },
  );
  const sender = transaction.has("sender")
    ? transaction.bytes("sender", 20)
    : addressOf(transaction.bytes("secretKey", 32));
  return { raw, sender };
}
