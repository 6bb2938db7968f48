import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ForkName, forkNames, opcodes, staticGas } from "../src/opcodes.ts";
import { assemble, CALLER, Evm, fromBytes, push, returnTop, SELF } from "./support/evm.ts";

const evm = new Evm();
const M = 1n << 256n;
const signed = (x: bigint) => BigInt.asIntN(256, x);
const word = (x: bigint) => BigInt.asUintN(256, x);

const interesting = [
  0n,
  1n,
  2n,
  3n,
  31n,
  32n,
  255n,
  256n,
  0xffffffffffffffffn,
  1n << 64n,
  1n << 128n,
  (1n << 255n) - 1n,
  1n << 255n,
  M - 1n,
  M - 2n,
  0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefn,
];

describe("two-operand arithmetic, every pair of edge values", () => {
  const operations: Record<string, (a: bigint, b: bigint) => bigint> = {
    ADD: (a, b) => a + b,
    MUL: (a, b) => a * b,
    SUB: (a, b) => a - b,
    DIV: (a, b) => (b === 0n ? 0n : a / b),
    SDIV: (a, b) => (b === 0n ? 0n : signed(a) / signed(b)),
    MOD: (a, b) => (b === 0n ? 0n : a % b),
    SMOD: (a, b) => (b === 0n ? 0n : signed(a) % signed(b)),
    LT: (a, b) => (a < b ? 1n : 0n),
    GT: (a, b) => (a > b ? 1n : 0n),
    SLT: (a, b) => (signed(a) < signed(b) ? 1n : 0n),
    SGT: (a, b) => (signed(a) > signed(b) ? 1n : 0n),
    EQ: (a, b) => (a === b ? 1n : 0n),
    AND: (a, b) => a & b,
    OR: (a, b) => a | b,
    XOR: (a, b) => a ^ b,
    BYTE: (i, x) => (i > 31n ? 0n : (x >> (8n * (31n - i))) & 255n),
    SHL: (s, x) => (s > 255n ? 0n : x << s),
    SHR: (s, x) => (s > 255n ? 0n : x >> s),
    SAR: (s, x) => (s > 255n ? (signed(x) < 0n ? -1n : 0n) : signed(x) >> s),
    SIGNEXTEND: (k, x) => (k > 30n ? x : BigInt.asIntN(Number(8n * (k + 1n)), x)),
  };
  for (const [name, expected] of Object.entries(operations)) {
    test(name, () => {
      for (const a of interesting) {
        for (const b of interesting) {
          // The constant in code, which the decoder may fuse, and from call data, which it cannot.
          assert.equal(
            evm.value(`${push(b)} ${push(a)} ${name}`),
            word(expected(a, b)),
            `${name}(${a}, ${b})`,
          );
          const input = Buffer.from(b.toString(16).padStart(64, "0"), "hex");
          assert.equal(
            evm.value(`PUSH0 CALLDATALOAD ${push(a)} ${name}`, "Osaka", { input }),
            word(expected(a, b)),
            `${name}(${a}, data ${b})`,
          );
          assert.equal(
            evm.value(`${push(a)} PUSH0 CALLDATALOAD SWAP1 ${name}`, "Osaka", { input }),
            word(expected(a, b)),
          );
        }
      }
    });
  }
});

test("ISZERO, NOT, CLZ", () => {
  for (const a of interesting) {
    assert.equal(evm.value(`${push(a)} ISZERO`), a === 0n ? 1n : 0n);
    assert.equal(evm.value(`${push(a)} NOT`), M - 1n - a);
    assert.equal(evm.value(`${push(a)} CLZ`), a === 0n ? 256n : BigInt(256 - a.toString(2).length));
  }
});

test("ADDMOD and MULMOD do not wrap in between", () => {
  for (const a of interesting) {
    for (const m of interesting) {
      assert.equal(
        evm.value(`${push(m)} ${push(M - 1n)} ${push(a)} ADDMOD`),
        m === 0n ? 0n : (a + M - 1n) % m,
      );
      assert.equal(
        evm.value(`${push(m)} ${push(M - 1n)} ${push(a)} MULMOD`),
        m === 0n ? 0n : (a * (M - 1n)) % m,
      );
    }
  }
});

test("EXP costs 10 a byte of the exponent before EIP-160 and 50 from it on", () => {
  assert.equal(evm.value(`${push(5)} ${push(3)} EXP`), 243n);
  assert.equal(evm.value(`${push(256)} ${push(2)} EXP`), 0n);
  assert.equal(evm.value(`${push(0)} ${push(0)} EXP`), 1n);
  const gas = (exponent: bigint, fork: ForkName) =>
    evm.run(`${push(exponent)} ${push(2)} EXP`, fork).gasUsed - 6n;
  assert.equal(gas(0n, "Osaka"), 10n);
  assert.equal(gas(255n, "Osaka"), 60n);
  assert.equal(gas(256n, "Osaka"), 110n);
  assert.equal(gas(256n, "Tangerine"), 30n);
});

test("pushes: every width, and one cut short by the end of code reads zeros", () => {
  for (let n = 1; n <= 32; n++) {
    const bytes = Uint8Array.from({ length: n }, (_, i) => i + 1);
    const hex = Buffer.from(bytes).toString("hex");
    assert.equal(evm.value(`PUSH${n} 0x${hex}`), BigInt(`0x${hex}`));
  }
  // The truncated PUSH is the last instruction; its value is seen in the stack depth only, so step to see no halt.
  assert.equal(evm.run("PUSH32 0x01").halt, "Success");
  assert.equal(evm.run("PUSH4 0x01").gasUsed, 3n);
});

test("DUP and SWAP reach all sixteen places", () => {
  const stack = Array.from({ length: 17 }, (_, i) => push(i + 100)).join(" ");
  for (let n = 1; n <= 16; n++) {
    assert.equal(evm.value(`${stack} DUP${n}`), BigInt(117 - n));
    assert.equal(evm.value(`${stack} SWAP${n}`), BigInt(116 - n));
    assert.equal(evm.value(`${stack} SWAP${n} ${"POP ".repeat(n)}`), 116n);
  }
});

describe("stack bounds", () => {
  test("1024 words fit, 1025 do not", () => {
    const filled = "PUSH0 ".repeat(1024);
    assert.equal(evm.run(filled).halt, "Success");
    assert.equal(evm.run(`${filled} PUSH0`).halt, "StackOverflow");
    assert.equal(evm.run(`${filled} DUP16`).halt, "StackOverflow");
    assert.equal(evm.run(`${filled} POP PUSH0`).halt, "Success");
  });

  test("the bound holds across blocks", () => {
    const filled = "PUSH0 ".repeat(1023);
    assert.equal(evm.run(`${filled} JUMPDEST PUSH0`).halt, "Success");
    assert.equal(evm.run(`${filled} JUMPDEST PUSH0 JUMPDEST PUSH0`).halt, "StackOverflow");
  });

  test("each opcode with one word too few underflows", () => {
    for (const opcode of opcodes) {
      if (opcode.inputs === 0) continue;
      const enough = "PUSH0 ".repeat(opcode.inputs - 1);
      assert.equal(evm.run(`${enough} ${opcode.name}`).halt, "StackUnderflow", opcode.name);
    }
  });
});

describe("forks", () => {
  test("an opcode is invalid before the fork that brings it", () => {
    for (const fork of forkNames) {
      for (const opcode of opcodes) {
        const halt = evm.run(assemble(opcode.name), fork).halt;
        if (staticGas(opcode, fork) === undefined || opcode.name === "INVALID") {
          assert.equal(halt, "InvalidOpcode", `${opcode.name} in ${fork}`);
        } else {
          assert.notEqual(halt, "InvalidOpcode", `${opcode.name} in ${fork}`);
        }
      }
    }
  });

  test("numbers without an opcode are invalid", () => {
    const known = new Set(opcodes.map((opcode) => opcode.code));
    for (let code = 0; code < 256; code++) {
      if (!known.has(code))
        assert.equal(evm.run(Uint8Array.of(code)).halt, "InvalidOpcode", code.toString(16));
    }
  });
});

test("exact gas succeeds and one less fails, for each opcode that costs its static gas alone", () => {
  const dynamic =
    /CALL$|CALLCODE|CREATE|SSTORE|SLOAD|BALANCE$|EXTCODE|SELFDESTRUCT|JUMP|LOG|COPY|KECCAK|EXP|MSTORE|MLOAD|INVALID|RETURN$|REVERT|STOP/;
  for (const fork of forkNames) {
    for (const opcode of opcodes) {
      const gas = staticGas(opcode, fork);
      if (gas === undefined || dynamic.test(opcode.name)) continue;
      const code = `${"PUSH1 0x00 ".repeat(opcode.inputs)} ${opcode.name}`;
      const exact = BigInt(gas + 3 * opcode.inputs);
      const isPush = opcode.immediate > 0;
      const outcome = evm.run(code, fork, { gas: exact });
      assert.equal(outcome.halt, "Success", `${opcode.name} in ${fork}`);
      assert.equal(outcome.gasLeft, 0n, `${opcode.name} in ${fork}`);
      if (!isPush || gas > 0) {
        assert.equal(evm.run(code, fork, { gas: exact - 1n }).halt, "OutOfGas", `${opcode.name} in ${fork}`);
      }
    }
  }
});

describe("jumps", () => {
  test("to a JUMPDEST, with a constant and with a computed target", () => {
    assert.equal(evm.value("PUSH1 0x04 JUMP INVALID JUMPDEST PUSH1 0x07"), 7n);
    assert.equal(evm.value("PUSH1 0x03 PUSH1 0x04 ADD JUMP INVALID JUMPDEST PUSH1 0x08"), 8n);
  });

  test("into push data, past the end, to a huge place and to what is no JUMPDEST fail", () => {
    for (const code of [
      "PUSH1 0x04 JUMP PUSH1 0x5b STOP",
      "PUSH1 0xff JUMP",
      "PUSH1 0x00 JUMP",
      `${push(M - 1n)} JUMP`,
      `${push((1n << 64n) + 4n)} JUMP JUMPDEST`,
      "PUSH1 0x04 PUSH1 0x00 ADD JUMP PUSH1 0x5b",
      "PUSH1 0x00 CALLDATALOAD JUMP",
      `PUSH1 0x01 ${push((1n << 32n) + 5n)} JUMPI`,
    ]) {
      assert.equal(evm.run(code).halt, "InvalidJump", code);
    }
  });

  test("a JUMPI that is not taken does not look at its target", () => {
    assert.equal(evm.value("PUSH1 0x00 PUSH1 0xff JUMPI PUSH1 0x09"), 9n);
    assert.equal(evm.value(`PUSH1 0x00 ${push(M - 1n)} JUMPI PUSH1 0x09`), 9n);
    assert.equal(evm.value("PUSH1 0x00 PUSH1 0x00 CALLDATALOAD JUMPI PUSH1 0x09"), 9n);
  });

  test("ISZERO and JUMPI together", () => {
    assert.equal(evm.value("PUSH1 0x00 ISZERO PUSH1 0x08 JUMPI INVALID INVALID JUMPDEST PUSH1 0x09"), 9n);
    assert.equal(evm.value("PUSH1 0x01 ISZERO PUSH1 0xff JUMPI PUSH1 0x0a"), 10n);
    assert.equal(evm.run("PUSH1 0x00 ISZERO PUSH1 0xff JUMPI").halt, "InvalidJump");
  });

  test("a loop runs as often as it says", () => {
    // counter from 10 to 0, summing
    const code =
      "PUSH1 0x00 PUSH1 0x0a JUMPDEST DUP1 SWAP2 ADD SWAP1 PUSH1 0x01 SWAP1 SUB DUP1 PUSH1 0x04 JUMPI POP";
    assert.equal(evm.value(code), 55n);
  });

  test("dead code behind a jump may end in the middle of a push", () => {
    assert.equal(evm.run("PUSH1 0x04 JUMP INVALID JUMPDEST STOP PUSH32 0x5b").halt, "Success");
  });

  test("PC counts bytes", () => {
    assert.equal(evm.value("PUSH2 0x0000 POP PC"), 4n);
  });
});

describe("memory", () => {
  test("grows by words and costs 3 a word and words² / 512", () => {
    const gas = (size: number) => evm.run(`${push(size - 32)} MLOAD`).gasUsed - 6n;
    assert.equal(gas(32), 3n);
    assert.equal(gas(33), 6n);
    assert.equal(gas(1024 * 32), 3n * 1024n + 2048n);
    assert.equal(evm.value(`${push(33)} MLOAD POP MSIZE`), 96n);
    assert.equal(evm.value("PUSH1 0x40 MLOAD POP PUSH1 0x00 MLOAD POP MSIZE"), 96n);
  });

  test("bytes stand where they were written, new memory is zero", () => {
    assert.equal(evm.value(`${push(0x1122n)} PUSH1 0x05 MSTORE PUSH1 0x05 MLOAD`), 0x1122n);
    assert.equal(evm.value("PUSH1 0xff PUSH1 0x1f MSTORE8 PUSH1 0x00 MLOAD"), 255n);
    assert.equal(evm.value(`${push(0x1ffn)} PUSH1 0x00 MSTORE8 PUSH1 0x00 MLOAD`), 255n << 248n);
  });

  test("a memory of megabytes keeps its bytes as it grows, and the next frame's is zero", () => {
    const code = `${push(0xabcd)} ${push(4096)} MSTORE ${push(3_000_000)} MLOAD POP ${push(4096)} MLOAD`;
    assert.equal(evm.value(code, "Osaka", { gas: 1_000_000_000n }), 0xabcdn);
    assert.equal(evm.value(`${push(4096)} MLOAD`), 0n);
  });

  test("offsets of 2^32 and more run out of gas, unless nothing is there to touch", () => {
    for (const offset of [1n << 32n, (1n << 64n) - 1n, 1n << 64n, M - 1n]) {
      for (const name of ["MLOAD", "MSTORE", "MSTORE8"]) {
        assert.equal(evm.run(`PUSH1 0x00 ${push(offset)} ${name}`).halt, "OutOfGas", `${name} ${offset}`);
      }
      assert.equal(evm.run(`${push(offset)} PUSH1 0x00 RETURN`).halt, "OutOfGas");
      assert.equal(evm.run(`PUSH1 0x00 ${push(offset)} RETURN`).halt, "Success");
      assert.equal(evm.value(`PUSH1 0x00 ${push(offset)} KECCAK256 POP MSIZE`), 0n);
      assert.equal(evm.run(`PUSH1 0x01 ${push(offset)} KECCAK256`).halt, "OutOfGas");
    }
  });

  test("MCOPY copies over itself and grows for both ranges", () => {
    const fill = `${push(0x0102030405060708n)} PUSH1 0x00 MSTORE`;
    assert.equal(
      evm.value(`${fill} PUSH1 0x07 PUSH1 0x18 PUSH1 0x19 MCOPY PUSH1 0x00 MLOAD`),
      0x0101020304050607n,
    );
    assert.equal(evm.value("PUSH1 0x20 PUSH1 0x60 PUSH1 0x00 MCOPY MSIZE"), 128n);
    assert.equal(evm.value(`PUSH1 0x00 ${push(M - 1n)} PUSH1 0x00 MCOPY MSIZE`), 0n);
  });
});

test("KECCAK256 of a range", () => {
  assert.equal(
    evm.value("PUSH1 0x00 PUSH1 0x00 KECCAK256"),
    0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470n,
  );
  assert.equal(
    evm.value("PUSH1 0x20 PUSH1 0x00 KECCAK256"),
    0x290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563n,
  );
  assert.equal(evm.run("PUSH1 0x21 PUSH1 0x00 KECCAK256").gasUsed, 6n + 30n + 12n + 6n);
});

test("KECCAK256 of 64 bytes, which are remembered: thousands of keys, each asked for again", () => {
  const code = assemble("PUSH1 0x40 PUSH1 0x00 PUSH1 0x00 CALLDATACOPY PUSH1 0x40 PUSH1 0x00 KECCAK256");
  const program = Buffer.concat([code, assemble(returnTop)]);
  const inputs = Array.from({ length: 6000 }, (_, i) => {
    const input = Buffer.alloc(64);
    // Neighbouring accounts in a few mappings, and keys that differ in one place of the preimage only.
    input.writeUInt32BE(i % 3 === 0 ? 7 : i, 28);
    input[(i * 13) % 64] = i & 255;
    input[63] = i % 3;
    return input;
  });
  evm.begin();
  evm.setCode(SELF, program);
  for (const input of [...inputs, ...inputs.toReversed()]) {
    evm.room.write(evm.place("hashes"), input);
    evm.room.exports.keccak256(evm.place("hashes") + 64, evm.place("hashes"), 64);
    const expected = fromBytes(evm.room.bytes(evm.place("hashes") + 64, 32));
    assert.equal(fromBytes(evm.call({ input }).output), expected);
  }
});

describe("call data, code and return data", () => {
  const input = Uint8Array.from({ length: 40 }, (_, i) => i + 1);

  test("CALLDATALOAD reads zeros behind the end", () => {
    const load = (offset: bigint) => evm.value(`${push(offset)} CALLDATALOAD`, "Osaka", { input });
    assert.equal(load(0n), fromBytes(input.slice(0, 32)));
    assert.equal(load(8n), fromBytes(input.slice(8, 40)));
    assert.equal(load(9n), fromBytes(Uint8Array.of(...input.slice(9), 0)));
    assert.equal(load(40n), 0n);
    assert.equal(load(1n << 32n), 0n);
    assert.equal(load(M - 1n), 0n);
    assert.equal(load((1n << 64n) - 16n), 0n);
    assert.equal(evm.value("CALLDATASIZE", "Osaka", { input }), 40n);
  });

  test("CALLDATACOPY and CODECOPY pad with zeros and cost 3 a word", () => {
    const copy = (offset: bigint) =>
      evm.value(
        `${push(M - 1n)} PUSH1 0x00 MSTORE PUSH1 0x20 ${push(offset)} PUSH1 0x00 CALLDATACOPY PUSH1 0x00 MLOAD`,
        "Osaka",
        {
          input,
        },
      );
    assert.equal(copy(30n), fromBytes(Uint8Array.of(...input.slice(30), ...new Uint8Array(22))));
    assert.equal(copy(M - 1n), 0n);
    assert.equal(evm.run("PUSH1 0x21 PUSH1 0x00 PUSH1 0x00 CALLDATACOPY").gasUsed, 9n + 3n + 6n + 6n);
    assert.equal(evm.value("PUSH1 0x02 PUSH1 0x01 PUSH1 0x1e CODECOPY PUSH1 0x00 MLOAD"), 0x0260n);
    assert.equal(evm.value("CODESIZE"), BigInt(1 + assemble(returnTop).length));
  });

  test("RETURNDATACOPY past the end halts, even for nothing", () => {
    assert.equal(evm.value("RETURNDATASIZE"), 0n);
    assert.equal(evm.run("PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 RETURNDATACOPY").halt, "Success");
    assert.equal(evm.run("PUSH1 0x00 PUSH1 0x01 PUSH1 0x00 RETURNDATACOPY").halt, "ReturnDataOutOfBounds");
    assert.equal(
      evm.run(`PUSH1 0x01 ${push(M - 1n)} PUSH1 0x00 RETURNDATACOPY`).halt,
      "ReturnDataOutOfBounds",
    );
  });
});

describe("environment", () => {
  test("who, where and what for", () => {
    evm.begin();
    assert.equal(evm.value("ADDRESS"), SELF);
    assert.equal(evm.value("CALLER"), CALLER);
    assert.equal(evm.value("ORIGIN"), 0x0419190n);
    assert.equal(evm.value("GASPRICE"), 7n);
    assert.equal(evm.value("GAS", "Osaka", { gas: 1000n }), 998n);
  });

  test("the block", () => {
    const { exports } = evm.room;
    exports.setBlock(1000n, 1700000000n, 30_000_000n, 1n, evm.place("hashes"));
    for (let n = 744; n < 1000; n++) {
      const hash = new Uint8Array(32);
      hash[30] = n >> 8;
      hash[31] = n & 255;
      evm.room.write(evm.place("hashes") + (n & 255) * 32, hash);
    }
    assert.equal(evm.value("NUMBER"), 1000n);
    assert.equal(evm.value("TIMESTAMP"), 1700000000n);
    assert.equal(evm.value("GASLIMIT"), 30_000_000n);
    assert.equal(evm.value("CHAINID"), 1n);
    for (const n of [744n, 745n, 999n]) assert.equal(evm.value(`${push(n)} BLOCKHASH`), n);
    for (const n of [0n, 743n, 1000n, 1001n, 1n << 64n, (1n << 64n) + 999n]) {
      assert.equal(evm.value(`${push(n)} BLOCKHASH`), 0n, `${n}`);
    }
    exports.setBlock(3n, 1n, 1n, 1n, evm.place("hashes"));
    assert.equal(evm.value(`${push(M - 1n)} BLOCKHASH`), 0n);
    exports.setBlock(1000n, 1n, 1n, 1n, evm.place("hashes"));
  });

  test("blob hashes of the transaction, zero behind the last", () => {
    const hash = Uint8Array.from({ length: 32 }, (_, i) => i);
    const run = (index: bigint) => {
      evm.begin("Cancun", false, [new Uint8Array(32), hash]);
      evm.setCode(SELF, `${push(index)} BLOBHASH ${returnTop}`);
      return fromBytes(evm.call().output);
    };
    assert.equal(run(1n), fromBytes(hash));
    assert.equal(run(2n), 0n);
    assert.equal(run(1n << 64n), 0n);
  });
});
