// Parameters made from the schemas of openrpc.json: most are what a method expects, and somewhere in some of them stands
// something that nobody does.

import { seededRandom } from "@heddle/engine/testing";
import type { Schema } from "./schema.ts";

export interface FuzzedMethod {
  name: string;
  params: readonly Schema[];
}

/** Values that the chain knows: without them no request would get far. */
export interface KnownValues {
  addresses: readonly string[];
  hashes: readonly string[];
  /** Envelopes of signed transactions. */
  transactions: readonly string[];
}

const TAGS = ["latest", "earliest", "pending", "safe", "finalized"];
const NUMBERS = [
  "0x0",
  "0x1",
  "0x2",
  "0x36",
  "0x5208",
  "0xffff",
  "0xffffffff",
  "0xffffffffffffffff",
  `0x${"f".repeat(64)}`,
];
/** Code: nothing, STOP, REVERT, a loop, INVALID, a call of itself, SELFDESTRUCT, memory without end, a creation. */
const CODES = [
  "0x",
  "0x00",
  "0x5f5ffd",
  "0x5b5f56",
  "0xfe",
  "0x5f5f5f5f5f305af1",
  "0x5fff",
  "0x63ffffffff5f5f20",
  "0x5f5f5ff0",
  "0xef0100",
];
const MOST_DEPTH = 40;

/** Makes requests; the same seed makes the same ones. */
export class ParamsMaker {
  readonly #below: (bound: number) => number;
  readonly #known: KnownValues;

  constructor(seed: number, known: KnownValues) {
    this.#below = seededRandom(seed);
    this.#known = known;
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!;
  }

  #chance(percent: number): boolean {
    return this.#below(100) < percent;
  }

  /** One of the methods with parameters for it. */
  request(methods: readonly FuzzedMethod[]): { method: string; params: unknown } {
    const { name, params } = this.#pick(methods);
    let values: unknown[] = params.map((schema) => this.#value(schema, 0));
    if (this.#chance(10)) values = values.slice(0, this.#below(values.length + 1));
    if (this.#chance(5)) values.push(this.#hostile(0));
    if (this.#chance(30)) values = this.#spoilt(values) as unknown[];
    return { method: name, params: values };
  }

  #value(schema: Schema, depth: number): unknown {
    const choices = schema.oneOf ?? schema.anyOf;
    if (choices !== undefined) return this.#value(this.#pick(choices), depth);
    if (schema.enum !== undefined) return this.#pick(schema.enum);
    if (schema.pattern !== undefined) return this.#text(schema.pattern);
    if (schema.type === "array" || schema.items !== undefined) {
      const length = depth > 8 ? 0 : this.#below(4);
      // Some of the schemas tell the fields of an array's items as if they were its own.
      const { type: _array, ...own } = schema;
      return Array.from({ length }, () => this.#value(schema.items ?? own, depth + 1));
    }
    if (schema.properties !== undefined || schema.type === "object") return this.#object(schema, depth);
    if (schema.type === "boolean") return this.#chance(50);
    if (schema.type === "integer" || schema.type === "number") return this.#below(100);
    if (schema.type === "null") return null;
    return schema.type === "string" ? this.#pick([...TAGS, ...CODES]) : this.#hostile(depth);
  }

  #object(schema: Schema, depth: number): unknown {
    const made: Record<string, unknown> = {};
    for (const [name, part] of Object.entries(schema.properties ?? {})) {
      const isRequired = schema.required?.includes(name) ?? false;
      // Another chain's id, and both kinds of fees, are refused: mostly they are left out.
      const rare = name === "chainId" || name === "gasPrice" || name === "type";
      if (depth > 8 || !(isRequired || this.#chance(rare ? 5 : 35))) continue;
      made[name] = this.#telling(name) ?? this.#value(part, depth + 1);
    }
    const { additionalProperties: more } = schema;
    if (typeof more === "object")
      for (let i = this.#below(3); i > 0; i--)
        made[this.#pick(this.#known.addresses)] = this.#value(more, depth + 1);
    const named = (schema as { patternProperties?: Record<string, Schema> }).patternProperties ?? {};
    for (const [pattern, part] of Object.entries(named))
      if (this.#chance(70)) made[this.#text(pattern)] = this.#value(part, depth + 1);
    return made;
  }

  /** What a field of this name holds that leads somewhere; undefined: what the schema says. */
  #telling(name: string): unknown {
    if (name === "from" || name === "to") return this.#pick(this.#known.addresses);
    if (name === "code" || name === "input") return this.#pick(CODES);
    if (name === "gas") return this.#pick(["0x5208", "0x100000", "0x2faf080", ...NUMBERS]);
    // A fork of the chain's past, or a time before the parent's, ends most simulations before they begin.
    if (name === "number" || name === "time")
      return this.#chance(90) ? this.#pick(["0x37", "0x40", "0x300", "0x1000"]) : undefined;
    return undefined;
  }

  #text(pattern: string): string {
    const digits = /\{(\d+)\}/.exec(pattern)?.[1];
    if (digits === "40") return this.#pick(this.#known.addresses);
    if (digits === "64") return this.#pick(this.#known.hashes);
    if (digits !== undefined && !pattern.includes(",")) return `0x${"00".repeat(Number(digits) / 2)}`;
    // Bytes of any length have an even number of digits.
    const isNumber = pattern.includes("[1-9");
    if (pattern.includes("*") && !isNumber) return this.#pick([...CODES, ...this.#known.transactions]);
    return this.#chance(95) ? this.#pick(NUMBERS.slice(0, 6)) : this.#pick(NUMBERS);
  }

  /** The same with something hostile in one place. */
  #spoilt(value: unknown): unknown {
    if (typeof value !== "object" || value === null || this.#chance(25)) return this.#hostile(0);
    if (Array.isArray(value)) {
      if (value.length === 0) return [this.#hostile(0)];
      const at = this.#below(value.length);
      return value.map((one, i) => (i === at ? this.#spoilt(one) : one));
    }
    const keys = Object.keys(value);
    if (keys.length === 0 || this.#chance(10)) {
      return {
        ...value,
        [this.#pick(["__proto__x", "constructor", "toString", "0x", "\u0000"])]: this.#hostile(0),
      };
    }
    const at = this.#pick(keys);
    return { ...value, [at]: this.#spoilt((value as Record<string, unknown>)[at]) };
  }

  #hostile(depth: number): unknown {
    switch (this.#below(14)) {
      case 0:
        return null;
      case 1:
        return this.#pick([0, -1, 1.5, 1e308, 2 ** 53, -0, 4294967296]);
      case 2:
        return this.#pick(NUMBERS);
      case 3:
        return `0x${"f".repeat(this.#below(2) === 0 ? 65 : 100_000)}`;
      case 4:
        return this.#pick([
          "",
          "0x",
          "0xg",
          "0X1",
          "-0x1",
          "0x-1",
          " 0x1",
          "0x 1",
          "1",
          "٣",
          "\ud800",
          "\u0000",
        ]);
      case 5:
        return "x".repeat(this.#below(50_000));
      case 6:
        return this.#chance(50);
      case 7:
        return [];
      case 8:
        return {};
      case 9:
        return Array.from({ length: this.#below(5000) }, () => "0x1");
      case 10:
        return Object.fromEntries(
          Array.from({ length: this.#below(2000) }, (_, i) => [`0x${i.toString(16).padStart(40, "0")}`, {}]),
        );
      case 11:
        return depth > MOST_DEPTH ? 0 : [this.#hostile(depth + 1)];
      case 12:
        return depth > MOST_DEPTH ? 0 : { a: this.#hostile(depth + 1), to: this.#hostile(depth + 1) };
      default:
        return this.#pick([...TAGS, ...CODES, ...this.#known.addresses, ...this.#known.hashes]);
    }
  }
}
