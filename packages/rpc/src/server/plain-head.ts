// The head of the request that clients of JSON-RPC send, read by a grammar narrower than HTTP's: what is not in it is for
// Node's own HTTP to judge.

/** JSON's types: a page can send any other without asking first (CORS' simple requests). */
export const CONTENT_TYPES = ["application/json", "application/json-rpc", "application/jsonrequest"];

/** What a head says, as far as it changes the answer. */
export interface PlainHead {
  host: string;
  bodyLength: number;
  /** How a long answer may be compressed. */
  compression: "gzip" | "deflate" | undefined;
  /** The client closes the connection behind the answer. */
  closes: boolean;
}

const REQUEST_LINE = "POST / HTTP/1.1";
/** RFC 9110, 5.6.2 and 5.5. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LENGTH = /^[0-9]{1,15}$/;
/** Encodings without weights. */
const ENCODINGS = /^[a-z0-9\-, ]*$/;

/** Headers that make the request another one than is answered here, or that a browser sends for a page. */
const FOREIGN = new Set([
  "transfer-encoding",
  "upgrade",
  "expect",
  "trailer",
  "content-encoding",
  "origin",
  "x-no-compression",
]);
/** Those that are looked at; each may be there once. */
const READ = new Set(["host", "content-length", "content-type", "connection", "accept-encoding"]);

/** A head's headers that are looked at, by name; undefined where it is no plain request. */
function readHeaders(lines: readonly string[]): Map<string, string> | undefined {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (!NAME.test(name) || !VALUE.test(value) || FOREIGN.has(name)) return undefined;
    if (!READ.has(name)) continue;
    if (headers.has(name)) return undefined;
    headers.set(name, value);
  }
  return headers;
}

function isJson(type: string): boolean {
  const [essence, parameter] = type.toLowerCase().split(";", 2);
  if (!CONTENT_TYPES.includes(essence!.trim())) return false;
  return parameter === undefined || parameter.trim() === "charset=utf-8";
}

/** @param head a request's line and headers without the empty line behind them */
export function readPlainHead(head: string): PlainHead | undefined {
  const [line, ...rest] = head.split("\r\n");
  if (line !== REQUEST_LINE) return undefined;
  const headers = readHeaders(rest);
  if (headers === undefined) return undefined;
  const host = headers.get("host");
  const length = headers.get("content-length");
  const type = headers.get("content-type");
  const connection = headers.get("connection")?.toLowerCase() ?? "keep-alive";
  const encodings = headers.get("accept-encoding")?.toLowerCase() ?? "";
  if (host === undefined || length === undefined || type === undefined) return undefined;
  if (!LENGTH.test(length) || !isJson(type) || !ENCODINGS.test(encodings)) return undefined;
  if (connection !== "keep-alive" && connection !== "close") return undefined;
  const accepted = encodings.split(",").map((encoding) => encoding.trim());
  const compression = (["gzip", "deflate"] as const).find((encoding) => accepted.includes(encoding));
  return { host, bodyLength: Number(length), compression, closes: connection === "close" };
}
