// A contract of Solidity, compiled as its framework would, with the files that each framework writes.

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Hex } from "@heddle/engine";

const require = createRequire(import.meta.url);

export const SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

contract Purse {
    error TooLittle(uint256 available, string what, address who);
    uint256 immutable limit;

    constructor(uint256 l) {
        require(l > 0, unicode"no límit");
        limit = l;
    }

    function take(uint256 amount) public view {
        check(amount);
    }

    function check(uint256 amount) internal view {
        if (amount > limit) revert TooLittle(limit, "coins", msg.sender);
    }
}

contract Owner {
    Purse public purse = new Purse(5);
    uint256 taken;

    function spend(uint256 amount) external {
        taken += amount;
        purse.take(amount);
    }

    function lessen(uint256 by) external view returns (uint256) {
        return taken - by;
    }

    function careful() external returns (string memory) {
        try purse.take(100) {} catch {}
        require(taken == 1, "not one");
        return "fine";
    }
}
`;

const FILE = "src/Purse.sol";

interface Compiled {
  abi: readonly { type: string; name?: string }[];
  evm: Record<"bytecode" | "deployedBytecode", { object: string }>;
}

export interface Output {
  sources: Record<string, { id: number }>;
  contracts: Record<string, Record<string, Compiled>>;
}

const input = (source: string) => ({
  language: "Solidity",
  sources: { [FILE]: { content: source } },
  settings: {
    evmVersion: "cancun",
    outputSelection: { "*": { "*": ["abi", "evm.bytecode", "evm.deployedBytecode", "metadata"] } },
  },
});

/** What the compiler gives for a source. */
export function compile(source: string): Output {
  const solc = require("solc") as { compile(input: string): string };
  return JSON.parse(solc.compile(JSON.stringify(input(source)))) as Output;
}

/** Creation code of a contract. */
export function creationOf(output: Output, name: string): Hex {
  return `0x${output.contracts[FILE]![name]!.evm.bytecode.object}`;
}

type Files = Record<string, unknown>;

/** The files in which the same output is found: those of Foundry, of Hardhat 2 and 3, and of the compiler alone. */
export const layouts: Record<string, (output: Output, source: string) => Files> = {
  Foundry: (output, source) => ({
    [FILE]: source,
    "out/build-info/a1.json": { id: "a1", source_id_to_path: { 0: FILE }, language: "Solidity" },
    ...Object.fromEntries(
      Object.entries(output.contracts[FILE]!).map(([name, { abi, evm }]) => [
        `out/Purse.sol/${name}.json`,
        {
          abi,
          bytecode: { ...evm.bytecode, object: `0x${evm.bytecode.object}` },
          deployedBytecode: { ...evm.deployedBytecode, object: `0x${evm.deployedBytecode.object}` },
          metadata: { settings: { compilationTarget: { [FILE]: name } } },
          id: 0,
        },
      ]),
    ),
  }),
  "Hardhat 2": (output, source) => ({
    "out/build-info/b1.json": { _format: "hh-sol-build-info-1", input: input(source), output },
    "out/src/Purse.sol/Purse.dbg.json": { buildInfo: "../../build-info/b1.json" },
  }),
  "Hardhat 3": (output, source) => ({
    "out/build-info/c1.json": { _format: "hh3-sol-build-info-1", id: "c1", input: input(source) },
    "out/build-info/c1.output.json": { _format: "hh3-sol-build-info-output-1", id: "c1", output },
  }),
  "standard JSON": (output, source) => ({ [FILE]: source, "out/output.json": output }),
};

/** Writes files into a new folder; the folder of artifacts in it. */
export function written(files: Files): string {
  const root = mkdtempSync(join(tmpdir(), "heddle-artifacts-"));
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  }
  return join(root, "out");
}
