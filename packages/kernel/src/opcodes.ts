// The one table of opcode facts: number, stack need and change, static gas, the fork that brought it. The kernel's
// decoder reads the bytes that `encodeOpcodeTable` makes of it; names serve traces and tests.

/** Forks in order, numbered as in the kernel (assembly/status.ts). */
export const forkNames = [
  "Frontier",
  "Homestead",
  "Tangerine",
  "Spurious",
  "Byzantium",
  "Constantinople",
  "Petersburg",
  "Istanbul",
  "Berlin",
  "London",
  "Paris",
  "Shanghai",
  "Cancun",
  "Prague",
  "Osaka",
  "Amsterdam",
] as const;

export type ForkName = (typeof forkNames)[number];

/** Gas at its fork, and from which forks on it is another. */
export type GasByFork = readonly [first: number, ...changes: (readonly [since: ForkName, gas: number])[]];

/** EIPs after Osaka that bring opcodes. */
export type OpcodeEip = 7843 | 8024;

export interface Opcode {
  readonly code: number;
  readonly name: string;
  /** Words taken from and put on the stack. */
  readonly inputs: number;
  readonly outputs: number;
  /** What it costs whatever its operands and the state are; the rest is charged by its handler. */
  readonly gas: GasByFork;
  readonly since: ForkName;
  /** The EIP that brings it, where the rules name EIPs one by one: then it is there with that, whatever the fork. */
  readonly eip: OpcodeEip | undefined;
  /** Bytes of immediate data that follow it whatever they are; DUPN, SWAPN and EXCHANGE look at theirs (EIP-8024). */
  readonly immediate: number;
  /** Ends a basic block: goes elsewhere, or observes how much gas is left. */
  readonly endsBlock: boolean;
  /** What follows is reached by a jump only. */
  readonly stops: boolean;
  /** Accesses state: under EIP-7928 the instruction ends its block. */
  readonly accesses: boolean;
}

type Row = readonly [
  code: number,
  name: string,
  inputs: number,
  outputs: number,
  gas: number | GasByFork,
  since?: ForkName | OpcodeEip,
];

const rows: Row[] = [
  [0x00, "STOP", 0, 0, 0],
  [0x01, "ADD", 2, 1, 3],
  [0x02, "MUL", 2, 1, 5],
  [0x03, "SUB", 2, 1, 3],
  [0x04, "DIV", 2, 1, 5],
  [0x05, "SDIV", 2, 1, 5],
  [0x06, "MOD", 2, 1, 5],
  [0x07, "SMOD", 2, 1, 5],
  [0x08, "ADDMOD", 3, 1, 8],
  [0x09, "MULMOD", 3, 1, 8],
  [0x0a, "EXP", 2, 1, 10],
  [0x0b, "SIGNEXTEND", 2, 1, 5],
  [0x10, "LT", 2, 1, 3],
  [0x11, "GT", 2, 1, 3],
  [0x12, "SLT", 2, 1, 3],
  [0x13, "SGT", 2, 1, 3],
  [0x14, "EQ", 2, 1, 3],
  [0x15, "ISZERO", 1, 1, 3],
  [0x16, "AND", 2, 1, 3],
  [0x17, "OR", 2, 1, 3],
  [0x18, "XOR", 2, 1, 3],
  [0x19, "NOT", 1, 1, 3],
  [0x1a, "BYTE", 2, 1, 3],
  [0x1b, "SHL", 2, 1, 3, "Constantinople"],
  [0x1c, "SHR", 2, 1, 3, "Constantinople"],
  [0x1d, "SAR", 2, 1, 3, "Constantinople"],
  [0x1e, "CLZ", 1, 1, 5, "Osaka"],
  [0x20, "KECCAK256", 2, 1, 30],
  [0x30, "ADDRESS", 0, 1, 2],
  [0x31, "BALANCE", 1, 1, [20, ["Tangerine", 400], ["Istanbul", 700], ["Berlin", 100]]],
  [0x32, "ORIGIN", 0, 1, 2],
  [0x33, "CALLER", 0, 1, 2],
  [0x34, "CALLVALUE", 0, 1, 2],
  [0x35, "CALLDATALOAD", 1, 1, 3],
  [0x36, "CALLDATASIZE", 0, 1, 2],
  [0x37, "CALLDATACOPY", 3, 0, 3],
  [0x38, "CODESIZE", 0, 1, 2],
  [0x39, "CODECOPY", 3, 0, 3],
  [0x3a, "GASPRICE", 0, 1, 2],
  [0x3b, "EXTCODESIZE", 1, 1, [20, ["Tangerine", 700], ["Berlin", 100]]],
  [0x3c, "EXTCODECOPY", 4, 0, [20, ["Tangerine", 700], ["Berlin", 100]]],
  [0x3d, "RETURNDATASIZE", 0, 1, 2, "Byzantium"],
  [0x3e, "RETURNDATACOPY", 3, 0, 3, "Byzantium"],
  [0x3f, "EXTCODEHASH", 1, 1, [400, ["Istanbul", 700], ["Berlin", 100]], "Constantinople"],
  [0x40, "BLOCKHASH", 1, 1, 20],
  [0x41, "COINBASE", 0, 1, 2],
  [0x42, "TIMESTAMP", 0, 1, 2],
  [0x43, "NUMBER", 0, 1, 2],
  [0x44, "PREVRANDAO", 0, 1, 2],
  [0x45, "GASLIMIT", 0, 1, 2],
  [0x46, "CHAINID", 0, 1, 2, "Istanbul"],
  [0x47, "SELFBALANCE", 0, 1, 5, "Istanbul"],
  [0x48, "BASEFEE", 0, 1, 2, "London"],
  [0x49, "BLOBHASH", 1, 1, 3, "Cancun"],
  [0x4a, "BLOBBASEFEE", 0, 1, 2, "Cancun"],
  [0x4b, "SLOTNUM", 0, 1, 2, 7843],
  [0x50, "POP", 1, 0, 2],
  [0x51, "MLOAD", 1, 1, 3],
  [0x52, "MSTORE", 2, 0, 3],
  [0x53, "MSTORE8", 2, 0, 3],
  [0x54, "SLOAD", 1, 1, [50, ["Tangerine", 200], ["Istanbul", 800], ["Berlin", 100]]],
  [0x55, "SSTORE", 2, 0, 0],
  [0x56, "JUMP", 1, 0, 8],
  [0x57, "JUMPI", 2, 0, 10],
  [0x58, "PC", 0, 1, 2],
  [0x59, "MSIZE", 0, 1, 2],
  [0x5a, "GAS", 0, 1, 2],
  [0x5b, "JUMPDEST", 0, 0, 1],
  [0x5c, "TLOAD", 1, 1, 100, "Cancun"],
  [0x5d, "TSTORE", 2, 0, 100, "Cancun"],
  [0x5e, "MCOPY", 3, 0, 3, "Cancun"],
  [0x5f, "PUSH0", 0, 1, 2, "Shanghai"],
  [0xe6, "DUPN", 0, 1, 3, 8024],
  [0xe7, "SWAPN", 0, 0, 3, 8024],
  [0xe8, "EXCHANGE", 0, 0, 3, 8024],
  [0xf0, "CREATE", 3, 1, 32000],
  [0xf1, "CALL", 7, 1, [40, ["Tangerine", 700], ["Berlin", 100]]],
  [0xf2, "CALLCODE", 7, 1, [40, ["Tangerine", 700], ["Berlin", 100]]],
  [0xf3, "RETURN", 2, 0, 0],
  [0xf4, "DELEGATECALL", 6, 1, [40, ["Tangerine", 700], ["Berlin", 100]], "Homestead"],
  [0xf5, "CREATE2", 4, 1, 32000, "Constantinople"],
  [0xfa, "STATICCALL", 6, 1, [700, ["Berlin", 100]], "Byzantium"],
  [0xfd, "REVERT", 2, 0, 0, "Byzantium"],
  [0xfe, "INVALID", 0, 0, 0],
  [0xff, "SELFDESTRUCT", 1, 0, [0, ["Tangerine", 5000]]],
];
for (let n = 1; n <= 32; n++) rows.push([0x5f + n, `PUSH${n}`, 0, 1, 3]);
for (let n = 1; n <= 16; n++) rows.push([0x7f + n, `DUP${n}`, n, n + 1, 3]);
for (let n = 1; n <= 16; n++) rows.push([0x8f + n, `SWAP${n}`, n + 1, n + 1, 3]);
for (let n = 0; n <= 4; n++) rows.push([0xa0 + n, `LOG${n}`, n + 2, 0, 375 * (n + 1)]);

const stopping = new Set(["STOP", "JUMP", "RETURN", "REVERT", "INVALID", "SELFDESTRUCT"]);
// SSTORE looks at the gas that is left (EIP-2200); calls and creations hand a part of it on.
const gasObserving = new Set(
  "JUMPI GAS SSTORE CREATE CREATE2 CALL CALLCODE DELEGATECALL STATICCALL".split(" "),
);

// What an access list names depends on every one of these (EIP-7928); the others that access state end blocks anyway.
const accessing = new Set("BALANCE EXTCODESIZE EXTCODECOPY EXTCODEHASH SLOAD".split(" "));

/** Every opcode of every fork, by its number. */
export const opcodes: readonly Opcode[] = rows
  .map(([code, name, inputs, outputs, gas, since]) => ({
    code,
    name,
    inputs,
    outputs,
    gas: typeof gas === "number" ? ([gas] as const) : gas,
    since:
      typeof since === "string"
        ? since
        : since === undefined
          ? ("Frontier" as const)
          : ("Amsterdam" as const),
    eip: typeof since === "number" ? since : undefined,
    immediate: code >= 0x60 && code <= 0x7f ? code - 0x5f : 0,
    endsBlock: stopping.has(name) || gasObserving.has(name),
    stops: stopping.has(name),
    accesses: accessing.has(name),
  }))
  .sort((a, b) => a.code - b.code);

/** Static gas of `opcode` under the rules of `fork`, or undefined where the fork by itself does not have it. */
export function staticGas(opcode: Opcode, fork: ForkName): number | undefined {
  const index = forkNames.indexOf(fork);
  if (opcode.eip !== undefined || index < forkNames.indexOf(opcode.since)) return undefined;
  let [gas] = opcode.gas;
  for (const [since, changed] of opcode.gas.slice(1) as [ForkName, number][]) {
    if (index >= forkNames.indexOf(since)) gas = changed;
  }
  return gas;
}

/** Flags of a row of the encoded table. */
const opcodeFlags = {
  defined: 1,
  endsBlock: 2,
  stops: 4,
  eip8024: 8,
  eip7843: 16,
  accesses: 32,
} as const;

/** The flag that says when an opcode is there: always, or with its EIP. */
function definedBy({ eip }: Opcode): number {
  return eip === undefined ? opcodeFlags.defined : opcodeFlags[`eip${eip}`];
}

/**
 * The table as the kernel reads it at OPCODE_TABLE: 16 forks x 256 rows x 8 bytes, little-endian: u32 static gas,
 * u8 inputs, u8 outputs, u8 flags, u8 immediate bytes. A row of zeros is an opcode that the fork does not have. What an
 * EIP brings stands in the rows of every fork, with the EIP's flag.
 */
export function encodeOpcodeTable(): Uint8Array {
  const bytes = new Uint8Array(forkNames.length * 256 * 8);
  const view = new DataView(bytes.buffer);
  forkNames.forEach((fork, forkIndex) => {
    for (const opcode of opcodes) {
      const gas = opcode.eip === undefined ? staticGas(opcode, fork) : opcode.gas[0];
      if (gas === undefined) continue;
      const row = (forkIndex * 256 + opcode.code) * 8;
      view.setUint32(row, gas, true);
      bytes[row + 4] = opcode.inputs;
      bytes[row + 5] = opcode.outputs;
      bytes[row + 6] =
        definedBy(opcode) |
        (opcode.endsBlock ? opcodeFlags.endsBlock : 0) |
        (opcode.stops ? opcodeFlags.stops : 0) |
        (opcode.accesses ? opcodeFlags.accesses : 0);
      bytes[row + 7] = opcode.immediate;
    }
  });
  return bytes;
}
