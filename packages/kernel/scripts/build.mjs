// Compiles the kernel.
//   node build.mjs                 build/kernel.wasm, and for the tests build/kernel-test.wasm (assembly/testing.ts)
//                                  and build/test/<room>.wasm of every room with an assembly/<room>/testing.ts;
//                                  only what is older than its sources
//   node build.mjs --room trie     one room alone; --room kernel: the two whole kernels alone
//   --force compiles everything, --text writes .wat beside

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { activeDataSegments } from "./check-module.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values } = parseArgs({
  options: { room: { type: "string" }, force: { type: "boolean" }, text: { type: "boolean" } },
});

/** Time of the newest source; what is younger than it needs no compiling. */
const newestSource = readdirSync(join(root, "assembly"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs)
  .reduce((a, b) => Math.max(a, b), statSync(fileURLToPath(import.meta.url)).mtimeMs);

async function compile(entry, out, extra = []) {
  const target = join(root, out);
  if (!values.force && existsSync(target) && statSync(target).mtimeMs > newestSource) return;
  const asc = (await import("assemblyscript/asc")).default;
  mkdirSync(dirname(target), { recursive: true });
  // Under another name first: a test that runs meanwhile must not find half a module.
  const unfinished = `${out}.${process.pid}`;
  const { error, stderr } = await asc.main([
    entry,
    "--baseDir",
    root,
    "--outFile",
    unfinished,
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
  if (activeDataSegments(join(root, unfinished)) > 0) {
    rmSync(join(root, unfinished));
    console.error(`${out} has data segments: a second worker's start would overwrite live memory.`);
    process.exit(1);
  }
  renameSync(join(root, unfinished), target);
  console.log(`compiled ${out}`);
}

const rooms = values.room
  ? [values.room].filter((name) => name !== "kernel")
  : readdirSync(join(root, "assembly"))
      .filter((name) => existsSync(join(root, "assembly", name, "testing.ts")))
      .sort();
/** With the names of functions, for the stacks of failing tests. */
const forTests = ["--use", "TEST_BUILD=1", "--debug"];
if (!values.room || values.room === "kernel") {
  await compile("assembly/index.ts", "build/kernel.wasm");
  await compile("assembly/testing.ts", "build/kernel-test.wasm", forTests);
}
for (const room of rooms) {
  await compile(`assembly/${room}/testing.ts`, `build/test/${room}.wasm`, forTests);
}
