// Contracts as their authors compiled them, from their npm packages.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Abi, Address, Hex } from "viem";

const require = createRequire(import.meta.url);

/** Interface and creation code, as a tool deploys them. */
export interface Artifact {
  abi: Abi;
  bytecode: Hex;
}

/** By source file and library: where the library's address goes, in bytes. */
type Links = Record<string, Record<string, { start: number; length: number }[]>>;

/**
 * Reads `PACKAGE/…/NAME.json`, and puts the addresses of libraries where its code calls them.
 * @throws Error where no node_modules has the file, and where an address is wanted that is not given
 */
export function artifact(file: string, libraries: Readonly<Record<string, Address>> = {}): Artifact {
  // `require` would look at what the package exports, and few export their artifacts.
  const path = (require.resolve.paths(file) ?? []).map((folder) => join(folder, file)).find(existsSync);
  if (path === undefined) throw new Error(`${file} is in no node_modules`);
  const { abi, bytecode, linkReferences } = JSON.parse(readFileSync(path, "utf8")) as Artifact & {
    linkReferences?: Links;
  };
  let code: string = bytecode;
  for (const [name, places] of Object.values(linkReferences ?? {}).flatMap((of) => Object.entries(of))) {
    const address = libraries[name];
    if (address === undefined) throw new Error(`${file} needs the address of ${name}`);
    for (const { start } of places) {
      const at = 2 + 2 * start;
      code = code.slice(0, at) + address.slice(2) + code.slice(at + 40);
    }
  }
  return { abi, bytecode: code as Hex };
}
