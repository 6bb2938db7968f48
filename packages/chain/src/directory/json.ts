// JSON with the numbers of a chain: a bigint is its digits and an n, bytes are hex.

import * as HexOf from "ox/Hex";

export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    if (typeof part === "bigint") return `${part}n`;
    return part instanceof Uint8Array ? HexOf.fromBytes(part) : part;
  });
}

/** The inverse of `toJson`, but for bytes, which stay hex. @throws SyntaxError */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (_, part) =>
    typeof part === "string" && /^-?\d+n$/.test(part) ? BigInt(part.slice(0, -1)) : part,
  );
}
