// Packs every public package: builds, then writes the tarballs that a registry would get.
//   npm run pack                  into build/packages
//   npm run pack -- --out FOLDER

import { mkdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { run } from "./packages/npm.mjs";
import { packAll } from "./packages/pack.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values } = parseArgs({ options: { out: { type: "string" } } });
const out = resolve(values.out ?? join(root, "build", "packages"));
mkdirSync(out, { recursive: true });
process.stdout.write(run(process.execPath, [join(root, "scripts", "build.mjs")], { cwd: root }));
for (const { file, size, entryCount } of packAll(out)) {
  console.log(`${relative(process.cwd(), file)}  ${Math.round(size / 1024)} KiB, ${entryCount} files`);
}
