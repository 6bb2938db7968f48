// Tarballs of the public packages, looked at before anybody gets them.

import { join } from "node:path";
import { run } from "./npm.mjs";
import { publicPackages } from "./public.mjs";

/** What a package may hold. Everything else in it is a mistake in its `files`. */
const ALLOWED =
  /^(package\.json|README\.md|LICENSE|dist\/.+\.(js|d\.ts)|bin\/[^/]+\.mjs|build\/kernel\.wasm)$/;

/** Conditions of `exports` that only a checkout has the files for. */
const SOURCES = "@heddle/source";

/** All file paths that `exports` and `bin` of a manifest lead to for those who install it. */
function targets({ exports, bin = {} }) {
  const paths = Object.values(bin);
  const collect = (target, condition) => {
    if (typeof target === "string") {
      if (condition !== SOURCES) paths.push(target);
    } else for (const [name, inner] of Object.entries(target)) collect(inner, name);
  };
  collect(exports, undefined);
  return paths.map((path) => path.replace(/^\.\//, ""));
}

/** What is wrong with a packed package, in words. */
function problemsOf(manifest, files) {
  const problems = files.filter((file) => !ALLOWED.test(file)).map((file) => `${file} should not be packed`);
  const wanted = ["package.json", "README.md", "LICENSE", ...targets(manifest)];
  if (manifest.name === "@heddle/kernel") wanted.push("build/kernel.wasm");
  for (const file of wanted) if (!files.includes(file)) problems.push(`${file} is missing`);
  return problems;
}

/**
 * Packs what `scripts/build.mjs` built into the folder `out`; gives each tarball's path, size in bytes and number of files.
 * @throws Error naming a file that is missing from a package or too much in it
 */
export function packAll(out) {
  return publicPackages().map(({ folder, manifest }) => {
    // Not the package's own `prepack`, which would build all of them for each.
    const args = ["pack", "--json", "--ignore-scripts", "--loglevel=error", "--pack-destination", out];
    const answer = JSON.parse(run("npm", args, { cwd: folder }));
    // An array until npm 11, by name from npm 12 on.
    const [packed] = Object.values(answer);
    const problems = problemsOf(
      manifest,
      packed.files.map((file) => file.path),
    );
    if (problems.length > 0) throw new Error(`${manifest.name}: ${problems.join("; ")}`);
    return { file: join(out, packed.filename), size: packed.size, entryCount: packed.entryCount };
  });
}
