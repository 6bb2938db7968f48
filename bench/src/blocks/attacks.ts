// What the blocks of our own do with their gas.

import {
  blsPoint1,
  blsPoint2,
  bnPair,
  bnPoint1,
  field,
  kzgInput,
  modexpInput,
  p256Input,
  signature,
  word,
} from "../precompile-inputs.ts";

type Hex = `0x${string}`;

interface AttackAccount {
  code?: Hex;
  balance?: bigint;
  storage?: Record<string, bigint>;
}

/** A way to spend a block's gas. */
export interface Attack {
  name: string;
  /** What must exist; TARGET is called by every transaction unless `to` says otherwise. */
  accounts: Record<string, AttackAccount>;
  calldata?: Hex;
  value?: bigint;
  to?: (transaction: number) => Hex;
  /** Gas of one transaction, where it is not as much as it may have. */
  gasEach?: number;
  accessList?: { address: Hex; storageKeys: Hex[] }[];
}

export const TARGET: Hex = "0x1000000000000000000000000000000000000001";
const HELPER: Hex = "0x1000000000000000000000000000000000000002";

const MAX_CODE = 24_576;

/** Opcodes by name, as far as the attacks need them. */
const OP = {
  STOP: "00",
  POP: "50",
  JUMP: "56",
  JUMPDEST: "5b",
  GAS: "5a",
  CALLDATASIZE: "36",
  CALLDATACOPY: "37",
  DUP1: "80",
} as const;

function push(value: bigint | number): string {
  const digits = BigInt(value).toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return (0x5f + even.length / 2).toString(16) + even;
}

/** `before` once, then `body` again and again until the gas is gone; `body` leaves the stack as it was. */
function loop(before: string, body: string): Hex {
  const start = before.length / 2;
  const end = OP.JUMPDEST.length / 2 + push(start).length / 2 + 1;
  const times = Math.floor((MAX_CODE - start - end) / (body.length / 2));
  return `0x${before}${OP.JUMPDEST}${body.repeat(times)}${push(start)}${OP.JUMP}`;
}

/** All calldata to memory. */
const LOAD_CALLDATA = `${OP.CALLDATASIZE}${push(0)}${push(0)}${OP.CALLDATACOPY}`;

/** STATICCALL of `address` with all calldata as the input; the output goes nowhere. */
function staticCall(address: number): string {
  return `${push(0)}${push(0)}${OP.CALLDATASIZE}${push(0)}${push(address)}${OP.GAS}fa${OP.POP}`;
}

function precompile(name: string, address: number, input: string | Uint8Array): Attack {
  const digits = typeof input === "string" ? input : Buffer.from(input).toString("hex");
  return {
    name: `precompile/${name}`,
    accounts: { [TARGET]: { code: loop(LOAD_CALLDATA, staticCall(address)) } },
    calldata: `0x${digits}`,
  };
}

const FULL = "ff".repeat(32);
const ODD = `${"ff".repeat(16)}${"a5".repeat(15)}01`;

function precompiles(): Attack[] {
  const s = signature();
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  const recovered = hex(s.hash) + word(27n + BigInt(s.yParity)) + hex(s.r) + hex(s.s);
  const modexp = (name: string, base: number, exponent: string, modulus: number) =>
    precompile(`modexp/${name}`, 5, modexpInput(base, exponent, modulus));
  const evenModulus = modexpInput(64, FULL, 64);
  evenModulus[evenModulus.length - 1] = 0xfe;
  const powerOfTwo = modexpInput(32, FULL, 32);
  powerOfTwo.fill(0, powerOfTwo.length - 31);
  return [
    precompile("ecrecover", 1, recovered),
    precompile("ecrecover_invalid", 1, recovered.replace(/.{64}$/, FULL)),
    modexp("8_bytes_exponent_1024", 8, "ff".repeat(1024), 8),
    modexp("32_bytes_exponent_1", 32, "ff", 32),
    modexp("32_bytes_exponent_32", 32, FULL, 32),
    modexp("32_bytes_exponent_40", 32, "ff".repeat(40), 32),
    modexp("40_bytes_exponent_32", 40, FULL, 40),
    modexp("64_bytes_exponent_32", 64, FULL, 64),
    modexp("128_bytes_exponent_8", 128, "ff".repeat(8), 128),
    modexp("192_bytes_exponent_3", 192, "03", 192),
    modexp("256_bytes_exponent_32", 256, FULL, 256),
    modexp("1024_bytes_exponent_2", 1024, "02", 1024),
    modexp("1024_bytes_exponent_32", 1024, FULL, 1024),
    precompile("modexp/even_64_bytes_exponent_32", 5, evenModulus),
    precompile("modexp/power_of_two_32_bytes", 5, powerOfTwo),
    precompile("bn254_add", 6, bnPoint1(3n) + bnPoint1(5n)),
    precompile("bn254_add_infinity", 6, "00".repeat(128)),
    precompile("bn254_mul", 7, bnPoint1(3n) + FULL),
    precompile("bn254_mul_small", 7, bnPoint1(3n) + word(2n)),
    precompile("bn254_pairing_none", 8, ""),
    precompile("bn254_pairing_1", 8, bnPair(3n)),
    precompile("bn254_pairing_6", 8, bnPair(3n).repeat(6)),
    precompile("kzg", 10, kzgInput().input),
    precompile("bls_g1_add", 0x0b, blsPoint1(3n) + blsPoint1(5n)),
    precompile("bls_g1_msm_1", 0x0c, blsPoint1(3n) + ODD),
    precompile("bls_g1_msm_16", 0x0c, (blsPoint1(3n) + ODD).repeat(16)),
    precompile("bls_g1_msm_128", 0x0c, (blsPoint1(3n) + ODD).repeat(128)),
    precompile("bls_g2_add", 0x0d, blsPoint2(3n) + blsPoint2(5n)),
    precompile("bls_g2_msm_1", 0x0e, blsPoint2(3n) + ODD),
    precompile("bls_g2_msm_128", 0x0e, (blsPoint2(3n) + ODD).repeat(128)),
    precompile("bls_pairing_1", 0x0f, blsPoint1(3n) + blsPoint2(5n)),
    precompile("bls_pairing_8", 0x0f, (blsPoint1(3n) + blsPoint2(5n)).repeat(8)),
    precompile("bls_map_g1", 0x10, field(5n)),
    precompile("bls_map_g2", 0x11, field(5n) + field(6n)),
    precompile("p256", 0x100, p256Input().input),
  ];
}

/** An operation on two or three operands; the loop keeps the operands below and drops the results. */
function arithmetic(name: string, opcode: string, operands: readonly string[]): Attack {
  const before = [...operands].reverse().map((operand) => `7f${operand}`);
  const copies = operands.map(() => (0x7f + operands.length).toString(16)).join("");
  return {
    name: `arithmetic/${name}`,
    accounts: { [TARGET]: { code: loop(before.join(""), `${copies}${opcode}${OP.POP}`) } },
  };
}

function operations(): Attack[] {
  const big = `f${"a5".repeat(31)}3`;
  const half = `${"00".repeat(15)}7${"c3".repeat(16)}9`;
  const medium = `${"00".repeat(8)}${"91".repeat(24)}`;
  const five = word(5n);
  return [
    arithmetic("add", "01", [big, half]),
    arithmetic("mul", "02", [big, half]),
    arithmetic("div", "04", [big, half]),
    arithmetic("div_word", "04", [big, `${"00".repeat(24)}${"d1".repeat(8)}`]),
    arithmetic("sdiv", "05", [big, half]),
    arithmetic("mod", "06", [big, medium]),
    arithmetic("smod", "07", [big, medium]),
    arithmetic("addmod", "08", [big, FULL, medium]),
    arithmetic("mulmod", "09", [big, FULL, medium]),
    arithmetic("mulmod_half", "09", [big, FULL, half]),
    arithmetic("exp_full", "0a", [big, FULL]),
    arithmetic("exp_small", "0a", [big, five]),
    arithmetic("signextend", "0b", [five, big]),
    arithmetic("lt", "10", [big, half]),
    arithmetic("sgt", "13", [big, half]),
    arithmetic("eq", "14", [big, big]),
    arithmetic("xor", "18", [big, half]),
    arithmetic("byte", "1a", [five, big]),
    arithmetic("shl", "1b", [five, big]),
    arithmetic("sar", "1d", [five, big]),
  ];
}

function simple(name: string, before: string, body: string, more: Partial<Attack> = {}): Attack {
  return { name, ...more, accounts: { [TARGET]: { code: loop(before, body) }, ...more.accounts } };
}

const MEGABYTE = push(1 << 20);
const KILOBYTE = push(1 << 10);
const FULL_CODE: Hex = `0x${"5b".repeat(MAX_CODE)}`;
/** Grows the memory to a megabyte. */
const GROW = `${push(0)}${push((1 << 20) - 32)}52`;

function memory(): Attack[] {
  const copy = (opcode: string, length: string) => `${length}${push(0)}${push(0)}${opcode}`;
  return [
    simple("memory/mload", GROW, `${push(31)}51${OP.POP}`),
    simple("memory/mstore", GROW, `${push(0)}${push(31)}52`),
    simple("memory/mstore8", GROW, `${push(0)}${push(31)}53`),
    simple("memory/mcopy_kilobyte", GROW, `${KILOBYTE}${push(7)}${push(0)}5e`),
    simple("memory/mcopy_half_megabyte", GROW, `${push(1 << 19)}${push(7)}${push(0)}5e`),
    simple("memory/keccak_32", GROW, `${push(32)}${push(0)}20${OP.POP}`),
    simple("memory/keccak_megabyte", GROW, `${MEGABYTE}${push(0)}20${OP.POP}`),
    simple("memory/calldatacopy_kilobyte", GROW, copy("37", KILOBYTE), {
      calldata: `0x${"01".repeat(1024)}`,
    }),
    simple("memory/calldatacopy_megabyte", GROW, copy("37", MEGABYTE)),
    simple("memory/codecopy_code", GROW, copy("39", push(MAX_CODE))),
    simple("memory/extcodecopy_code", GROW, `${push(MAX_CODE)}${push(0)}${push(0)}73${HELPER.slice(2)}3c`, {
      accounts: { [HELPER]: { code: FULL_CODE } },
    }),
    simple(
      "memory/returndatacopy_megabyte",
      `${GROW}${push(0)}${push(0)}${push(0)}${push(0)}73${HELPER.slice(2)}${OP.GAS}fa${OP.POP}`,
      copy("3e", MEGABYTE),
      { accounts: { [HELPER]: { code: `0x${MEGABYTE}${push(0)}f3` } } },
    ),
    simple("memory/log0_empty", "", `${push(0)}${push(0)}a0`),
    simple("memory/log4_empty", push(1), `${OP.DUP1.repeat(4)}${push(0)}${push(0)}a4`),
    simple("memory/log0_megabyte", GROW, `${MEGABYTE}${push(0)}a0`),
    simple("memory/calls_that_grow", "", `${staticCallOf(HELPER, "")}`, {
      accounts: { [HELPER]: { code: `0x${GROW}${OP.STOP}` } },
    }),
    simple("memory/calls_that_return_megabyte", "", `${staticCallOf(HELPER, "")}`, {
      accounts: { [HELPER]: { code: `0x${MEGABYTE}${push(0)}f3` } },
    }),
    simple("memory/calls_that_revert_megabyte", "", `${staticCallOf(HELPER, "")}`, {
      accounts: { [HELPER]: { code: `0x${MEGABYTE}${push(0)}fd` } },
    }),
  ];
}

function staticCallOf(address: Hex, gas: string): string {
  return `${push(0)}${push(0)}${push(0)}${push(0)}73${address.slice(2)}${gas || OP.GAS}fa${OP.POP}`;
}

/** A counter on the stack: an address or key that was not met before, each time. */
const NEXT = `${push(1)}01${OP.DUP1}`;

function state(): Attack[] {
  const first = `7f${"00".repeat(12)}20${"00".repeat(19)}`;
  const call = (opcode: string, values: string) => `${values}73${HELPER.slice(2)}${OP.GAS}${opcode}${OP.POP}`;
  const four = push(0).repeat(4);
  return [
    simple("state/balance_cold", first, `${NEXT}31${OP.POP}`),
    simple("state/balance_warm", "", `73${HELPER.slice(2)}31${OP.POP}`),
    simple("state/extcodehash_cold", first, `${NEXT}3f${OP.POP}`),
    simple("state/extcodesize_warm", "", `73${HELPER.slice(2)}3b${OP.POP}`, {
      accounts: { [HELPER]: { code: FULL_CODE } },
    }),
    simple("state/sload_cold", push(1), `${NEXT}54${OP.POP}`),
    simple("state/sstore_new", push(1), `${NEXT}${OP.DUP1}55`),
    simple("state/sstore_cold_same", push(1), `${NEXT}${push(0)}9055`),
    simple("state/tload", "", `${push(7)}5c${OP.POP}`),
    simple("state/blockhash", "", `${push(0)}40${OP.POP}`),
    simple("state/call_empty", "", call("f1", `${four}${push(0)}`)),
    simple("state/call_stop", "", call("f1", `${four}${push(0)}`), {
      accounts: { [HELPER]: { code: "0x00" } },
    }),
    simple("state/call_value", "", call("f1", `${four}${push(1)}`), {
      accounts: {
        [TARGET]: { code: loop("", call("f1", `${four}${push(1)}`)), balance: 10n ** 18n },
        [HELPER]: { code: "0x00" },
      },
    }),
    simple("state/call_cold", first, `${push(1)}01${push(0).repeat(5)}85${OP.GAS}f1${OP.POP}`),
    simple("state/delegatecall_full_code", "", call("f4", four), {
      accounts: { [HELPER]: { code: FULL_CODE } },
    }),
    // Calls itself as deep as its gas reaches.
    {
      name: "state/recursion",
      accounts: {
        [TARGET]: { code: `0x${OP.JUMPDEST}${push(0).repeat(5)}30${OP.GAS}f1${OP.POP}${push(0)}${OP.JUMP}` },
      },
    },
    simple("state/create_empty", "", `${push(0)}${push(0)}${push(0)}f0${OP.POP}`),
    simple(
      "state/create2_jumpdests",
      `${copyCode(HELPER)}${push(0)}`,
      `${push(1)}01${OP.DUP1}${push(MAX_CODE)}${push(0)}${push(0)}f5${OP.POP}`,
      {
        accounts: { [HELPER]: { code: FULL_CODE } },
      },
    ),
    simple(
      "state/create2_stops_at_once",
      `${copyCode(HELPER)}${push(0)}`,
      `${push(1)}01${OP.DUP1}${push(MAX_CODE)}${push(0)}${push(0)}f5${OP.POP}`,
      {
        accounts: { [HELPER]: { code: `0x00${"5b".repeat(MAX_CODE - 1)}` } },
      },
    ),
    simple("state/create_deploys_code", `${copyCode(HELPER)}`, `${push(32)}${push(0)}${push(0)}f0${OP.POP}`, {
      accounts: { [HELPER]: { code: `0x${push(MAX_CODE)}${push(0)}f3` } },
    }),
  ];
}

/** The helper's code to memory. */
function copyCode(helper: Hex): string {
  const at = `73${helper.slice(2)}`;
  return `${at}3b${push(0)}${push(0)}${at}3c`;
}

function transactions(): Attack[] {
  const fresh = (i: number): Hex => `0x20${(i + 1).toString(16).padStart(38, "0")}`;
  const slots = Array.from({ length: 1000 }, (_, i): Hex => `0x${word(BigInt(i))}`);
  return [
    { name: "transactions/transfers_to_new", accounts: {}, value: 1n, to: fresh, gasEach: 21_000 },
    { name: "transactions/transfers_to_one", accounts: {}, value: 1n, to: () => HELPER, gasEach: 21_000 },
    {
      name: "transactions/calldata_zeros",
      accounts: {},
      to: () => HELPER,
      calldata: `0x${"00".repeat(100_000)}`,
      gasEach: 1_021_000,
    },
    {
      name: "transactions/calldata_ones",
      accounts: {},
      to: () => HELPER,
      calldata: `0x${"ff".repeat(100_000)}`,
      gasEach: 4_021_000,
    },
    {
      name: "transactions/access_lists",
      accounts: {},
      to: () => HELPER,
      accessList: [{ address: HELPER, storageKeys: slots }],
      gasEach: 1_923_400,
    },
  ];
}

/** All of them. */
export function attacks(): Attack[] {
  return [...precompiles(), ...operations(), ...memory(), ...state(), ...transactions()];
}
