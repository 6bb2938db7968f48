// Custom errors of Solidity with their arguments, by the ABI that declares them.

import type { Hex } from "@heddle/engine";
import * as AbiItem from "ox/AbiItem";
import * as AbiParameters from "ox/AbiParameters";
import * as Address from "ox/Address";
import type { AbiEntry } from "./compiled.ts";

const selectors = new WeakMap<AbiEntry, string>();

/** The first four bytes of what the error reverts with; of an entry that is wrong none. */
export function errorSelector(entry: AbiEntry): string {
  let selector = selectors.get(entry);
  if (selector === undefined) {
    try {
      selector = AbiItem.getSelector(entry as AbiItem.AbiItem);
    } catch {
      selector = "";
    }
    selectors.set(entry, selector);
  }
  return selector;
}

/** A value as Solidity would write it. */
function valueText(value: unknown, type: string): string {
  if (Array.isArray(value)) {
    const inner = type.replace(/\[[0-9]*\]$/, "");
    return `[${value.map((one) => valueText(one, inner)).join(", ")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(([name, field]) => `${name}: ${valueText(field, "")}`);
    return `(${fields.join(", ")})`;
  }
  if (type === "string") return JSON.stringify(value);
  return type === "address" ? Address.checksum(value as Hex) : String(value);
}

/** Name and arguments; undefined where the data does not fit the declaration. */
export function errorText({ name = "", inputs = [] }: AbiEntry, data: Hex): string | undefined {
  try {
    const values = AbiParameters.decode(inputs as AbiParameters.AbiParameters, `0x${data.slice(10)}`, {
      as: "Array",
    }) as readonly unknown[];
    return `${name}(${inputs.map(({ type }, i) => valueText(values[i], type)).join(", ")})`;
  } catch {
    return inputs.length === 0 && data.length === 10 ? `${name}()` : undefined;
  }
}
