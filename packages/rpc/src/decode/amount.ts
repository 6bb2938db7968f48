// Numbers as tools for development send them: in hex as the specification has it, as JSON's number, or in decimals.

import { InvalidParamsError } from "../errors.ts";
import type { Decoder } from "../method.ts";
import { quantity } from "./values.ts";

/** A whole number of at most 256 bits, in any of the three ways. */
export const amount: Decoder<bigint> = (value, path) => {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === "string" && /^[0-9]{1,77}$/.test(value)) {
    const number = BigInt(value);
    if (number >> 256n === 0n) return number;
  }
  if (typeof value === "string" && value.startsWith("0x")) return quantity(value, path);
  throw new InvalidParamsError(path, 'a whole number such as 1, "1" or "0x1"', value);
};

/** Such a number below 2 ** 64: seconds, gas. */
export const amount64: Decoder<bigint> = (value, path) => {
  const number = amount(value, path);
  if (number >> 64n !== 0n) throw new InvalidParamsError(path, "a number below 2 ** 64", value);
  return number;
};

/** Such a number that is counted with. */
export const amountCount: Decoder<number> = (value, path) => {
  const number = amount(value, path);
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw new InvalidParamsError(path, "a smaller number", value);
  return Number(number);
};
