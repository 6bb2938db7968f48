// Where a server listens: an address, or all addresses of this machine's own name.

import { lookup } from "node:dns/promises";
import type { AddressInfo, Server } from "node:net";

/** Resolves when `server` listens. @throws the system's error, such as EADDRINUSE */
export function listen(server: Server, place: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(place, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

export interface Listened {
  address: string;
  family: 4 | 6;
  port: number;
}

/** The address that a server listens on, as one asks for it, and those on which `localhost` is to be answered too. */
export async function addressesOf(server: Server, host: string): Promise<Listened[]> {
  const { address, family, port } = server.address() as AddressInfo;
  const first: Listened = {
    address: address === "0.0.0.0" ? "127.0.0.1" : address,
    family: family === "IPv6" ? 6 : 4,
    port,
  };
  if (host !== "localhost") return [first];
  const all = await lookup(host, { all: true }).catch(() => []);
  const others = all.filter((one) => one.address !== address);
  return [first, ...others.map((one) => ({ address: one.address, family: one.family as 4 | 6, port }))];
}
