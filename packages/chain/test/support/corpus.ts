// The suites that others wrote, where they are at hand.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rlpItem } from "@heddle/engine";

const ROOT = new URL("../../../../../shared/conformance/", import.meta.url);

/** Why a test that needs these files is left out; false where they are there. */
export function missing(...files: string[]): string | false {
  const absent = files.find((file) => !existsSync(new URL(file, ROOT)));
  return absent === undefined ? false : `../shared/conformance/${absent} is not there`;
}

export function corpusFile(path: string): Buffer {
  const url = new URL(path, ROOT);
  if (!path.endsWith(".xz")) return readFileSync(url);
  return execFileSync("xz", ["-dc", fileURLToPath(url)], { maxBuffer: 2 ** 30 });
}

/** RLP items one behind the other. */
export function* rlpSequence(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const { end } = rlpItem(bytes, at, bytes.length, "sequence");
    yield bytes.subarray(at, end);
    at = end;
  }
}
