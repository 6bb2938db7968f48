// What compilers and their frameworks write: Foundry's out/, Hardhat's build-info (2 and 3), standard JSON.

import * as Bytes from "ox/Bytes";
import type { AbiEntry, CompiledCode, CompiledContract, FindSource } from "./compiled.ts";
import { SourceMap } from "./source-map.ts";
import { SourceText } from "./source-text.ts";

/** Reads a file of the project by its name in the compiler's input. */
export type ReadSource = (path: string) => SourceText | undefined;

/** A JSON file of a folder of artifacts. */
export interface ArtifactFile {
  /** Path in the folder. */
  name: string;
  json: Record<string, unknown>;
}

interface Reference {
  start: number;
  length: number;
}

interface CodeJson {
  object?: string;
  sourceMap?: string;
  linkReferences?: Record<string, Record<string, Reference[]>>;
  immutableReferences?: Record<string, Reference[]>;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const PUSH20 = 0x73;

function codeOf(json: CodeJson | undefined): CompiledCode | undefined {
  // Libraries that are not linked stand as __$…$__.
  const hex = json?.object?.replace(/^0x/, "").replaceAll(/__.{36}__/g, "00".repeat(20));
  if (json === undefined || !hex || !/^(?:[0-9a-fA-F]{2})+$/.test(hex)) return undefined;
  const bytes = Bytes.fromHex(`0x${hex}`);
  const links = Object.values(json.linkReferences ?? {}).flatMap((file) => Object.values(file).flat());
  const immutables = Object.values(json.immutableReferences ?? {}).flat();
  const holes = [...links, ...immutables].map(({ start, length }) => [start, length] as const);
  // A library knows its own address.
  if (bytes[0] === PUSH20 && bytes.subarray(1, 21).every((byte) => byte === 0)) holes.push([1, 20]);
  return {
    bytes,
    holes: holes.sort(([a], [b]) => a - b),
    map: json.sourceMap ? new SourceMap(json.sourceMap, bytes) : undefined,
  };
}

function contract(
  name: string,
  abi: unknown,
  creation: unknown,
  runtime: unknown,
  source: FindSource,
): CompiledContract {
  return {
    name,
    abi: Array.isArray(abi) ? (abi as AbiEntry[]) : [],
    creation: codeOf(isObject(creation) ? creation : undefined),
    runtime: codeOf(isObject(runtime) ? runtime : undefined),
    source,
  };
}

/** Contracts of the compiler's standard JSON; the sources' texts are those of its input where that is known. */
function* standardJson(
  output: Record<string, unknown>,
  input: unknown,
  read: ReadSource,
): Generator<CompiledContract> {
  const given = isObject(input) && isObject(input["sources"]) ? input["sources"] : {};
  const paths = new Map<number, string>();
  for (const [path, source] of Object.entries(isObject(output["sources"]) ? output["sources"] : {})) {
    if (isObject(source) && typeof source["id"] === "number") paths.set(source["id"], path);
  }
  const texts = new Map<number, SourceText | undefined>();
  const source: FindSource = (file) => {
    const path = paths.get(file);
    if (path === undefined) return undefined;
    if (!texts.has(file)) {
      const { content } = (given[path] ?? {}) as { content?: string };
      // Hardhat 3 names the files of a project so.
      const shown = path.replace(/^project\//, "");
      texts.set(file, content === undefined ? read(shown) : new SourceText(shown, Buffer.from(content)));
    }
    return texts.get(file);
  };
  for (const file of Object.values(isObject(output["contracts"]) ? output["contracts"] : {})) {
    for (const [name, json] of Object.entries(isObject(file) ? file : {})) {
      if (!isObject(json)) continue;
      const evm = (json["evm"] ?? {}) as { bytecode?: unknown; deployedBytecode?: unknown };
      yield contract(name, json["abi"], evm.bytecode, evm.deployedBytecode, source);
    }
  }
}

/** Path and name of a contract of Foundry's, as its compiler was told them. */
function targetOf({ json }: ArtifactFile): [path: string, name: string] | undefined {
  const { metadata } = json;
  const settings = isObject(metadata) ? metadata["settings"] : undefined;
  const target = isObject(settings) ? settings["compilationTarget"] : undefined;
  const [first] = isObject(target) ? Object.entries(target) : [];
  if (first !== undefined) return first as [string, string];
  const { absolutePath } = (json["ast"] ?? {}) as { absolutePath?: string };
  return absolutePath === undefined ? undefined : [absolutePath, ""];
}

function* foundry(files: readonly ArtifactFile[], read: ReadSource): Generator<CompiledContract> {
  // Numbers of files are those of one run of the compiler; most projects have one.
  const runs = files
    .map(({ json }) => json["source_id_to_path"])
    .filter(isObject)
    .map((run) => new Map(Object.entries(run).map(([id, path]) => [Number(id), String(path)])));
  const own = new Map<number, string>();
  for (const file of files) {
    const { id } = file.json;
    const path = targetOf(file)?.[0];
    if (typeof id === "number" && path !== undefined) own.set(id, path);
  }
  for (const file of files) {
    const { json, name } = file;
    if (!isObject(json["bytecode"]) || !isObject(json["deployedBytecode"])) continue;
    const id = json["id"] as number | undefined;
    const path = targetOf(file)?.[0];
    const run =
      runs.find((one) => id !== undefined && one.get(id) === path) ?? (runs.length === 1 ? runs[0]! : own);
    const source: FindSource = (number) => {
      const found = run.get(number) ?? own.get(number);
      return found === undefined ? undefined : read(found);
    };
    const called = /([^/\\]+?)(?:\.\d+\.\d+\.\d+)?\.json$/.exec(name)?.[1] ?? name;
    yield contract(called, json["abi"], json["bytecode"], json["deployedBytecode"], source);
  }
}

/** Artifacts of Hardhat alone: names and ABIs, without maps. */
function* hardhatArtifacts(files: readonly ArtifactFile[]): Generator<CompiledContract> {
  for (const { json } of files) {
    const {
      contractName,
      bytecode,
      deployedBytecode,
      linkReferences,
      deployedLinkReferences,
      immutableReferences,
    } = json as Record<string, string>;
    if (typeof contractName !== "string" || typeof deployedBytecode !== "string") continue;
    const runtime = { object: deployedBytecode, linkReferences: deployedLinkReferences, immutableReferences };
    yield contract(contractName, json["abi"], { object: bytecode, linkReferences }, runtime, () => undefined);
  }
}

/** All contracts of a folder's files; those whose sources are known come first. */
export function contractsOf(files: readonly ArtifactFile[], read: ReadSource): CompiledContract[] {
  const found: CompiledContract[] = [];
  for (const { name, json } of files) {
    // Hardhat 3 has the output in a file beside the input.
    const input = name.endsWith(".output.json")
      ? files.find((other) => other.name === name.replace(/\.output\.json$/, ".json"))?.json["input"]
      : (json["input"] ??
        files.find((other) => other.json["language"] && isObject(other.json["sources"]))?.json);
    const output = isObject(json["output"]) ? json["output"] : json;
    if (isObject(output["contracts"])) found.push(...standardJson(output, input, read));
  }
  return [...found, ...foundry(files, read), ...hardhatArtifacts(files)];
}
