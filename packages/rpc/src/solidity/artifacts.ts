// The artifacts of a project's contracts in a folder, read again when they change: who compiles need not start the node anew.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Hex } from "@heddle/engine";
import { type ArtifactFile, contractsOf } from "./artifact-formats.ts";
import { type CompiledCode, type CompiledContract, isCreationOf, isRuntimeOf } from "./compiled.ts";
import { errorSelector, errorText } from "./custom-errors.ts";
import { SourceText } from "./source-text.ts";

/** Milliseconds for which the folder is taken to be as it was. */
const FRESH = 500;
/** Folders of these names are not looked into. */
const SKIPPED = new Set(["node_modules", ".git"]);

interface KnownFile extends Partial<ArtifactFile> {
  /** Time of change and size. */
  stamp: string;
}

/** Code of the chain whose contract is known. */
export interface KnownCode {
  contract: CompiledContract;
  code: CompiledCode;
}

function* jsonFiles(folder: string, prefix = ""): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory() && !SKIPPED.has(entry.name))
      yield* jsonFiles(join(folder, entry.name), `${name}/`);
    else if (entry.isFile() && name.endsWith(".json") && !name.endsWith(".dbg.json")) yield name;
  }
}

/** Contracts that a framework or a compiler has written into a folder. */
export class Artifacts {
  readonly folder: string;
  #files = new Map<string, KnownFile>();
  #contracts: CompiledContract[] = [];
  #found = new Map<string, KnownCode | undefined>();
  #sources = new Map<string, SourceText | undefined>();
  #looked = 0;

  /** @throws Error where the folder cannot be read */
  constructor(folder: string) {
    this.folder = resolve(folder);
    readdirSync(this.folder);
  }

  /** Contracts of the folder as it is now. */
  get contracts(): readonly CompiledContract[] {
    this.#refresh();
    return this.#contracts;
  }

  #refresh(): void {
    if (performance.now() - this.#looked < FRESH && this.#looked > 0) return;
    const files = new Map<string, KnownFile>();
    let changed = false;
    try {
      for (const name of jsonFiles(this.folder)) {
        const { mtimeMs, size } = statSync(join(this.folder, name));
        const stamp = `${mtimeMs} ${size}`;
        const known = this.#files.get(name);
        if (known?.stamp === stamp) files.set(name, known);
        else {
          files.set(name, { stamp, ...this.#read(name) });
          changed = true;
        }
      }
    } catch {
      // Somebody is writing it anew: it stays as it was, and is looked at again.
      return;
    }
    this.#looked = performance.now();
    if (!changed && files.size === this.#files.size) return;
    this.#files = files;
    this.#found.clear();
    this.#sources.clear();
    const readable = [...files.values()].filter(
      (file): file is KnownFile & ArtifactFile => file.json !== undefined,
    );
    this.#contracts = contractsOf(readable, (path) => this.#source(path));
  }

  /** A file that is no JSON, as one that is being written, is none. */
  #read(name: string): ArtifactFile | undefined {
    try {
      const json: unknown = JSON.parse(readFileSync(join(this.folder, name), "utf8"));
      if (typeof json !== "object" || json === null) return undefined;
      return { name, json: json as Record<string, unknown> };
    } catch {
      return undefined;
    }
  }

  /** A source by its name in the compiler's input: beside the folder of artifacts, or above it. */
  #source(path: string): SourceText | undefined {
    if (this.#sources.has(path)) return this.#sources.get(path);
    const roots = isAbsolute(path)
      ? [""]
      : [dirname(this.folder), this.folder, dirname(dirname(this.folder))];
    let text: SourceText | undefined;
    for (const root of roots) {
      try {
        text = new SourceText(path, readFileSync(root === "" ? path : join(root, path)));
        break;
      } catch {
        // The next place may have it.
      }
    }
    this.#sources.set(path, text);
    return text;
  }

  /** The contract that code of the chain is of; `key` stands for the code, such as its hash. */
  find(key: string, code: Uint8Array, isCreation: boolean): KnownCode | undefined {
    const { contracts } = this;
    if (this.#found.has(key)) return this.#found.get(key);
    let found: KnownCode | undefined;
    for (const contract of contracts) {
      const compiled = isCreation ? contract.creation : contract.runtime;
      if (compiled === undefined) continue;
      if (!(isCreation ? isCreationOf(code, compiled) : isRuntimeOf(code, compiled))) continue;
      found = { contract, code: compiled };
      break;
    }
    this.#found.set(key, found);
    return found;
  }

  /** What a custom error says, such as `TooLittle(5, 7)`: by the ABI of `first`, else of any contract. */
  errorText(data: Hex, first?: CompiledContract): string | undefined {
    const { contracts } = this;
    const selector = data.slice(0, 10);
    for (const { abi } of first === undefined ? contracts : [first, ...contracts]) {
      for (const entry of abi) {
        if (entry.type !== "error" || errorSelector(entry) !== selector) continue;
        const text = errorText(entry, data);
        if (text !== undefined) return text;
      }
    }
    return undefined;
  }
}
