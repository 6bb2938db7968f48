// JSON from strangers: how deep and how wide it is is known before anything of it is built.

import { ErrorCode, InvalidRequestError, RpcError } from "../errors.ts";

/** Deeper than any parameter of any method. */
const MAX_DEPTH = 32;
/** Objects and arrays in one message: each costs many times the two bytes that it is written with. */
const MAX_CONTAINERS = 200_000;
/** Commas bound the number of values; one value costs eight bytes at least. */
const MAX_VALUES = 4_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/** Walks over the text once, without building anything. */
function checkShape(text: string): void {
  let depth = 0;
  let containers = 0;
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) {
      i = endOfString(text, i);
    } else if (char === COMMA) {
      if (++values > MAX_VALUES) throw new InvalidRequestError(`more than ${MAX_VALUES} values`);
    } else if (char === 0x5b || char === 0x7b) {
      if (++containers > MAX_CONTAINERS) {
        throw new InvalidRequestError(`more than ${MAX_CONTAINERS} arrays and objects`);
      }
      if (++depth > MAX_DEPTH) throw new InvalidRequestError(`nested deeper than ${MAX_DEPTH}`);
    } else if (char === 0x5d || char === 0x7d) {
      depth--;
    }
  }
}

/** Index of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

/** Of a text so short that what it builds is small as well, only the depth is looked at, when it is built. */
const SHORT = 16 * 1024;

function checkDepth(value: unknown, most: number): void {
  if (typeof value !== "object" || value === null) return;
  if (most === 0) throw new InvalidRequestError(`nested deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value)) for (const item of value) checkDepth(item, most - 1);
  else for (const name in value) checkDepth((value as Record<string, unknown>)[name], most - 1);
}

/**
 * The value that `text` is the JSON of.
 * @throws RpcError -32700 where it is no JSON, -32600 where it is nested too deeply or has too many parts
 */
export function parseJson(text: string): unknown {
  const isShort = text.length <= SHORT;
  if (!isShort) checkShape(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // V8's message quotes the text, which may be long.
    throw new RpcError(ErrorCode.parse, "parse error: the message is not JSON");
  }
  if (isShort) checkDepth(value, MAX_DEPTH);
  return value;
}
