// Who may ask: a page of a stranger's site must not reach a node on this machine (DNS rebinding, foreign origins).

import { isIP } from "node:net";

/** The host of a Host header without its port; undefined where it is malformed. */
function hostName(header: string): string | undefined {
  try {
    const { hostname, username, pathname } = new URL(`http://${header}`);
    if (username !== "" || pathname !== "/" || hostname === "") return undefined;
    return hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  } catch {
    return undefined;
  }
}

/** Names of this machine that no other machine's DNS can have (RFC 6761). */
export function isLoopback(host: string): boolean {
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "::1" ||
    (isIP(host) === 4 && host.startsWith("127."))
  );
}

export interface HostRules {
  /** The address that the server is bound to. */
  boundTo: string;
  allowedHosts: readonly string[];
  /** Undefined = pages of this machine. */
  origins: "*" | readonly string[] | undefined;
}

/**
 * Whether a request with this Host header is answered. A browser sends the name that the page's author chose, so that
 * a name which is not ours tells a rebound address. One that is reachable from outside is asked by its number as well.
 */
export function isAllowedHost(header: string | undefined, { boundTo, allowedHosts }: HostRules): boolean {
  // HTTP/1.0 has none, and no browser speaks it.
  if (header === undefined) return true;
  if (allowedHosts.includes("*")) return true;
  const host = hostName(header);
  if (host === undefined) return false;
  if (isLoopback(host) || host === boundTo) return true;
  if (allowedHosts.some((allowed) => allowed.toLowerCase() === host)) return true;
  return !isLoopback(boundTo) && isIP(host) !== 0;
}

/** Whether pages of this origin may ask. */
export function isAllowedOrigin(origin: string | undefined, { origins }: HostRules): boolean {
  if (origin === undefined || origins === "*") return true;
  if (origins !== undefined) return origins.includes("*") || origins.includes(origin);
  try {
    return isLoopback(new URL(origin).hostname.replace(/^\[|\]$/g, ""));
  } catch {
    return false;
  }
}
