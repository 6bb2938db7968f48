// A corpus of one archive, made on the spot: two files of three and two entries.

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** eest/good.json: Berlin 2, London 1; eest/mixed.json: London 1, Amsterdam 1. Packed with xz. */
const ARCHIVE =
  "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AK1dADLhyOixGmd5JvtI+Uhj5eZYVbyFhdlP2pcMx7wEtePcFGt2r/kkVYMx" +
  "gzZsDETKInCphOzVaLdVBUXnFhCvPBQTLu4uHDfIYdKlMft06MNcSKPaBBUhNJyKSYUvs95AXWkLVdgDtYh8myRlYmqm1IIU" +
  "G0AVJ6f6WR6P89a75AtbYmXY+2YNrMyuDyDB4Xu8t44Va7/txBA8hQUo+1eLOsKnpYFcLl7yS19WIFcAAAAAAKGHkbJG3Bfr" +
  "AAHJAYBQAACaKjdJscRn+wIAAAAABFla";

const INDEX = [
  { path: "eest/good.json", forks: { Berlin: 2, London: 1 } },
  { path: "eest/mixed.json", forks: { London: 1, Amsterdam: 1 } },
];

/** Writes the corpus to a new folder; `index` may tell another story than the archive. */
export function smallCorpus(index: readonly unknown[] = INDEX): string {
  const corpus = mkdtempSync(join(tmpdir(), "heddle-corpus-"));
  const folder = join(corpus, "blockchain-tests");
  mkdirSync(folder);
  writeFileSync(join(folder, "small.tar.xz"), Buffer.from(ARCHIVE, "base64"));
  writeFileSync(
    join(folder, "small.index.jsonl"),
    `${index.map((line) => JSON.stringify(line)).join("\n")}\n`,
  );
  return corpus;
}
