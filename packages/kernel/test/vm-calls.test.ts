import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assemble, CALLER, Evm, fromBytes, fromWord, push, returnTop, SELF } from "./support/evm.ts";

const evm = new Evm();
const OTHER = 0x07e4n;
const THIRD = 0x3333n;
const M = 1n << 256n;

interface Call {
  gas?: string;
  to?: bigint;
  value?: bigint;
  input?: [number, number];
  output?: [number, number];
}

/** A call with its operands pushed; leaves success on the stack. */
function call(
  kind: string,
  { gas = "GAS", to = OTHER, value = 0n, input = [0, 0], output = [0, 0] }: Call = {},
): string {
  const withValue = kind === "CALL" || kind === "CALLCODE";
  return [
    push(output[1]),
    push(output[0]),
    push(input[1]),
    push(input[0]),
    withValue ? push(value) : "",
    push(to),
    gas,
    kind,
  ].join(" ");
}

function both(code: string, other: string, fork: Parameters<Evm["begin"]>[0] = "Osaka", options = {}) {
  evm.begin(fork);
  evm.setCode(SELF, code);
  evm.setCode(OTHER, other);
  evm.setBalance(SELF, 1_000_000n);
  return evm.call(options);
}

describe("who is who in a called frame", () => {
  const report = (what: string) => `${what} ${returnTop}`;
  const seen = (kind: string, what: string) =>
    fromBytes(
      both(
        `${call(kind, { value: kind.startsWith("CALL") ? 5n : 0n, output: [0, 32] })} POP PUSH1 0x00 MLOAD ${returnTop}`,
        report(what),
        "Osaka",
        {
          value: 0n,
        },
      ).output,
    );
  test("CALL", () => {
    assert.equal(seen("CALL", "ADDRESS"), OTHER);
    assert.equal(seen("CALL", "CALLER"), SELF);
    assert.equal(seen("CALL", "CALLVALUE"), 5n);
  });
  test("CALLCODE", () => {
    assert.equal(seen("CALLCODE", "ADDRESS"), SELF);
    assert.equal(seen("CALLCODE", "CALLER"), SELF);
    assert.equal(seen("CALLCODE", "CALLVALUE"), 5n);
  });
  test("DELEGATECALL", () => {
    assert.equal(seen("DELEGATECALL", "ADDRESS"), SELF);
    assert.equal(seen("DELEGATECALL", "CALLER"), CALLER);
    assert.equal(seen("DELEGATECALL", "CALLVALUE"), 0n);
  });
  test("STATICCALL", () => {
    assert.equal(seen("STATICCALL", "ADDRESS"), OTHER);
    assert.equal(seen("STATICCALL", "CALLER"), SELF);
    assert.equal(seen("STATICCALL", "CALLVALUE"), 0n);
  });
});

describe("input, output and return data", () => {
  test("the callee sees the caller's memory, the caller gets what fits", () => {
    const outcome = both(
      `${push(0xabcdn)} PUSH1 0x00 MSTORE ${call("CALL", { input: [30, 2], output: [62, 2] })} POP PUSH1 0x20 MLOAD ${returnTop}`,
      `PUSH1 0x00 CALLDATALOAD ${push(240)} SHR PUSH1 0x01 ADD ${push(240)} SHL PUSH1 0x00 MSTORE PUSH1 0x20 PUSH1 0x00 RETURN`,
    );
    assert.equal(fromBytes(outcome.output), 0xabcen);
  });

  test("return data stays until the next call and a creation clears it", () => {
    const other = `${push(0x77n)} ${returnTop}`;
    assert.equal(fromBytes(both(`${call("CALL")} POP RETURNDATASIZE ${returnTop}`, other).output), 32n);
    assert.equal(
      fromBytes(
        both(
          `${call("CALL")} POP PUSH1 0x20 PUSH1 0x00 PUSH1 0x00 RETURNDATACOPY PUSH1 0x00 MLOAD ${returnTop}`,
          other,
        ).output,
      ),
      0x77n,
    );
    assert.equal(
      fromBytes(
        both(`${call("CALL")} POP ${call("CALL", { to: 0x999999n })} POP RETURNDATASIZE ${returnTop}`, other)
          .output,
      ),
      0n,
    );
    assert.equal(
      fromBytes(
        both(`${call("CALL")} POP PUSH0 PUSH0 PUSH0 CREATE POP RETURNDATASIZE ${returnTop}`, other).output,
      ),
      0n,
    );
  });

  test("a callee's larger memory does not leak into the caller's", () => {
    const outcome = both(
      `${push(M - 1n)} PUSH1 0x00 MSTORE ${call("CALL")} POP ${push(4096)} MLOAD ${returnTop}`,
      `${push(M - 1n)} ${push(5000)} MSTORE ${push(M - 1n)} ${push(4064)} MSTORE`,
    );
    assert.equal(fromBytes(outcome.output), 0n);
  });

  test("memories of megabytes in caller and callee", () => {
    const big = (size: number) => `${push(0x5555n)} ${push(size)} MSTORE`;
    const outcome = both(
      `${big(700_000)} ${call("CALL", { output: [0, 32] })} POP PUSH1 0x00 MLOAD ${push(700_000)} MLOAD ADD ${returnTop}`,
      `${big(1_500_000)} ${push(0x1111n)} PUSH1 0x00 MSTORE ${push(1_500_032)} PUSH1 0x00 RETURN`,
      "Osaka",
      { gas: 1_000_000_000n },
    );
    assert.equal(fromBytes(outcome.output), 0x6666n);
  });

  test("output of a revert reaches the caller, its changes do not", () => {
    const outcome = both(
      `${call("CALL", { output: [0, 32] })} PUSH1 0x00 MLOAD ADD ${returnTop}`,
      `PUSH1 0x01 PUSH1 0x01 SSTORE ${push(0x42n)} PUSH1 0x00 MSTORE PUSH1 0x20 PUSH1 0x00 REVERT`,
    );
    assert.equal(fromBytes(outcome.output), 0x42n);
    assert.equal(evm.storage(OTHER, 1n), 0n);
  });
});

describe("gas of calls", () => {
  const cost = (
    kind: string,
    fork: Parameters<Evm["begin"]>[0],
    options: Call,
    to: "code" | "empty" | "missing",
  ) => {
    evm.forget();
    evm.begin(fork);
    evm.setCode(SELF, call(kind, { gas: push(0), ...options }));
    evm.setBalance(SELF, 1_000_000n);
    if (to === "code") evm.setCode(OTHER, "STOP");
    const pushes = (kind === "CALL" || kind === "CALLCODE" ? 7n : 6n) * 3n;
    return evm.call().gasUsed - pushes;
  };
  test("by fork, to an account that is there", () => {
    assert.equal(cost("CALL", "Frontier", {}, "code"), 40n);
    assert.equal(cost("CALL", "Tangerine", {}, "code"), 700n);
    assert.equal(cost("CALL", "Berlin", {}, "code"), 2600n);
    assert.equal(cost("STATICCALL", "Byzantium", {}, "code"), 700n);
    assert.equal(cost("DELEGATECALL", "Homestead", {}, "code"), 40n);
  });
  test("value costs 9000, of which the unused stipend comes back", () => {
    assert.equal(cost("CALL", "Berlin", { value: 1n }, "code"), 2600n + 9000n - 2300n);
    assert.equal(cost("CALLCODE", "Berlin", { value: 1n }, "code"), 2600n + 9000n - 2300n);
  });
  test("a new account costs 25000: always before EIP-161, with value only from it on", () => {
    assert.equal(cost("CALL", "Frontier", {}, "missing"), 25040n);
    assert.equal(cost("CALL", "Tangerine", {}, "missing"), 25700n);
    assert.equal(cost("CALL", "Spurious", {}, "missing"), 700n);
    assert.equal(cost("CALL", "Spurious", { value: 1n }, "missing"), 25000n + 9700n - 2300n);
    assert.equal(cost("CALLCODE", "Frontier", {}, "missing"), 40n);
  });
  test("before EIP-150 asking for more gas than there is fails, after it 63/64 are given", () => {
    const asks = call("CALL", { gas: push(1n << 40n), output: [0, 32] });
    const code = `${asks} POP PUSH1 0x00 MLOAD ${returnTop}`;
    assert.equal(both(code, `GAS ${returnTop}`, "Homestead", { gas: 100_000n }).halt, "OutOfGas");
    const outcome = both(code, `GAS ${returnTop}`, "Tangerine", { gas: 100_000n });
    const left = 100_000n - 21n - 700n - 3n;
    assert.equal(fromBytes(outcome.output), left - left / 64n - 2n);
  });
  test("a failing callee takes its gas, a reverting one gives the rest back", () => {
    const used = (other: string) => both(call("CALL", { gas: push(10_000) }), other).gasUsed - 21n - 2600n;
    assert.equal(used("INVALID"), 10_000n);
    assert.equal(used("PUSH1 0x00 PUSH1 0x00 REVERT"), 6n);
  });
  test("memory for input and output is paid once, for the larger", () => {
    const used = (input: [number, number], output: [number, number]) =>
      both(call("CALL", { gas: push(0), input, output }), "STOP").gasUsed;
    assert.equal(used([0, 64], [0, 96]), used([0, 0], [0, 96]));
    assert.equal(used([0, 96], [0, 64]), used([0, 0], [0, 96]));
    assert.equal(both(call("CALL").replace("PUSH1 0x00", push(M - 1n)), "STOP").halt, "OutOfGas");
  });
});

describe("what fails without an exception", () => {
  test("more value than the balance: 0 on the stack, gas and stipend back", () => {
    const outcome = both(`${call("CALL", { gas: push(1000), value: 1_000_001n })} ${returnTop}`, "STOP");
    assert.equal(fromBytes(outcome.output), 0n);
    assert.equal(outcome.gasUsed, 21n + 2600n + 9000n - 2300n + 15n);
    assert.equal(evm.balance(OTHER), 0n);
  });

  test("1024 frames below the first may call, the next may not", () => {
    // Each frame counts itself in storage before it calls itself with all gas it may give.
    const code = `PUSH1 0x00 SLOAD PUSH1 0x01 ADD PUSH1 0x00 SSTORE ${call("CALL", { to: SELF })}`;
    const outcome = both(code, "STOP", "Osaka", { gas: 1_000_000_000_000_000n });
    assert.equal(outcome.halt, "Success");
    assert.equal(evm.storage(SELF, 0n), 1025n);
  });
});

describe("static frames", () => {
  const inStatic = (other: string) => fromBytes(both(`${call("STATICCALL")} ${returnTop}`, other).output);
  test("may not change anything", () => {
    assert.equal(inStatic("PUSH1 0x01 PUSH1 0x00 SSTORE"), 0n);
    assert.equal(inStatic("PUSH1 0x01 PUSH1 0x00 TSTORE"), 0n);
    assert.equal(inStatic("PUSH1 0x00 PUSH1 0x00 LOG0"), 0n);
    assert.equal(inStatic("PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 CREATE"), 0n);
    assert.equal(inStatic("PUSH1 0x00 SELFDESTRUCT"), 0n);
    assert.equal(inStatic(call("CALL", { to: THIRD, value: 1n })), 0n);
  });
  test("may read and call without value", () => {
    assert.equal(inStatic("PUSH1 0x01 SLOAD PUSH1 0x01 TLOAD"), 1n);
    assert.equal(inStatic(call("CALL", { to: THIRD })), 1n);
  });
  test("what they call is static too", () => {
    evm.begin();
    evm.setCode(SELF, `${call("STATICCALL")} ${returnTop}`);
    evm.setCode(
      OTHER,
      `${call("CALL", { to: THIRD, output: [0, 0] })} PUSH1 0x00 MSTORE PUSH1 0x20 PUSH1 0x00 RETURN`,
    );
    evm.setCode(THIRD, "PUSH1 0x01 PUSH1 0x00 SSTORE");
    evm.call();
    assert.equal(evm.storage(THIRD, 0n), 0n);
  });
});

describe("creation", () => {
  /** Initcode that deploys `runtime`. */
  const deploys = (runtime: string) => {
    const bytes = assemble(runtime);
    const head = assemble(`${push(bytes.length)} DUP1 PUSH1 0x0b PUSH1 0x00 CODECOPY PUSH1 0x00 RETURN`);
    assert.equal(head.length, 11);
    return Uint8Array.of(...head, ...bytes);
  };
  const NEW = 0x1e30n;

  test("sets code, nonce and balance, and costs 200 a byte", () => {
    evm.begin();
    evm.setBalance(CALLER, 100n);
    const init = deploys("PUSH1 0x2a POP");
    const outcome = evm.create(NEW, init, { value: 30n });
    assert.equal(outcome.halt, "Success");
    assert.deepEqual(evm.code(NEW), assemble("PUSH1 0x2a POP"));
    assert.equal(evm.nonce(NEW), 1n);
    assert.equal(evm.balance(NEW), 30n);
    assert.equal(evm.balance(CALLER), 70n);
    assert.equal(outcome.gasUsed, 3n + 3n + 3n + 3n + 6n + 3n + 3n + 600n);
  });

  test("nonce 0 before EIP-161", () => {
    evm.begin("Homestead");
    evm.create(NEW, deploys("STOP"));
    assert.equal(evm.nonce(NEW), 0n);
  });

  test("too little gas for the code: an empty contract in Frontier, a failure from EIP-2 on", () => {
    const init = deploys("PUSH1 0x2a POP");
    evm.begin("Frontier");
    assert.equal(evm.create(NEW, init, { gas: 100n }).halt, "Success");
    assert.equal(evm.code(NEW).length, 0);
    evm.begin("Homestead");
    assert.equal(evm.create(NEW, init, { gas: 100n }).halt, "CodeDepositOutOfGas");
  });

  test("code of 24576 bytes is allowed from EIP-170 on, one byte more is not", () => {
    const init = (size: number) => `${push(size)} PUSH1 0x00 RETURN`;
    const run = (size: number, fork: Parameters<Evm["begin"]>[0]) => {
      evm.begin(fork);
      return evm.create(NEW, init(size), { gas: 100_000_000n }).halt;
    };
    assert.equal(run(24576, "Spurious"), "Success");
    assert.equal(run(24577, "Spurious"), "CodeSize");
    assert.equal(run(24577, "Tangerine"), "Success");
  });

  test("code may not begin with 0xef from London on", () => {
    const init = `${push(0xefn << 248n)} PUSH1 0x00 MSTORE PUSH1 0x01 PUSH1 0x00 RETURN`;
    evm.begin("Berlin");
    assert.equal(evm.create(NEW, init).halt, "Success");
    evm.begin("London");
    assert.equal(evm.create(NEW, init).halt, "InvalidCode");
  });

  test("fails where a nonce or code is, not where only a balance is", () => {
    evm.begin();
    evm.setNonce(NEW, 1n);
    assert.equal(evm.create(NEW, "STOP", { gas: 500n }).halt, "CreateCollision");
    evm.begin();
    evm.setBalance(NEW, 9n);
    assert.equal(evm.create(NEW, "STOP").halt, "Success");
    assert.equal(evm.balance(NEW), 9n);
  });

  test("fails where storage is (EIP-7610)", () => {
    evm.loadAccount(0x5107n, 0n, 1n);
    evm.loadStorage(0x5107n, 1n, 1n);
    evm.begin();
    assert.equal(evm.create(0x5107n, "STOP", { gas: 500n }).halt, "CreateCollision");
  });

  const create = (kind: string, size: number, extra = "") =>
    `${extra} ${push(size)} ${push(32 - size)} PUSH1 0x00 ${kind}`;
  /** Puts an initcode of up to 32 bytes at the end of the first word. */
  const inMemory = (init: Uint8Array) =>
    `PUSH${init.length} 0x${Buffer.from(init).toString("hex")} PUSH1 0x00 MSTORE`;

  test("CREATE takes the address from the nonce, which it raises", () => {
    const init = deploys("STOP");
    const outcome = both(`${inMemory(init)} ${create("CREATE", init.length)} ${returnTop}`, "STOP");
    const address = fromBytes(outcome.output);
    assert.deepEqual(evm.code(address), Uint8Array.of(0));
    assert.equal(evm.nonce(SELF), 2n);
    evm.room.exports.createAddress(evm.place("wordC"), evm.word("wordA", SELF), 1n);
    assert.equal(address, fromWord(evm.room.bytes(evm.place("wordC"), 32)));
  });

  test("CREATE2's address: the examples of EIP-1014", () => {
    const at = (sender: bigint, salt: bigint, init: string) => {
      const bytes = Buffer.from(init, "hex");
      evm.room.write(evm.place("data"), bytes);
      evm.room.exports.createAddress2(
        evm.place("wordC"),
        evm.word("wordA", sender),
        evm.word("wordB", salt),
        evm.place("data"),
        bytes.length,
      );
      return Buffer.from(evm.room.bytes(evm.place("wordC"), 20))
        .reverse()
        .toString("hex");
    };
    evm.begin();
    assert.equal(at(0n, 0n, "00"), "4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38");
    assert.equal(
      at(0xdeadbeef00000000000000000000000000000000n, 0n, "00"),
      "b928f69bb1d91cd65274e3c79d8986362984fda3",
    );
    assert.equal(at(0xdeadbeefn, 0xcafebaben, "deadbeef"), "60f3f640a8508fc6a86d45df051962668e1e8ac7");
    assert.equal(at(0n, 0n, ""), "e33c0c7f7df4809055c3eba6c09cfe4baf1bd9e0");
  });

  test("CREATE's address: nonces of every length", () => {
    const at = (sender: bigint, nonce: bigint) => {
      evm.room.exports.createAddress(evm.place("wordC"), evm.word("wordA", sender), nonce);
      return Buffer.from(evm.room.bytes(evm.place("wordC"), 20))
        .reverse()
        .toString("hex");
    };
    evm.begin();
    const sender = 0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0n;
    assert.equal(at(sender, 0n), "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d");
    assert.equal(at(sender, 1n), "343c43a37d37dff08ae8c4a11544c718abb4fcf8");
    assert.equal(at(sender, 2n), "f778b86fa74e846c4f0a1fbd1335fe81c00a0c91");
    assert.equal(at(sender, 3n), "fffd933a0bc612844eaf0c6fe3e5b8e9b6c1d19c");
  });

  test("a reverting initcode leaves its data, a failing one takes the gas given", () => {
    const reverts = assemble("PUSH1 0x05 PUSH1 0x00 REVERT");
    const outcome = both(
      `${inMemory(reverts)} ${create("CREATE", reverts.length)} POP RETURNDATASIZE ${returnTop}`,
      "STOP",
    );
    assert.equal(fromBytes(outcome.output), 5n);
    const fails = assemble("INVALID");
    const failed = both(`${inMemory(fails)} ${create("CREATE", fails.length)}`, "STOP", "Osaka", {
      gas: 1_000_000n,
    });
    assert.ok(failed.gasLeft < 1_000_000n / 63n);
    assert.equal(evm.nonce(SELF), 2n);
  });

  test("initcode longer than 49152 bytes halts from Shanghai on", () => {
    const code = `${push(49153)} PUSH1 0x00 PUSH1 0x00 CREATE`;
    assert.equal(both(code, "STOP", "Paris", { gas: 100_000_000n }).halt, "Success");
    assert.equal(both(code, "STOP", "Shanghai", { gas: 100_000_000n }).halt, "InitcodeSize");
  });

  test("a creator at the last nonce creates nothing and keeps its gas", () => {
    evm.begin();
    evm.setCode(SELF, `PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 CREATE ${returnTop}`);
    evm.setNonce(SELF, 0xffffffffffffffffn);
    const outcome = evm.call();
    assert.equal(fromBytes(outcome.output), 0n);
    assert.ok(outcome.gasUsed < 33_000n);
    assert.equal(evm.nonce(SELF), 0xffffffffffffffffn);
  });
});

describe("delegation (EIP-7702)", () => {
  const delegate = (to: bigint) => Buffer.from(`ef0100${to.toString(16).padStart(40, "0")}`, "hex");
  test("calls run the target's code in the account's own context and pay for reaching it", () => {
    evm.begin("Prague");
    evm.setCode(SELF, `${call("CALL", { output: [0, 32] })} POP PUSH1 0x00 MLOAD ${returnTop}`);
    evm.setCode(OTHER, delegate(THIRD));
    evm.setCode(THIRD, `ADDRESS ${returnTop}`);
    const outcome = evm.call();
    assert.equal(fromBytes(outcome.output), OTHER);
    assert.equal(
      outcome.gasUsed,
      20n + 2600n + 2600n + (2n + 3n + 3n + 3n + 3n + 3n) + 3n + (2n + 3n + 3n) + 12n,
    );
  });
  test("the account's code is the 23 bytes of the delegation", () => {
    const size = (what: string) => {
      evm.begin("Prague");
      evm.setCode(SELF, `${push(OTHER)} ${what} ${returnTop}`);
      evm.setCode(OTHER, delegate(THIRD));
      return fromBytes(evm.call().output);
    };
    assert.equal(size("EXTCODESIZE"), 23n);
  });
  test("a delegation to a delegation runs nothing that works, one to a precompile runs nothing", () => {
    evm.begin("Prague");
    evm.setCode(SELF, `${call("CALL")} ${returnTop}`);
    evm.setCode(OTHER, delegate(THIRD));
    evm.setCode(THIRD, delegate(OTHER));
    assert.equal(fromBytes(evm.call().output), 0n);
    evm.setCode(OTHER, delegate(4n));
    assert.equal(fromBytes(evm.call().output), 1n);
  });
  test("before Prague the bytes are code, which is invalid", () => {
    evm.begin("Cancun");
    evm.setCode(SELF, `${call("CALL")} ${returnTop}`);
    evm.setCode(OTHER, delegate(THIRD));
    assert.equal(fromBytes(evm.call().output), 0n);
  });
});

describe("precompiles", () => {
  test("identity copies for 15 and 3 a word", () => {
    const outcome = both(
      `${push(0x1234n)} PUSH1 0x00 MSTORE ${call("CALL", { to: 4n, input: [0, 32], output: [32, 32] })} POP PUSH1 0x20 MLOAD ${returnTop}`,
      "STOP",
    );
    assert.equal(fromBytes(outcome.output), 0x1234n);
    assert.equal(
      evm.run(call("STATICCALL", { to: 4n, input: [0, 33] })).gasUsed,
      15n + 2n + 6n + 100n + 15n + 6n,
    );
  });
  test("one that fails takes its gas; one that works gives its output", () => {
    evm.onPrecompile = (_address, _input, gas) =>
      gas < 100n ? undefined : { gas: 100n, output: Uint8Array.of(7) };
    const run = (gas: number) =>
      both(`${call("CALL", { to: 3n, gas: push(gas) })} RETURNDATASIZE ADD ${returnTop}`, "STOP");
    assert.equal(fromBytes(run(99).output), 0n);
    assert.equal(fromBytes(run(100).output), 2n);
    assert.equal(run(99).gasUsed, run(100).gasUsed - 1n);
  });
  test("are there from their fork on", () => {
    evm.onPrecompile = () => ({ gas: 0n, output: Uint8Array.of(7) });
    const there = (address: bigint, fork: Parameters<Evm["begin"]>[0]) =>
      fromBytes(
        both(
          `${call("CALL", { gas: push(5000), to: address, output: [0, 32] })} POP PUSH1 0x00 MLOAD ${returnTop}`,
          "STOP",
          fork,
        ).output,
      ) !== 0n;
    assert.ok(there(1n, "Frontier"));
    assert.ok(!there(5n, "Spurious") && there(5n, "Byzantium"));
    assert.ok(!there(0x0an, "Shanghai") && there(0x0an, "Cancun"));
    assert.ok(!there(0x11n, "Cancun") && there(0x11n, "Prague"));
    assert.ok(!there(0x12n, "Osaka"));
    assert.ok(!there(0x100n, "Prague") && there(0x100n, "Osaka"));
    assert.ok(!there(0x101n, "Osaka"));
  });
});
