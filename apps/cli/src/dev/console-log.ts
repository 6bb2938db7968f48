// What contracts print: calls of Hardhat's console.sol and Foundry's, decoded and put into words.

import type { ConsoleCall, Hex } from "@heddle/engine";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as AbiParameters from "ox/AbiParameters";
import * as Address from "ox/Address";
import * as Value from "ox/Value";

/** A value that was printed, with its Solidity type. */
interface Printed {
  type: string;
  value: unknown;
}

const COMBINED = ["uint256", "string", "bool", "address"] as const;
const MOST_COMBINED = 4;

/** Lists of types that `log` takes, as both libraries declare it. */
function* logTypes(): Generator<string[]> {
  yield [];
  let lists: string[][] = [[]];
  for (let length = 1; length <= MOST_COMBINED; length++) {
    lists = lists.flatMap((list) => COMBINED.map((type) => [...list, type]));
    yield* lists;
  }
  yield ["int256"];
  yield ["bytes"];
  for (const type of ["string", "bool", "address", "uint256", "int256"]) yield [type, "int256"];
  for (let size = 1; size <= 32; size++) yield [`bytes${size}`];
}

/** Names of functions that take one type. */
function* singles(): Generator<[name: string, type: string]> {
  yield ["logInt", "int256"];
  yield ["logUint", "uint256"];
  yield ["logString", "string"];
  yield ["logBool", "bool"];
  yield ["logAddress", "address"];
  yield ["logBytes", "bytes"];
  for (let size = 1; size <= 32; size++) yield [`logBytes${size}`, `bytes${size}`];
}

function selectorOf(signature: string): Hex {
  return `0x${Buffer.from(keccak_256(Buffer.from(signature)).subarray(0, 4)).toString("hex")}`;
}

let known: Map<Hex, string[]> | undefined;

/** Types of the arguments by selector. Older libraries hashed "uint" and "int" as they are written. */
function signatures(): Map<Hex, string[]> {
  if (known !== undefined) return known;
  known = new Map();
  const add = (name: string, types: string[]) => {
    const full = `${name}(${types.join(",")})`;
    for (const signature of [full, full.replaceAll("int256", "int")])
      known!.set(selectorOf(signature), types);
  };
  for (const types of logTypes()) add("log", types);
  for (const [name, type] of singles()) add(name, [type]);
  return known;
}

/** The arguments; undefined where it is no call of a function that is known. */
function decode(data: Hex): Printed[] | undefined {
  const types = signatures().get(data.slice(0, 10) as Hex);
  if (types === undefined) return undefined;
  try {
    const values = AbiParameters.decode(
      types.map((type) => ({ type })),
      `0x${data.slice(10)}`,
    ) as unknown[];
    return types.map((type, i) => ({ type, value: values[i] }));
  } catch {
    return undefined;
  }
}

const isNumber = ({ type }: Printed) => type.startsWith("int") || type.startsWith("uint");

function plain({ type, value }: Printed): string {
  return type === "address" ? Address.checksum(value as Hex) : String(value);
}

/** 1500 with `places` digits behind the point, and none that mean nothing. */
function shifted(value: bigint, places: number): string {
  return Value.format(value, places);
}

/** One value as a specifier of a format wants it. */
function specified(specifier: string, printed: Printed): string {
  const kind = specifier.at(-1);
  if (kind === "d" || kind === "i") {
    if (printed.type === "bool") return printed.value ? "1" : "0";
    return isNumber(printed) ? plain(printed) : "NaN";
  }
  if (kind === "x" && isNumber(printed)) {
    const value = printed.value as bigint;
    return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
  }
  if (kind === "e" && isNumber(printed)) {
    const value = printed.value as bigint;
    if (specifier !== "%e") return shifted(value, Number(specifier.slice(1, -1)));
    const digits = String(value < 0n ? -value : value);
    const exponent = digits.length - 1;
    const text = shifted(BigInt(digits), exponent);
    return `${value < 0n ? "-" : ""}${text}${exponent === 0 ? "" : `e${exponent}`}`;
  }
  return plain(printed);
}

/** The first of several values may be a format (%s, %d, %i, %x, %o, %e); what it does not name follows, with spaces. */
function formatted(values: readonly Printed[]): string {
  const [first, ...rest] = values;
  if (first?.type !== "string" || rest.length === 0) return values.map(plain).join(" ");
  const text = (first.value as string).replaceAll(/%(?:[sdixoO%]|[0-9]{0,2}e)/g, (specifier) => {
    if (specifier === "%%") return "%";
    const next = rest.shift();
    return next === undefined ? specifier : specified(specifier, next);
  });
  return [text, ...rest.map(plain)].join(" ");
}

/** Nobody's contract writes into the terminal but text: neither controls (but line breaks and tabs) nor what turns text around. */
function harmless(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, (character) =>
    character === "\n" || character === "\t"
      ? character
      : `\\u{${character.charCodeAt(0).toString(16).padStart(4, "0")}}`,
  );
}

/** What was printed, as text; of a call that nobody knows its data. */
export function consoleText({ data }: Pick<ConsoleCall, "data">): string {
  const values = decode(data);
  return values === undefined ? `${data} (not a function of console.sol)` : harmless(formatted(values));
}

/** The values that were printed, for programs: numbers as decimal text. */
export function consoleValues({ data }: Pick<ConsoleCall, "data">): (string | boolean)[] {
  return (
    decode(data)?.map((printed) => (printed.type === "bool" ? (printed.value as boolean) : plain(printed))) ??
    []
  );
}
