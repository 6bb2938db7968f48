import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  createEngine,
  decodeUndo,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  type Engine,
  EngineError,
  type Hex,
  InvalidArgumentError,
  type StateEdit,
} from "../src/index.ts";
import { block, contract, ETHER, recipient, SHANGHAI, sender, senders, transfers } from "./support/blocks.ts";

const key = (n: bigint): Hex => `0x${n.toString(16).padStart(64, "0")}`;
const CODE: Hex = "0x60005460010160005500";
const HOLDER = contract(1);

const alloc = {
  ...senders(4),
  [HOLDER]: { code: CODE, balance: 5n, nonce: 1n, storage: { "0x0": 7n, "0x1": 8n, "0xff": 9n } },
} as const;

const open = (): Promise<Engine> => createEngine({ workers: 0, chain: SHANGHAI, genesis: { alloc } });

/** The root of a state that is made at once. */
async function rootOf(state: Parameters<typeof createEngine>[0] & object): Promise<Hex | undefined> {
  await using engine = await createEngine({ workers: 0, ...state });
  return engine.stateRoot;
}

describe("edit", () => {
  test("gives the state that an allocation of the same accounts gives", async () => {
    await using engine = await open();
    const { stateRoot } = await engine.edit([
      { address: recipient(1), balance: 3n },
      {
        address: HOLDER,
        balance: 6n,
        storage: [
          [key(1n), 0n],
          [key(2n), 4n],
        ],
      },
      { address: sender(0), deleted: true },
      { address: contract(2), code: "0x00", nonce: 2n, storage: [[key(5n), 6n]] },
    ]);
    const { [sender(0)]: _, ...others } = alloc;
    const expected = await rootOf({
      genesis: {
        alloc: {
          ...others,
          [recipient(1)]: { balance: 3n },
          [HOLDER]: { ...alloc[HOLDER], balance: 6n, storage: { "0x0": 7n, "0xff": 9n, "0x2": 4n } },
          [contract(2)]: { code: "0x00", nonce: 2n, storage: { "0x5": 6n } },
        },
      },
    });
    assert.equal(stateRoot, expected);
    assert.equal(engine.stateRoot, expected);
    assert.equal(await engine.getAccount(sender(0)), undefined);
    assert.equal(await engine.getStorage(HOLDER, key(1n)), 0n);
    assert.equal(await engine.getStorage(HOLDER, key(2n)), 4n);
    assert.deepEqual(await engine.getCode(contract(2)), Uint8Array.of(0));
  });

  const cases: [string, StateEdit[]][] = [
    ["an account is made", [{ address: recipient(1), balance: 1n }]],
    ["an account is emptied", [{ address: sender(1), balance: 0n }]],
    ["an account is deleted", [{ address: HOLDER, deleted: true }]],
    ["an empty account is made", [{ address: recipient(2), deleted: false }]],
    ["code is set", [{ address: sender(1), code: "0x6001" }]],
    ["code is cleared", [{ address: HOLDER, code: "0x" }]],
    [
      "slots are set, changed and cleared",
      [
        {
          address: HOLDER,
          storage: [
            [key(0n), 0n],
            [key(1n), 1n],
            [key(3n), 2n],
          ],
        },
      ],
    ],
    ["a storage is cleared", [{ address: HOLDER, clearStorage: true }]],
    [
      "a storage is replaced",
      [
        {
          address: HOLDER,
          clearStorage: true,
          storage: [
            [key(1n), 8n],
            [key(9n), 1n],
          ],
        },
      ],
    ],
    [
      "a storage is given to an account of nothing else",
      [{ address: recipient(3), storage: [[key(1n), 1n]] }],
    ],
    ["nothing changes", [{ address: sender(2) }]],
    ["nothing is named", []],
  ];
  for (const [name, edits] of cases) {
    test(`where ${name}, revert restores the state and the revert's record does it again`, async () => {
      await using engine = await open();
      const before = engine.stateRoot;
      const { stateRoot, undo } = await engine.edit(edits);
      const back = await engine.revert(undo);
      assert.equal(back.stateRoot, before);
      assert.equal(engine.stateRoot, before);
      assert.equal(await engine.getStorage(HOLDER, key(0n)), 7n);
      assert.equal(await engine.getStorage(HOLDER, key(0xffn)), 9n);
      assert.equal(await engine.getStorage(HOLDER, key(9n)), 0n);
      assert.equal((await engine.getCode(HOLDER)).length, 10);
      const again = await engine.revert(back.undo);
      assert.equal(again.stateRoot, stateRoot);
      assert.deepEqual(again.undo, undo);
    });
  }

  test("an account that is left with nothing is not in the state, unless it is said to be", async () => {
    await using engine = await createEngine({ workers: 0 });
    await engine.edit([{ address: recipient(1), balance: 0n }]);
    assert.equal(engine.stateRoot, EMPTY_TRIE_ROOT);
    await engine.edit([{ address: recipient(1), balance: 0n, deleted: false }]);
    assert.notEqual(engine.stateRoot, EMPTY_TRIE_ROOT);
    assert.deepEqual(await engine.getAccount(recipient(1)), {
      nonce: 0n,
      balance: 0n,
      codeHash: EMPTY_CODE_HASH,
    });
  });

  test("what is wrong is refused by its name, and nothing is applied", async () => {
    await using engine = await open();
    const before = engine.stateRoot;
    const good: StateEdit = { address: sender(0), balance: 1n };
    const wrong: [unknown, string][] = [
      [7, "edits"],
      [[good, null], "edits[1]"],
      [[good, { address: "0x12" }], "edits[1].address"],
      [[good, { address: sender(1), balance: -1n }], "edits[1].balance"],
      [[good, { address: sender(1), nonce: 2n ** 64n }], "edits[1].nonce"],
      [[good, { address: sender(1), code: "0x1" }], "edits[1].code"],
      [[good, { address: sender(1), deleted: 1 }], "edits[1].deleted"],
      [[good, { address: sender(1), deleted: true, nonce: 1n }], "edits[1].deleted"],
      [[good, { address: sender(1), storage: [["0x1", 1n]] }], "edits[1].storage"],
      [
        [
          good,
          {
            address: sender(1),
            storage: [
              [key(1n), 1n],
              [key(1n), 2n],
            ],
          },
        ],
        "edits[1].storage",
      ],
      [[good, good], "edits.address"],
    ];
    for (const [edits, field] of wrong) {
      await assert.rejects(
        engine.edit(edits as StateEdit[]),
        (error) => error instanceof InvalidArgumentError && error.field === field,
        field,
      );
    }
    assert.equal(engine.stateRoot, before);
    assert.equal((await engine.getAccount(sender(0)))?.balance, ETHER);
  });

  test("is refused while a block's result is open", async () => {
    await using engine = await open();
    const result = await engine.execute(block(transfers(1)));
    const code = (error: unknown) => error instanceof EngineError && error.code === "RESULT_PENDING";
    await assert.rejects(engine.edit([]), code);
    await assert.rejects(engine.revert(result.undo()), code);
    await result.commit();
  });

  test("blocks run on what an edit has written", async () => {
    await using engine = await open();
    await engine.edit([
      { address: sender(0), nonce: 5n },
      { address: contract(3), code: CODE, storage: [[key(0n), 41n]] },
    ]);
    const result = await engine.execute(block([{ from: sender(0), nonce: 5n, to: contract(3) }]));
    await result.commit();
    assert.equal(await engine.getStorage(contract(3), key(0n)), 42n);
  });
});

describe("the undo record of a block", () => {
  test("holds what the block overwrites, before and after the commit", async () => {
    await using engine = await open();
    const result = await engine.execute(block([{ from: sender(0), to: HOLDER }]));
    const record = [...decodeUndo(result.undo())];
    assert.deepEqual(
      record.find(({ address }) => address === HOLDER),
      {
        address: HOLDER,
        account: { nonce: 1n, balance: 5n, codeHash: (await engine.getAccount(HOLDER))?.codeHash },
        storageWiped: false,
        storage: [[key(0n), 7n]],
      },
    );
    assert.deepEqual(record.find(({ address }) => address === sender(0))?.account, {
      nonce: 0n,
      balance: ETHER,
      codeHash: EMPTY_CODE_HASH,
    });
    await result.commit();
    assert.deepEqual([...decodeUndo(result.undo())], record);
  });
});
