// Keys of a seed by their paths (BIP-32), private ones only: with the system's own cryptography a node has its accounts before a library that
// does this in JavaScript is loaded.

import { createECDH, createHmac } from "node:crypto";

/** BIP-32: from this number on a child comes of the private key itself. */
const HARDENED = 0x8000_0000;
/** n, the order of secp256k1's group. */
const ORDER = 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n;

/** A private key and what its children are made with. */
export interface ExtendedKey {
  key: Buffer;
  chainCode: Buffer;
}

/** The public key of a private key: 65 bytes, 0x04 || x || y, or 33. */
export function publicKeyOf(key: Uint8Array, format: "compressed" | "uncompressed"): Buffer {
  const curve = createECDH("secp256k1");
  curve.setPrivateKey(key);
  return curve.getPublicKey(null, format);
}

function extended(secret: string | Buffer, data: Buffer): ExtendedKey {
  const both = createHmac("sha512", secret).update(data).digest();
  return { key: both.subarray(0, 32), chainCode: both.subarray(32) };
}

/** The master key of a seed. */
export function masterKey(seed: Buffer): ExtendedKey {
  return extended("Bitcoin seed", seed);
}

/**
 * The children of a key with these numbers, from 2^31 on hardened.
 * @throws RangeError where BIP-32 has no key for a number: with a probability of 2^-127
 */
export function children({ key, chainCode }: ExtendedKey, numbers: readonly number[]): ExtendedKey[] {
  let compressed: Buffer | undefined;
  return numbers.map((number) => {
    const data = Buffer.alloc(37);
    if (number >= HARDENED) {
      data.set(key, 1);
    } else {
      compressed ??= publicKeyOf(key, "compressed");
      data.set(compressed);
    }
    data.writeUInt32BE(number, 33);
    const step = extended(chainCode, data);
    const tweak = BigInt(`0x${step.key.toString("hex")}`);
    const sum = (tweak + BigInt(`0x${key.toString("hex")}`)) % ORDER;
    if (tweak >= ORDER || sum === 0n) throw new RangeError(`BIP-32 has no key for the number ${number}`);
    return { key: Buffer.from(sum.toString(16).padStart(64, "0"), "hex"), chainCode: step.chainCode };
  });
}

/**
 * The key at a path such as "m/44'/60'/0'/0".
 * @throws RangeError where it is none, or a number in it is not below 2^31
 */
export function keyAt(master: ExtendedKey, path: string): ExtendedKey {
  if (!/^m(\/[0-9]+'?)*$/.test(path)) throw new RangeError(`${path} is no path such as m/44'/60'/0'/0`);
  let found = master;
  for (const step of path.split("/").slice(1)) {
    const number = Number.parseInt(step, 10);
    if (number >= HARDENED) throw new RangeError(`${step} in the path ${path} is not below 2^31`);
    [found] = children(found, [step.endsWith("'") ? number + HARDENED : number]) as [ExtendedKey];
  }
  return found;
}
