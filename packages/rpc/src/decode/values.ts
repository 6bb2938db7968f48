// Single values of parameters: read exactly, bounded before they become numbers.

import type { Hex } from "@heddle/engine";
import { InvalidParamsError } from "../errors.ts";
import type { Decoder } from "../method.ts";

const QUANTITY = /^0x[0-9a-fA-F]{1,64}$/;
const DATA = /^0x(?:[0-9a-fA-F]{2})*$/;

function demand(condition: boolean, path: string, expected: string, met: unknown): asserts condition {
  if (!condition) throw new InvalidParamsError(path, expected, met);
}

/** A number of at most 256 bits, in hex. Zeros in front are read as well: some tools pad. */
export const quantity: Decoder<bigint> = (value, path) => {
  demand(typeof value === "string" && QUANTITY.test(value), path, 'a number in hex such as "0x1"', value);
  return BigInt(value);
};

/** A number below 2 ** 64, in hex. */
export const quantity64: Decoder<bigint> = (value, path) => {
  const number = quantity(value, path);
  demand(number >> 64n === 0n, path, "a number below 2 ** 64", value);
  return number;
};

/** A number that is counted with, in hex or as JSON's number: a block count, an index. */
export const count: Decoder<number> = (value, path) => {
  const number = typeof value === "number" ? value : Number(quantity(value, path));
  demand(Number.isSafeInteger(number) && number >= 0, path, "a whole number", value);
  return number;
};

/** Bytes in hex, of any length. */
export const data: Decoder<Hex> = (value, path) => {
  demand(typeof value === "string" && DATA.test(value), path, "bytes in hex with 0x before them", value);
  return value.toLowerCase() as Hex;
};

function bytesOf(length: number, what: string): Decoder<Hex> {
  const pattern = new RegExp(`^0x[0-9a-fA-F]{${length * 2}}$`);
  return (value, path) => {
    demand(typeof value === "string" && pattern.test(value), path, what, value);
    return value.toLowerCase() as Hex;
  };
}

/** 20 bytes in hex; in lower case behind this. */
export const address = bytesOf(20, "an address (20 bytes in hex)");

/** 32 bytes in hex. */
export const hash = bytesOf(32, "a hash (32 bytes in hex)");

/** A storage key: 32 bytes or fewer, in hex with or without zeros before them. */
export const storageKey: Decoder<Hex> = (value, path) => {
  demand(
    typeof value === "string" && /^0x[0-9a-fA-F]{0,64}$/.test(value),
    path,
    "a storage key of at most 32 bytes in hex",
    value,
  );
  return `0x${value.slice(2).toLowerCase().padStart(64, "0")}`;
};

export const boolean: Decoder<boolean> = (value, path) => {
  demand(typeof value === "boolean", path, "true or false", value);
  return value;
};

/** One of some words. */
export function oneOf<const T extends string>(...words: T[]): Decoder<T> {
  return (value, path) => {
    demand(
      typeof value === "string" && (words as string[]).includes(value),
      path,
      `one of ${words.join(", ")}`,
      value,
    );
    return value as T;
  };
}

/** What may be left out, or be null. */
export function optional<T>(decode: Decoder<T>): Decoder<T | undefined>;
export function optional<T, D>(decode: Decoder<T>, absent: D): Decoder<T | D>;
export function optional<T>(decode: Decoder<T>, absent?: unknown): Decoder<unknown> {
  return (value, path) => (value === undefined || value === null ? absent : decode(value, path));
}

/** An array of at most `most` values. */
export function arrayOf<T>(decode: Decoder<T>, most: number): Decoder<T[]> {
  return (value, path) => {
    demand(Array.isArray(value), path, "an array", value);
    demand(value.length <= most, path, `an array of at most ${most}`, value.length);
    return value.map((item, i) => decode(item, `${path}[${i}]`));
  };
}

/** A value, or an array of such. */
export function oneOrMore<T>(decode: Decoder<T>, most: number): Decoder<T[]> {
  const many = arrayOf(decode, most);
  return (value, path) => (Array.isArray(value) ? many(value, path) : [decode(value, path)]);
}

type Fields = Record<string, Decoder<unknown>>;
type Decoded<F extends Fields> = { [K in keyof F]: F[K] extends Decoder<infer T> ? T : never };

/** An object with these fields; others are not looked at. */
export function object<F extends Fields>(fields: F, what = "an object"): Decoder<Decoded<F>> {
  const entries = Object.entries(fields);
  return (value, path) => {
    demand(typeof value === "object" && value !== null && !Array.isArray(value), path, what, value);
    const given = value as Record<string, unknown>;
    return Object.fromEntries(
      entries.map(([name, decode]) => [
        name,
        decode(Object.hasOwn(given, name) ? given[name] : undefined, `${path}.${name}`),
      ]),
    ) as Decoded<F>;
  };
}

/** An object whose keys are values themselves: state by address, slots by key. */
export function mapOf<K, V>(key: Decoder<K>, decode: Decoder<V>, most: number): Decoder<[K, V][]> {
  return (value, path) => {
    demand(typeof value === "object" && value !== null && !Array.isArray(value), path, "an object", value);
    const entries = Object.entries(value);
    demand(entries.length <= most, path, `an object of at most ${most} entries`, entries.length);
    return entries.map(([name, item]) => [
      key(name, `${path}[${JSON.stringify(name.slice(0, 70))}]`),
      decode(item, `${path}.${name.slice(0, 70)}`),
    ]);
  };
}
