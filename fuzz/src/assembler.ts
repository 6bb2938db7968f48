// Bytecode under construction: instructions, jumps to places not known yet, and data behind the code.

/** Where something will stand, known once all is written. */
interface Patch {
  at: number;
  /** A label, or a piece of data. */
  target: { label: number } | { data: number };
}

export class Assembler {
  readonly #bytes: number[] = [];
  readonly #patches: Patch[] = [];
  readonly #labels: number[] = [];
  readonly #data: Uint8Array[] = [];
  readonly #hasPush0: boolean;

  constructor(hasPush0: boolean) {
    this.#hasPush0 = hasPush0;
  }

  get length(): number {
    return this.#bytes.length;
  }

  op(...codes: number[]): this {
    this.#bytes.push(...codes);
    return this;
  }

  raw(bytes: Uint8Array): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  /** The shortest push of a number. */
  push(value: bigint | number): this {
    if (BigInt(value) === 0n) return this.#hasPush0 ? this.op(0x5f) : this.op(0x60, 0);
    const digits = value.toString(16);
    return this.pushHex(digits.length % 2 === 0 ? digits : `0${digits}`);
  }

  /** A push of these bytes. */
  pushHex(digits: string): this {
    this.op(0x5f + digits.length / 2);
    for (let i = 0; i < digits.length; i += 2) this.op(Number.parseInt(digits.slice(i, i + 2), 16));
    return this;
  }

  /** A name for a place that `place` gives it. */
  label(): number {
    return this.#labels.push(-1) - 1;
  }

  /** The label stands here: a JUMPDEST. */
  place(label: number): this {
    this.#labels[label] = this.#bytes.length;
    return this.op(0x5b);
  }

  pushLabel(label: number): this {
    this.#patches.push({ at: this.#bytes.length + 1, target: { label } });
    return this.op(0x61, 0, 0);
  }

  /** Puts bytes behind the code and pushes where they will stand. */
  pushData(bytes: Uint8Array): this {
    const data = this.#data.push(bytes) - 1;
    this.#patches.push({ at: this.#bytes.length + 1, target: { data } });
    return this.op(0x61, 0, 0);
  }

  finish(): Uint8Array {
    const code = [...this.#bytes];
    const places = this.#data.map((bytes) => {
      const at = code.length;
      for (const byte of bytes) code.push(byte);
      return at;
    });
    for (const { at, target } of this.#patches) {
      const value = "label" in target ? this.#labels[target.label]! : places[target.data]!;
      code[at] = (value >> 8) & 0xff;
      code[at + 1] = value & 0xff;
    }
    return Uint8Array.from(code);
  }
}
