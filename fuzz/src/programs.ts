// Random programs: mostly such that run for a while, because the stack is deep enough, offsets are small and jumps go
// to real places; some of any bytes.

import type { Opcode } from "@heddle/kernel";
import { Assembler } from "./assembler.ts";
import { PRECOMPILES } from "./coverage.ts";
import { type Kind, OPERANDS } from "./operands.ts";
import { precompileInput } from "./precompile-inputs.ts";
import { isBeyondOracle, looksLikeDelegation } from "./revm.ts";
import type { World } from "./world.ts";

/** Ends or leaves what is being written, so it comes seldom. */
const ENDING = new Set(["STOP", "RETURN", "REVERT", "INVALID", "SELFDESTRUCT", "JUMP", "JUMPI"]);
const OP = { SSTORE: 0x55, MSTORE: 0x52, CODECOPY: 0x39, RETURN: 0xf3, KECCAK256: 0x20, GAS: 0x5a };

class ProgramWriter {
  readonly #world: World;
  readonly #code: Assembler;
  /** How deep creations and bodies are nested in this program. */
  readonly #depth: number;
  #stack = 0;

  constructor(world: World, depth: number) {
    this.#world = world;
    this.#code = new Assembler(world.has("Shanghai"));
    this.#depth = depth;
  }

  write(length: number): Uint8Array {
    for (let i = 0; i < length; i++) this.#statement();
    this.#flush();
    if (this.#world.random.chance(25)) this.#instruction(this.#named(["RETURN", "REVERT", "SELFDESTRUCT"]));
    return this.#code.finish();
  }

  #named(names: readonly string[]): Opcode {
    const known = this.#world.opcodes.filter(({ name }) => names.includes(name));
    return this.#world.random.pick(known);
  }

  #statement(): void {
    const { random } = this.#world;
    random.weighted<() => void>([
      [50, () => this.#any()],
      [10, () => this.#call()],
      [9, () => this.#count()],
      [6, () => this.#precompile()],
      [this.#depth < 2 ? 5 : 0, () => this.#create()],
      [6, () => this.#branch()],
      [3, () => this.#loop()],
      [8, () => this.#flush()],
      [3, () => this.#observeGas()],
      [6, () => this.#returnData()],
      [random.chance(35) ? 1 : 0, () => this.#wildJump()],
    ])();
  }

  #any(): void {
    const { random, opcodes } = this.#world;
    const opcode = random.pick(opcodes);
    if (ENDING.has(opcode.name) && !random.chance(10)) return;
    // A third of all numbers are pushes, and as many deal with the stack: those come by themselves.
    if (opcode.code >= 0x60 && opcode.code < 0xa0 && random.chance(50)) return;
    this.#instruction(opcode);
  }

  #instruction(opcode: Opcode): void {
    const { random } = this.#world;
    const code = this.#code;
    if (opcode.immediate > 0) {
      code.op(opcode.code).raw(random.bytes(opcode.immediate));
    } else {
      const kinds = OPERANDS[opcode.name];
      if (kinds !== undefined && random.chance(98.5)) {
        for (let i = kinds.length - 1; i >= 0; i--) this.#operand(kinds[i]!);
      } else if (!random.chance(0.15)) {
        while (this.#stack < opcode.inputs || (opcode.inputs <= 3 && random.chance(30))) {
          this.#operand("word");
        }
      }
      code.op(opcode.code);
    }
    this.#stack = Math.max(0, this.#stack - opcode.inputs) + opcode.outputs;
    if (this.#stack > 24) {
      code.op(0x50, 0x50, 0x50, 0x50);
      this.#stack -= 4;
    }
  }

  #operand(kind: Kind): void {
    const { random } = this.#world;
    const code = this.#code;
    this.#stack++;
    if (random.chance(0.4)) {
      code.push(random.word());
      return;
    }
    switch (kind) {
      case "offset":
        code.push(random.chance(98) ? random.skewed(300) : random.skewed(70_000));
        return;
      case "size":
        code.push(random.chance(98) ? random.skewed(150) : random.skewed(5_000));
        return;
      case "small":
        code.push(random.skewed(260));
        return;
      case "slot":
        code.push(this.#world.slot());
        return;
      case "block":
        if (random.chance(50)) code.push(random.below(8));
        else code.push(random.below(4)).op(0x43, 0x03);
        return;
      case "returned":
        // Nothing, or all from the begin on; beyond the end the frame fails.
        if (random.chance(90)) code.push(0);
        else code.op(0x3d);
        return;
      case "gas":
        // A call that fails takes all that it was given, so it is seldom given all.
        if (random.chance(12)) code.op(OP.GAS);
        else if (random.chance(4)) code.push(random.pick([2 ** 32, 0xffffffffffffffffn]));
        else code.push(random.pick([0, 2300, 9000, random.skewed(100_000), random.between(10_000, 120_000)]));
        return;
      case "value":
        code.push(random.chance(65) ? 0 : random.skewed(1000));
        return;
      case "address":
        this.#address();
        return;
      default:
        code.push(random.word());
    }
  }

  #address(): void {
    const { random } = this.#world;
    const code = this.#code;
    if (random.chance(8)) code.op(random.pick([0x30, 0x32, 0x33, 0x41]));
    // Dirt above the 20 bytes must not matter.
    else if (random.chance(3)) code.pushHex(random.hex(12) + this.#world.address().slice(2));
    else code.pushHex(this.#world.address().slice(2));
  }

  /** A call whose success is kept. */
  #call(): void {
    this.#instruction(this.#named(["CALL", "CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"]));
    if (this.#world.random.chance(60)) this.#store();
  }

  /** The uppermost word to a slot. */
  #store(): void {
    this.#code.push(this.#world.slot()).op(OP.SSTORE);
    this.#stack = Math.max(0, this.#stack - 1);
  }

  /** A counter that everybody counts up. */
  #count(): void {
    const slot = this.#world.slot();
    this.#code.push(slot).op(0x54).push(this.#world.random.between(1, 3)).op(0x01).push(slot).op(OP.SSTORE);
  }

  #precompile(): void {
    const { random } = this.#world;
    const code = this.#code;
    const address = random.pick(PRECOMPILES);
    const input = Uint8Array.from(Buffer.from(precompileInput(random, address), "hex"));
    code.push(input.length).pushData(input).push(0).op(OP.CODECOPY);
    const room = random.skewed(260);
    code.push(room).push(random.skewed(300)).push(input.length).push(0);
    const kind = random.pick([0xf1, 0xf1, 0xf2, 0xf4, 0xfa]);
    if (kind <= 0xf2) code.push(random.chance(90) ? 0 : 1);
    code.push(address);
    if (random.chance(10)) code.op(OP.GAS);
    else code.push(random.chance(20) ? random.skewed(50_000) : random.between(5_000, 130_000));
    code.op(kind);
    this.#stack++;
    this.#store();
    if (random.chance(60)) this.#returnData();
  }

  #create(): void {
    const { random } = this.#world;
    const code = this.#code;
    const init = initProgram(this.#world, this.#depth + 1);
    code.push(init.length).pushData(init).push(0).op(OP.CODECOPY);
    const second = this.#world.has("Petersburg") && random.chance(50);
    if (second) code.push(random.below(3));
    code
      .push(init.length)
      .push(0)
      .push(random.chance(70) ? 0 : random.below(50));
    code.op(second ? 0xf5 : 0xf0);
    this.#stack++;
    if (random.chance(50)) {
      // Calls what was just made, with the address that is on the stack.
      code
        .push(0)
        .push(0)
        .push(0)
        .push(0)
        .push(random.chance(70) ? 0 : 1)
        .op(0x85);
      code.push(random.skewed(200_000)).op(0xf1);
      this.#stack++;
    }
    if (random.chance(50)) this.#store();
  }

  #branch(): void {
    const code = this.#code;
    const end = code.label();
    this.#operand(this.#world.random.chance(50) ? "small" : "word");
    code.pushLabel(end).op(0x57);
    this.#stack--;
    const before = this.#stack;
    const { random } = this.#world;
    for (let i = random.below(3); i > 0; i--) this.#statement();
    // Both ways come here with the same depth.
    for (; this.#stack > before; this.#stack--) code.op(0x50);
    for (; this.#stack < before; this.#stack++) code.push(random.below(3));
    code.place(end);
  }

  #loop(): void {
    const { random } = this.#world;
    const code = this.#code;
    const begin = code.label();
    code.push(random.between(1, random.chance(90) ? 6 : 200)).place(begin);
    const slot = this.#world.slot();
    switch (random.below(4)) {
      case 0:
        code.op(0x80).push(slot).op(OP.SSTORE);
        break;
      case 1:
        code.op(0x80).push(32).op(OP.MSTORE).push(64).push(0).op(OP.KECCAK256).push(0).op(OP.MSTORE);
        break;
      case 2:
        code.push(slot).op(0x54, 0x81, 0x01).push(slot).op(OP.SSTORE);
        break;
      default:
        code.push(0).push(0).push(0).push(0).push(0).pushHex(this.#world.address().slice(2));
        code.push(random.skewed(60_000)).op(0xf1, 0x50);
    }
    code.push(1).op(0x90, 0x03, 0x80).pushLabel(begin).op(0x57, 0x50);
  }

  /** What is on the stack becomes something that others see: memory, then a log or a slot. */
  #flush(): void {
    const { random } = this.#world;
    const code = this.#code;
    const words = Math.min(this.#stack, 6);
    if (words === 0) return;
    for (let i = 0; i < words; i++) code.push(i * 32).op(OP.MSTORE);
    this.#stack -= words;
    if (random.chance(60))
      code
        .push(words * 32)
        .push(0)
        .op(0xa0);
    else
      code
        .push(words * 32)
        .push(0)
        .op(OP.KECCAK256)
        .push(this.#world.slot())
        .op(OP.SSTORE);
  }

  /** The gas that is left becomes part of the state. */
  #observeGas(): void {
    this.#code.op(OP.GAS);
    this.#stack++;
    this.#store();
  }

  /** The hash of the last call's output. */
  #returnData(): void {
    const code = this.#code;
    code.op(0x3d).push(0).push(0).op(0x3e).op(0x3d).push(0).op(OP.KECCAK256);
    this.#stack++;
    this.#store();
  }

  /** Anywhere: into the data of a push, behind the end, or to a place that happens to be right. */
  #wildJump(): void {
    const { random } = this.#world;
    const code = this.#code;
    if (random.chance(50)) {
      // A JUMPDEST that is data of a push.
      code.push(code.length + 4).op(0x56, 0x60, 0x5b);
      return;
    }
    code.push(random.below(4)).push(random.skewed(600)).op(0x57);
  }
}

/** Some bytes of a program replaced. */
function damaged(world: World, code: Uint8Array): Uint8Array {
  const { random } = world;
  for (let i = random.between(1, 4); i > 0 && code.length > 0; i--) {
    code[random.below(code.length)] = random.chance(50) ? random.below(256) : random.pick(world.opcodes).code;
  }
  return code;
}

/** Code of a contract that the oracle takes for one. */
function heldByOracle(code: Uint8Array): Uint8Array {
  return isBeyondOracle(code) || looksLikeDelegation(code) ? Uint8Array.of(0x5b, ...code) : code;
}

/** Code of a contract. */
export function contractProgram(world: World, depth = 0): Uint8Array {
  const { random } = world;
  if (random.chance(5)) return heldByOracle(random.bytes(random.skewed(400)));
  const code = new ProgramWriter(world, depth).write(
    depth > 0 ? random.skewed(8) : random.chance(30) ? random.skewed(12) : random.between(8, 60),
  );
  return heldByOracle(random.chance(8) ? damaged(world, code) : code);
}

/** Code that runs to make a contract. */
export function initProgram(world: World, depth = 0): Uint8Array {
  const { random } = world;
  const code = new Assembler(world.has("Shanghai"));
  switch (
    random.weighted([
      [14, 0],
      [4, 1],
      [2, 2],
      [1, 3],
      [1, 4],
    ])
  ) {
    case 0: {
      const child = contractProgram(world, depth + 1);
      if (random.chance(30)) code.raw(new ProgramWriter(world, depth + 1).write(random.below(3)));
      code.push(child.length).pushData(child).push(0).op(OP.CODECOPY);
      return code.push(child.length).push(0).op(OP.RETURN).finish();
    }
    case 1:
      return contractProgram(world, depth + 1);
    case 2:
      // A contract must not begin with 0xef (EIP-3541).
      code
        .push(random.pick([0xef, 0xef, 0xee]))
        .push(0)
        .op(0x53);
      return code.push(random.below(4)).push(0).op(OP.RETURN).finish();
    case 3:
      // The largest that is allowed (EIP-170), and one more.
      return code
        .push(24_576 + random.below(2))
        .push(0)
        .op(OP.RETURN)
        .finish();
    default:
      return random.bytes(random.skewed(100));
  }
}
