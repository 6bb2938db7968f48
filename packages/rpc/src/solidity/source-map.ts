// Source maps of the Solidity compiler: which piece of source each instruction of a contract comes from
// (https://docs.soliditylang.org/en/latest/internals/source_mappings.html).

/** Where an instruction comes from. */
export interface SourceRange {
  /** Offset in bytes. */
  start: number;
  length: number;
  /** Number of the file; -1 = code that the compiler made by itself. */
  file: number;
  /** "i" = a jump into a function, "o" = one out of it, "-" = any other. */
  jump: string;
}

/** Ranges by instruction; what an entry leaves out is as in the one before. */
function parse(text: string): SourceRange[] {
  let [start, length, file, jump] = [0, 0, -1, "-"];
  return text.split(";").map((entry) => {
    const [s, l, f, j] = entry.split(":");
    if (s) start = Number(s);
    if (l) length = Number(l);
    if (f) file = Number(f);
    if (j) jump = j;
    return { start, length, file, jump };
  });
}

const PUSH1 = 0x60;
const PUSH32 = 0x7f;

/** Number of the instruction by its place in the code. */
function instructions(code: Uint8Array): Map<number, number> {
  const numbers = new Map<number, number>();
  for (let pc = 0; pc < code.length; ) {
    numbers.set(pc, numbers.size);
    const opcode = code[pc]!;
    pc += opcode >= PUSH1 && opcode <= PUSH32 ? opcode - PUSH1 + 2 : 1;
  }
  return numbers;
}

/** The source map of one code, read when it is first asked. */
export class SourceMap {
  readonly #text: string;
  readonly #code: Uint8Array;
  #ranges: SourceRange[] | undefined;
  #instructions: Map<number, number> | undefined;

  constructor(text: string, code: Uint8Array) {
    this.#text = text;
    this.#code = code;
  }

  /** Where the instruction at `pc` comes from. */
  at(pc: number): SourceRange | undefined {
    this.#ranges ??= parse(this.#text);
    this.#instructions ??= instructions(this.#code);
    const number = this.#instructions.get(pc);
    return number === undefined ? undefined : this.#ranges[number];
  }
}
