// JavaScript and type files of the published packages into their dist/ folders. The kernel's WebAssembly is built by
// packages/kernel/scripts/build.mjs, which `npm run build` runs first.

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { publicPackages } from "./packages/public.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
// What an earlier build left of a source that is gone would be packed.
for (const { folder } of publicPackages()) rmSync(join(folder, "dist"), { recursive: true, force: true });
const { status } = spawnSync(
  join(root, "node_modules", ".bin", "tsc"),
  ["-b", "apps/cli/tsconfig.build.json"],
  { cwd: root, stdio: "inherit" },
);
process.exit(status ?? 1);
