// Compiles the kernel: `node build.mjs` makes build/kernel.wasm and build/kernel-test.wasm (with yield points);
// `node build.mjs --entry assembly/trie/testing.ts --out build/dev/trie.wasm` compiles one part alone.

import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values } = parseArgs({
  options: { entry: { type: "string" }, out: { type: "string" }, text: { type: "boolean" } },
});
const asc = (await import("assemblyscript/asc")).default;

async function compile(entry, out, extra = []) {
  mkdirSync(dirname(join(root, out)), { recursive: true });
  const { error, stderr } = await asc.main([
    entry,
    "--baseDir",
    root,
    "--outFile",
    out,
    ...(values.text ? ["--textFile", out.replace(/\.wasm$/, ".wat")] : []),
    ...["-O3", "--noAssert", "--uncheckedBehavior", "always", "--runtime", "stub"],
    ...["--importMemory", "--sharedMemory", "--initialMemory", "4", "--maximumMemory", "65536"],
    ...["--enable", "simd", "--enable", "threads", "--enable", "bulk-memory"],
    // Classes of unmanaged memory are exported for other rooms of the kernel, not for the host.
    ...["--disableWarning", "235"],
    ...extra,
  ]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  const { activeDataSegments } = await import(pathToFileURL(join(root, "scripts/check-module.mjs")));
  const segments = activeDataSegments(join(root, out));
  if (segments > 0) {
    console.error(`${out} has ${segments} data segments: a second worker would overwrite live memory.`);
    process.exit(1);
  }
}

if (values.entry) {
  await compile(values.entry, values.out ?? "build/dev/entry.wasm");
} else {
  await compile("assembly/index.ts", "build/kernel.wasm");
  await compile("assembly/testing.ts", "build/kernel-test.wasm", ["--use", "TEST_BUILD=1"]);
}
