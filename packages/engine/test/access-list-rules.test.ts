// What the block access list names, rule by rule of EIP-7928. Gas costs 7 wei, the base fee is 7 unless a transaction
// says what it pays on top.

import assert from "node:assert/strict";
import { test } from "node:test";
import { entry, listOf, runListed } from "./support/access-list.ts";
import { address, COINBASE, contract, createAddress, ETHER, recipient, sender } from "./support/blocks.ts";
import { authorize, signer } from "./support/signed.ts";
import { assemble, deployment } from "./support/token.ts";

const to = contract(0);
const other = address(0xaa, 7);
const program = (source: string, rest = {}) => ({ [to]: { code: assemble(source), ...rest } });
/** One call of the contract; 21000 gas are its intrinsic gas. */
const call = (fields = {}) => [{ from: sender(0), to, gasLimit: 100_000n, ...fields }];
const change = <T>(index: number, value: T) => ({ index, value });

test("a transfer changes the sender's nonce and balance and the recipient's balance; the fee recipient is touched", async () => {
  const list = await listOf({}, [{ from: sender(0), to: other, value: 5n }]);
  assert.deepEqual(
    [...list],
    [
      [sender(0), entry({ balances: [change(1, ETHER - 5n - 7n * 21_000n)], nonces: [change(1, 1n)] })],
      [other, entry({ balances: [change(1, 5n)] })],
      [COINBASE, entry()],
    ],
  );
});

test("a transfer of nothing names its recipient without a change, also one to oneself", async () => {
  const list = await listOf({}, [
    { from: sender(0), to: other },
    { from: sender(1), to: sender(1), value: 3n },
  ]);
  assert.deepEqual(list.get(other), entry());
  assert.deepEqual(list.get(sender(1))!.balances, [change(2, ETHER - 7n * 21_000n)]);
});

test("a block without transactions names nobody, and one without EIP-7928 has no list", async () => {
  const { blockAccessList, blockAccessListHash } = await runListed({}, []);
  assert.deepEqual([...blockAccessList!], [0xc0]);
  assert.equal(blockAccessListHash, "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");
  const without = await runListed({}, [], { eips: [] });
  assert.equal(without.blockAccessList, undefined);
  assert.equal(without.blockAccessListHash, undefined);
});

test("what an EIP-2930 list names counts only where it is touched", async () => {
  const accessList = [
    { address: other, storageKeys: [] },
    { address: to, storageKeys: [`0x${"00".repeat(31)}01`, `0x${"00".repeat(31)}02`] as const },
  ];
  const list = await listOf(program("1 SLOAD 3 SLOAD"), call({ type: 1, accessList }));
  assert.equal(list.has(other), false);
  assert.deepEqual(list.get(to)!.storageReads, [1n, 3n]);
});

for (const [name, before, access] of [
  ["BALANCE", `${other} BALANCE`, 2600n],
  ["EXTCODESIZE", `${other} EXTCODESIZE`, 2600n],
  ["EXTCODEHASH", `${other} EXTCODEHASH`, 2600n],
  ["EXTCODECOPY", `32 0 0 ${other} EXTCODECOPY`, 2600n + 9n + 3n + 3n],
  ["CALL", `0 0 0 0 0 ${other} 0 CALL`, 2600n + 18n],
  ["CALL with value", `0 0 0 0 1 ${other} 0 CALL`, 2600n + 9000n + 18n],
  ["CALL with memory", `32 0 0 0 0 ${other} 0 CALL`, 2600n + 18n + 3n],
  ["CALLCODE with value", `0 0 0 0 1 ${other} 0 CALLCODE`, 2600n + 9000n + 18n],
  ["DELEGATECALL", `0 0 0 0 ${other} 0 DELEGATECALL`, 2600n + 15n],
  ["STATICCALL", `0 0 0 0 ${other} 0 STATICCALL`, 2600n + 15n],
  ["SELFDESTRUCT", `${other} SELFDESTRUCT`, 5000n + 2600n],
] as const) {
  test(`${name} names its target when what can be told without it is paid for, not before`, async () => {
    const enough = 21_000n + access + 3n;
    const paid = await listOf(program(before), call({ gasLimit: enough }));
    assert.deepEqual(paid.get(other), entry());
    const short = await listOf(program(before), call({ gasLimit: enough - 1n }));
    assert.equal(short.has(other), false);
    assert.deepEqual(short.get(to), entry());
  });
}

test("SELFBALANCE, ADDRESS and a called contract's own address name nobody else", async () => {
  const list = await listOf(program("SELFBALANCE ADDRESS BALANCE"), call());
  assert.deepEqual([...list.keys()], [sender(0), to, COINBASE]);
});

test("SLOAD names its slot when it can be paid for", async () => {
  const gas = 21_000n + 3n + 2100n;
  const paid = await listOf(program("9 SLOAD"), call({ gasLimit: gas }));
  assert.deepEqual(paid.get(to)!.storageReads, [9n]);
  const short = await listOf(program("9 SLOAD"), call({ gasLimit: gas - 1n }));
  assert.deepEqual(short.get(to), entry());
});

test("SSTORE names its slot when more than the stipend is left, be it then paid for or not", async () => {
  const gas = 21_000n + 6n + 2300n;
  const more = await listOf(program("1 9 SSTORE"), call({ gasLimit: gas + 1n }));
  assert.deepEqual(more.get(to), entry({ storageReads: [9n] }));
  const stipend = await listOf(program("1 9 SSTORE"), call({ gasLimit: gas }));
  assert.deepEqual(stipend.get(to), entry());
});

test("a slot that ends a transaction as it began was read", async () => {
  const storage = { "0x1": "0x5" } as const;
  const list = await listOf(program("5 1 SSTORE 6 2 SSTORE 0 2 SSTORE 7 3 SSTORE", { storage }), call());
  assert.deepEqual(
    list.get(to),
    entry({ storageChanges: [{ key: 3n, changes: [change(1, 7n)] }], storageReads: [1n, 2n] }),
  );
});

test("a slot that one transaction changes and the next one changes back has both changes", async () => {
  const storage = { "0x0": "0x1" } as const;
  // Slot 0 turns from 1 to 0 and back.
  const list = await listOf(program("0 SLOAD ISZERO 0 SSTORE", { storage }), [
    ...call(),
    ...call({ from: sender(1) }),
    { from: sender(2), to: other },
    ...call({ from: sender(3) }),
  ]);
  assert.deepEqual(list.get(to)!.storageChanges, [
    { key: 0n, changes: [change(1, 0n), change(2, 1n), change(4, 0n)] },
  ]);
});

test("a slot that one transaction reads and another changes is no read", async () => {
  const list = await listOf(program("1 SLOAD CALLVALUE 1 SSTORE"), [
    ...call(),
    ...call({ from: sender(1), value: 4n }),
  ]);
  assert.deepEqual(
    list.get(to),
    entry({
      balances: [change(2, 4n)],
      storageChanges: [{ key: 1n, changes: [change(2, 4n)] }],
    }),
  );
});

for (const [access, read] of [
  [`${other} BALANCE`, other],
  [`${other} EXTCODESIZE`, other],
  [`${other} EXTCODEHASH`, other],
  [`0 0 0 ${other} EXTCODECOPY 0`, other],
  ["9 SLOAD", "slot"],
] as const) {
  test(`what "${access.replace(other, "…")}" accessed stays in the list where the frame fails right behind it`, async () => {
    const paid = 21_000n + 2600n + 20n;
    for (const [why, source, gasLimit] of [
      ["gas", `${access} ${"POP 0 ".repeat(50)}`, paid],
      ["the stack", `${access} POP POP`, 100_000n],
      ["an invalid instruction", `${access} INVALID`, 100_000n],
    ] as const) {
      const list = await listOf(program(source), call({ gasLimit }));
      if (read === other) assert.deepEqual(list.get(other), entry(), why);
      else assert.deepEqual(list.get(to), entry({ storageReads: [9n] }), why);
    }
  });
}

test("what a reverted frame accessed stays in the list, what it changed does not", async () => {
  const inner = contract(1);
  const list = await listOf(
    {
      ...program(`0 0 0 0 2 ${inner} GAS CALL`, { balance: 9n }),
      [inner]: { code: assemble(`1 1 SSTORE 2 SLOAD 0 0 0 0 1 ${other} GAS CALL 0 0 REVERT`) },
    },
    call({ gasLimit: 200_000n }),
  );
  assert.deepEqual(list.get(inner), entry({ storageReads: [1n, 2n] }));
  assert.deepEqual(list.get(other), entry());
  assert.deepEqual(list.get(to), entry());
});

test("a precompile is named when it is called, whatever the kind of the call", async () => {
  const list = await listOf(program("0 0 0 0 4 GAS DELEGATECALL 0 0 0 0 2 GAS STATICCALL"), call());
  assert.deepEqual(
    [...list.keys()].filter((name) => name.startsWith("0x000000")),
    [address(0, 2), address(0, 4)],
  );
  const gift = await listOf({}, [{ from: sender(0), to: address(0, 4), value: 1n }]);
  assert.deepEqual(gift.get(address(0, 4)), entry({ balances: [change(1, 1n)] }));
});

test("the fee recipient's balance stands after every transaction that changes it, with all fees until then", async () => {
  const coinbase = sender(2);
  const tip = { type: 2, maxFeePerGas: 9n, maxPriorityFeePerGas: 2n, gasPrice: undefined };
  const list = await listOf(
    program(`${coinbase} BALANCE 0 SSTORE`),
    [
      { from: sender(0), to: other, ...tip },
      { from: sender(0), to: other, nonce: 1n },
      { from: sender(1), to: coinbase, value: 100n, ...tip },
      { from: coinbase, to: other, value: 1n, ...tip },
      { from: sender(3), to, gasLimit: 100_000n },
      { from: sender(3), to: other, nonce: 1n, ...tip },
    ] as Parameters<typeof listOf>[1],
    { coinbase, withdrawals: [{ address: coinbase, amount: 1n }] },
  );
  const tipOf = 2n * 21_000n;
  const afterOwn = ETHER + 2n * tipOf + 100n - 1n - 7n * 21_000n;
  assert.deepEqual(
    list.get(coinbase),
    entry({
      balances: [
        change(1, ETHER + tipOf),
        change(3, ETHER + 2n * tipOf + 100n),
        // It pays itself the tip.
        change(4, afterOwn),
        change(6, afterOwn + tipOf),
        change(7, afterOwn + tipOf + 10n ** 9n),
      ],
      nonces: [change(4, 1n)],
    }),
  );
  assert.deepEqual(list.get(to)!.storageChanges, [{ key: 0n, changes: [change(5, afterOwn)] }]);
});

test("a created contract has nonce and code; its creator, too, a nonce", async () => {
  const made = `0x${createAddress(sender(0), 0)}` as const;
  const list = await listOf({}, [
    { from: sender(0), to: undefined, data: deployment("0x00"), value: 2n, gasLimit: 100_000n },
  ]);
  assert.deepEqual(
    list.get(made),
    entry({ balances: [change(1, 2n)], nonces: [change(1, 1n)], codes: [change(1, "0x00")] }),
  );
});

test("a creation names the address it makes when that is looked at: not where it cannot pay the value", async () => {
  const made = `0x${createAddress(to, 1)}` as const;
  const collides = await listOf({ ...program("0 0 0 CREATE", { nonce: 1n }), [made]: { nonce: 1n } }, call());
  assert.deepEqual(collides.get(made), entry());
  assert.deepEqual(collides.get(to)!.nonces, [change(1, 2n)]);
  const poor = await listOf(program("0 0 1 CREATE", { nonce: 1n }), call());
  assert.equal(poor.has(made), false);
  assert.deepEqual(poor.get(to), entry());
});

test("a contract made and destroyed by one transaction keeps reads, and a balance that it had before turns zero", async () => {
  const made = `0x${createAddress(sender(0), 0)}` as const;
  const creation = [
    {
      from: sender(0),
      to: undefined,
      data: assemble(`1 1 SSTORE 2 SLOAD ${other} SELFDESTRUCT`),
      value: 3n,
      gasLimit: 200_000n,
    },
  ];
  const fresh = await listOf({}, creation, { fork: "Cancun" });
  assert.deepEqual(fresh.get(made), entry({ storageReads: [1n, 2n] }));
  assert.deepEqual(fresh.get(other), entry({ balances: [change(1, 3n)] }));
  const funded = await listOf({ [made]: { balance: 4n } }, creation, { fork: "Cancun" });
  assert.deepEqual(funded.get(made), entry({ storageReads: [1n, 2n], balances: [change(1, 0n)] }));
  assert.deepEqual(funded.get(other), entry({ balances: [change(1, 7n)] }));
});

test("an old contract that destructs itself sends its balance and stays (EIP-6780)", async () => {
  const list = await listOf(
    program(`${other} SELFDESTRUCT`, { balance: 6n, storage: { "0x1": "0x1" } }),
    call(),
    {
      fork: "Cancun",
    },
  );
  assert.deepEqual(list.get(to), entry({ balances: [change(1, 0n)] }));
  assert.deepEqual(list.get(other), entry({ balances: [change(1, 6n)] }));
});

/** Accounts that every block from Prague on calls. */
const requests = {
  "0x00000961ef480eb55e80d19ad83579a64c007002": { code: assemble("0 SLOAD 1 1 SSTORE") },
  "0x0000bbddc7ce488642fb579f8b00f3a590007251": { code: assemble("CALLER 1 SSTORE") },
  "0x000f3df6d732807ef1319fb7b8bb8522d0beac02": { code: assemble("3 2 SSTORE") },
  "0x0000f90827f1c53a10cb7a02335b175320002935": { code: assemble("8 SLOAD") },
} as const;

test("system calls stand at index 0 and behind the transactions; their caller is not named", async () => {
  const list = await listOf(requests, [{ from: sender(0), to: other }], { fork: "Prague" });
  const [dequeue, consolidate, roots, history] = Object.keys(requests).map((key) =>
    list.get(key as `0x${string}`),
  );
  assert.deepEqual(
    dequeue,
    entry({ storageChanges: [{ key: 1n, changes: [change(2, 1n)] }], storageReads: [0n] }),
  );
  assert.deepEqual(consolidate!.storageChanges[0]!.changes[0]!.index, 2);
  assert.deepEqual(roots!.storageChanges, [{ key: 2n, changes: [change(0, 3n)] }]);
  assert.deepEqual(history, entry({ storageReads: [8n] }));
  assert.equal(list.has("0xfffffffffffffffffffffffffffffffffffffffe"), false);
});

test("a system contract without code is named all the same", async () => {
  const { "0x0000f90827f1c53a10cb7a02335b175320002935": history, ...others } = requests;
  assert.ok(history);
  const list = await listOf(others, [], { fork: "Prague" });
  assert.deepEqual(list.get("0x0000f90827f1c53a10cb7a02335b175320002935"), entry());
});

test("withdrawals stand behind the transactions; one of nothing names its recipient", async () => {
  const withdrawals = [
    { address: other, amount: 2n },
    { address: recipient(3), amount: 0n },
    { address: other, amount: 3n },
  ];
  const list = await listOf({}, [], { withdrawals });
  assert.deepEqual(
    [...list],
    [
      [recipient(3), entry()],
      [other, entry({ balances: [change(1, 5n * 10n ** 9n)] })],
    ],
  );
});

test("a delegation's target is named when it is paid for and runs", async () => {
  const delegated = {
    ...requests,
    [to]: { code: `0xef0100${other.slice(2)}` as const },
    [other]: { code: assemble("1 1 SSTORE") },
  };
  const caller = contract(1);
  const accounts = { ...delegated, [caller]: { code: assemble(`0 0 0 0 0 ${to} 0 CALL`) } };
  const run = (gasLimit: bigint) => listOf(accounts, call({ to: caller, gasLimit }), { fork: "Prague" });
  const gas = 21_000n + 18n + 3n + 2600n + 2600n;
  const followed = await run(gas);
  assert.deepEqual([followed.has(to), followed.has(other)], [true, true]);
  const short = await run(gas - 1n);
  assert.deepEqual([short.has(to), short.has(other)], [true, false]);
  const unpaid = await run(gas - 2601n);
  assert.deepEqual([unpaid.has(to), unpaid.has(other)], [false, false]);
  // The transaction's own recipient: its storage is the one that is written.
  const direct = await listOf(delegated, call(), { fork: "Prague" });
  assert.deepEqual(direct.get(to)!.storageChanges, [{ key: 1n, changes: [change(1, 1n)] }]);
  assert.deepEqual(direct.get(other), entry());
});

test("setting a delegation names the authority and not the target; one that is not set only if it was looked at", async () => {
  const authority = signer(5);
  const set = async (fields: { chainId?: number; nonce?: bigint }) => {
    const authorizationList = authorize([{ address: other, nonce: 0n, ...fields }], 5);
    const list = await listOf(requests, call({ to: recipient(0), authorizationList, maxFeePerGas: 7n }), {
      fork: "Prague",
    });
    assert.equal(list.has(other), false);
    return list.get(authority);
  };
  const designator = `0xef0100${other.slice(2)}` as const;
  assert.deepEqual(await set({}), entry({ nonces: [change(1, 1n)], codes: [change(1, designator)] }));
  assert.deepEqual(await set({ nonce: 1n }), entry());
  assert.equal(await set({ chainId: 2 }), undefined);
});

test("a delegation that is set and cleared by one transaction is no change of code", async () => {
  const authority = signer(5);
  const tuples = authorize(
    [
      { address: other, nonce: 0n },
      { address: address(0, 0), nonce: 1n },
    ],
    5,
  );
  const list = await listOf(
    requests,
    call({ to: recipient(0), gasLimit: 200_000n, authorizationList: tuples, maxFeePerGas: 7n }),
    {
      fork: "Prague",
    },
  );
  assert.deepEqual(list.get(authority), entry({ nonces: [change(1, 2n)] }));
});

test("a delegation to a precompile names it", async () => {
  const list = await listOf({ ...requests, [to]: { code: `0xef0100${address(0, 4).slice(2)}` } }, call(), {
    fork: "Prague",
  });
  assert.deepEqual(list.get(address(0, 4)), entry());
});

test("accounts are in the order of their addresses and slots in that of their keys, however many", async () => {
  const keys = [1n, 0x80n, 2n ** 255n, 2n ** 64n, 2n ** 128n + 5n, 0n];
  const hex = (key: bigint) => `0x${key.toString(16).padStart(64, "0")}`;
  const few = await listOf(program(keys.map((key) => `${hex(key)} SLOAD`).join(" ")), call());
  assert.deepEqual(
    few.get(to)!.storageReads,
    keys.toSorted((a, b) => (a < b ? -1 : 1)),
  );
  // Reads 600 slots with keys that are hashes, and the accounts whose addresses they end in.
  const source =
    "0x0258 loop: 1 SWAP1 SUB DUP1 0 MSTORE 32 0 KECCAK256 DUP1 SLOAD POP BALANCE POP DUP1 @loop JUMPI";
  const many = await listOf(program(source), call({ gasLimit: 10_000_000n }));
  assert.equal(many.get(to)!.storageReads.length, 600);
  assert.equal(many.size, 603);
});

test("a block whose list has more items than its gas limit allows is refused", async () => {
  const withdrawals = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ address: recipient(i), amount: 1n }));
  const full = await runListed({}, [], { gasLimit: 31_999n, withdrawals: withdrawals(15) });
  assert.equal(full.invalid, undefined);
  const over = await runListed({}, [], { gasLimit: 31_999n, withdrawals: withdrawals(16) });
  assert.deepEqual(over.invalid, { reason: "AccessListTooLarge", transaction: undefined });
  // Slots count as well: 18 of them, their contract, the sender and the fee recipient.
  const reads = program(Array.from({ length: 18 }, (_, i) => `${i} SLOAD`).join(" "));
  const slots = (count: number) =>
    runListed(reads, call({ gasLimit: 60_000n }), { gasLimit: 60_000n, withdrawals: withdrawals(count) });
  assert.equal((await slots(9)).invalid, undefined);
  assert.equal((await slots(10)).invalid?.reason, "AccessListTooLarge");
});
