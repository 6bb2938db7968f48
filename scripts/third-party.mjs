// THIRD-PARTY.md: every package of the lock file with its licence, and whether we ship it.
//   node scripts/third-party.mjs           writes the file
//   node scripts/third-party.mjs --check   exit code 1 where the file is out of date
// Both fail on a shipped package whose licence is not permissive or not stated.

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const permissive = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "Python-2.0",
  "Unlicense",
  "Zlib",
]);

/** An SPDX expression is allowed if one side of every OR, and both of an AND, are. */
function allowed(licence) {
  const expression = licence.replaceAll(/[()]/g, "");
  return expression
    .split(" AND ")
    .every((part) => part.split(" OR ").some((name) => permissive.has(name.trim())));
}

const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));

/** Lock file path of the package that `name` means inside the package at `from`: the nearest node_modules upwards. */
function resolve(from, name) {
  for (let at = from; ; ) {
    const path = `${at === "" ? "" : `${at}/`}node_modules/${name}`;
    if (packages[path]) return packages[path].link ? packages[path].resolved : path;
    if (at === "") return undefined;
    const up = at.lastIndexOf("/node_modules/");
    at = up < 0 ? "" : at.slice(0, up);
  }
}

// What we ship: all that published workspaces depend on, directly or not. Peers are the user's own choice.
const shippedPaths = new Set();
const published = Object.keys(packages).filter((path) => /^(packages|apps)\/[^/]+$/.test(path));
const queue = [...published];
for (const path of queue) {
  const entry = packages[path];
  for (const name of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
    const found = resolve(path, name);
    if (found === undefined || shippedPaths.has(found)) continue;
    shippedPaths.add(found);
    queue.push(found);
  }
}

const rows = [];
const problems = [];
for (const [path, entry] of Object.entries(packages)) {
  const at = path.lastIndexOf("node_modules/");
  if (at < 0 || entry.link) continue;
  const name = path.slice(at + "node_modules/".length);
  // The lock file has no licence field for packages that state theirs in an old form.
  let licence = entry.license;
  if (!licence) {
    try {
      const manifest = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8"));
      const stated = manifest.license ?? manifest.licenses;
      licence =
        typeof stated === "string"
          ? stated
          : [stated]
              .flat()
              .map((one) => one?.type)
              .join(" OR ");
    } catch {
      // An optional package of another platform is not installed here, and its lock entry says what it can.
    }
  }
  const shipped = shippedPaths.has(path);
  if (shipped && !licence) problems.push(`${name}@${entry.version} is shipped and states no licence`);
  else if (shipped && !allowed(licence))
    problems.push(`${name}@${entry.version} is shipped under ${licence}`);
  rows.push({ name, version: entry.version, licence: licence || "none stated", shipped });
}
rows.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1));

function table(shipped) {
  const lines = rows
    .filter((row) => row.shipped === shipped)
    .map((row) => `| ${row.name} | ${row.version} | ${row.licence} |`);
  return ["| package | version | licence |", "|---|---|---|", ...new Set(lines)].join("\n");
}

const text = `# Third-party packages

Made by \`npm run licences\` from the lock file; do not edit.

## Shipped: dependencies of the published packages

Only permissive licences are allowed here.

${table(true)}

## Development only: building, tests, benchmarks and their peers

Not part of any published package.

${table(false)}
`;

const file = join(root, "THIRD-PARTY.md");
if (process.argv.includes("--check")) {
  let current = "";
  try {
    current = readFileSync(file, "utf8");
  } catch {
    // A missing file is out of date like any other.
  }
  if (current !== text) problems.push("THIRD-PARTY.md is out of date: run `npm run licences`");
} else {
  writeFileSync(file, text);
}
for (const problem of problems) console.error(problem);
console.log(
  `${rows.length} packages, ${rows.filter((row) => row.shipped).length} shipped, ${problems.length} problems`,
);
process.exit(problems.length > 0 ? 1 : 0);
