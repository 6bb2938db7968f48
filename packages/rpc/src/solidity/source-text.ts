// A Solidity file: lines, and which function and contract a place belongs to.

interface Scope {
  kind: "contract" | "function" | "other";
  name: string;
  start: number;
  end: number;
}

/** Comments, strings, names, and what opens and closes. */
const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[A-Za-z_$][\w$]*|[{}();]/g;
const NAME = /^[A-Za-z_$]/;
const CONTRACTS = new Set(["contract", "library", "interface"]);
const UNNAMED = new Set(["constructor", "receive", "fallback"]);

/** All that has braces, as far as it has a name here. Functions without a body have none of their own. */
function scopesOf(text: string): Scope[] {
  const scopes: Scope[] = [];
  const open: Scope[] = [];
  let next: Pick<Scope, "kind" | "name" | "start"> | undefined;
  let before = "";
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token.startsWith("/") || token.startsWith('"') || token.startsWith("'")) continue;
    if (token === "{") {
      open.push({ kind: "other", name: "", start: index, ...next, end: text.length });
      next = undefined;
    } else if (token === "}") {
      const scope = open.pop();
      if (scope !== undefined) scopes.push({ ...scope, end: index + 1 });
    } else if (token === ";") next = undefined;
    else if (NAME.test(token) && CONTRACTS.has(before))
      next = { kind: "contract", name: token, start: index };
    else if (NAME.test(token) && (before === "function" || before === "modifier")) {
      next = { kind: "function", name: token, start: index - before.length - 1 };
    } else if (
      token === "(" &&
      UNNAMED.has(before) &&
      open.at(-1)?.kind === "contract" &&
      next === undefined
    ) {
      next = { kind: "function", name: before, start: index - before.length };
    }
    before = token;
  }
  return [...scopes, ...open];
}

/** A source file; offsets are in bytes, as the compiler counts them. */
export class SourceText {
  readonly path: string;
  /** A character a byte. */
  readonly #text: string;
  #scopes: Scope[] | undefined;

  constructor(path: string, content: Uint8Array) {
    this.path = path;
    this.#text = Buffer.from(content).toString("latin1");
  }

  /** Line and column of a place, both from 1 on. */
  place(offset: number): { line: number; column: number } {
    const before = this.#text.slice(0, offset);
    const line = before.split("\n").length;
    return { line, column: offset - before.lastIndexOf("\n") };
  }

  #innermost(kind: Scope["kind"], start: number, end: number): Scope | undefined {
    this.#scopes ??= scopesOf(this.#text);
    let best: Scope | undefined;
    for (const scope of this.#scopes) {
      if (scope.kind !== kind || scope.start > start || scope.end < end) continue;
      if (best === undefined || scope.start > best.start) best = scope;
    }
    return best;
  }

  /** The function around a range, and where it begins; undefined where there is none. */
  functionAt(start: number, end: number): { name: string; start: number } | undefined {
    return this.#innermost("function", start, end);
  }

  /** Name of the contract around a range. */
  contractAt(start: number, end: number): string | undefined {
    return this.#innermost("contract", start, end)?.name;
  }
}
