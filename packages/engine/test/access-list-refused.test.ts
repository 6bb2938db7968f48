import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as Rlp from "ox/Rlp";
import {
  type AccountAccess,
  type BlockAccessList,
  createEngine,
  decodeBlockAccessList,
  type Engine,
  encodeBlockAccessList,
  type Hex,
  InvalidBlockError,
  InvalidTransactionError,
} from "../src/index.ts";
import {
  address,
  type Call,
  COINBASE,
  COUNTER,
  contract,
  type ListedInput,
  recipient,
  sender,
  senders,
} from "./support/blocks.ts";
import { executed, LISTED, listedBlock } from "./support/listed-blocks.ts";
import { balanceSlot, TOKEN, transferData } from "./support/token.ts";

const COUNT = 12;
const alloc = {
  ...senders(COUNT),
  [contract(0)]: { code: COUNTER },
  [contract(1)]: { code: TOKEN, storage: { [balanceSlot(sender(0))]: 1000n } },
};

const engines: Engine[] = [];
for (const workers of [0, 2, 8])
  engines.push(await createEngine({ workers, chain: LISTED, genesis: { alloc } }));
after(() => Promise.all(engines.map((engine) => engine.close())));

/** Token transfers that hand the same amount on, counts, a transfer of ether, a creation, a withdrawal. */
const calls: Call[] = [
  ...Array.from({ length: 6 }, (_, i) => ({
    from: sender(i),
    to: contract(1),
    data: transferData(sender(i + 1), 1000n),
  })),
  ...[7, 8, 9].map((i) => ({ from: sender(i), to: contract(0) })),
  // Reverts: reads a slot, and changes nothing.
  { from: sender(10), to: contract(1), data: transferData(sender(0), 5n) },
  { from: sender(11), to: recipient(0), value: 9n },
  { from: sender(11), to: undefined, data: "0x602a60005260206000f3", nonce: 1n },
];
const block: ListedInput = {
  ...listedBlock(calls.map((call) => ({ gasPrice: 9n, ...call }))),
  withdrawals: [{ index: 0n, validatorIndex: 0n, address: recipient(1), amount: 3n }],
};
const LAST = block.transactions.length + 1;

const expected = await executed(engines[1]!, block);
const right = expected.list;

const account = (list: BlockAccessList, at: Hex) => list.find(({ address }) => address === at)!;
const token = (list: BlockAccessList) => account(list, contract(1));
const created = (list: BlockAccessList) => list.find(({ codes }) => codes.length > 0)!;
const empty = (at: Hex): AccountAccess => ({
  address: at,
  storageChanges: [],
  storageReads: [],
  balances: [],
  nonces: [],
  codes: [],
});
const insert = (list: BlockAccessList, entry: AccountAccess) => {
  list.push(entry);
  list.sort((a, b) => (a.address < b.address ? -1 : 1));
};

/** Lists of the right form that say something wrong. */
const wrong: Record<string, (list: BlockAccessList) => void> = {
  "another value of a slot": (list) => void token(list).storageChanges[0]!.changes[0]!.value++,
  "another value of a slot that a later one reads": (list) => {
    token(list).storageChanges[1]!.changes[0]!.value += 7n;
  },
  "a slot's change a transaction later": (list) =>
    void token(list).storageChanges[0]!.changes.at(-1)!.index++,
  "a slot's change before the transactions": (list) => {
    token(list).storageChanges[0]!.changes[0]!.index = 0;
  },
  "a slot's change after the transactions": (list) => {
    token(list).storageChanges[0]!.changes.at(-1)!.index = LAST;
  },
  "a slot changed to what it was": (list) => {
    account(list, contract(0)).storageChanges[0]!.changes.push({ index: LAST, value: 3n });
  },
  "a change of a slot left out": (list) => void account(list, contract(0)).storageChanges[0]!.changes.pop(),
  "a changed slot left out": (list) => void token(list).storageChanges.pop(),
  "a changed slot among those read": (list) => {
    const slot = token(list).storageChanges.pop()!;
    const reads = token(list).storageReads;
    reads.push(slot.key);
    reads.sort((a, b) => (a < b ? -1 : 1));
  },
  "a read slot left out": (list) => void token(list).storageReads.pop(),
  "a read slot that nobody reads": (list) => void account(list, contract(0)).storageReads.push(77n),
  "a read slot of an account without code": (list) => void account(list, recipient(0)).storageReads.push(0n),
  "a changed slot that nobody changes": (list) => {
    account(list, contract(0)).storageChanges.push({ key: 9n, changes: [{ index: 1, value: 1n }] });
  },
  "another balance": (list) => void account(list, sender(3)).balances[0]!.value--,
  "another balance of the fee recipient": (list) => void account(list, COINBASE).balances[4]!.value++,
  "a balance too small to pay": (list) =>
    void account(list, sender(11)).balances.splice(0, 1, { index: 11, value: 1n }),
  "the greatest balance": (list) => {
    account(list, sender(11)).balances[0]!.value = 2n ** 256n - 1n;
  },
  "a balance left out": (list) => void account(list, recipient(0)).balances.pop(),
  "a balance that does not change": (list) =>
    void account(list, contract(0)).balances.push({ index: 2, value: 0n }),
  "a withdrawal's balance before it": (list) => {
    account(list, recipient(1)).balances[0]!.index = 1;
  },
  "another nonce": (list) => void account(list, sender(4)).nonces[0]!.value++,
  "the greatest nonce": (list) => {
    account(list, sender(11)).nonces[0]!.value = 2n ** 64n - 1n;
  },
  "a nonce of a sender one transaction early": (list) => void account(list, sender(11)).nonces[0]!.index--,
  "a nonce left out": (list) => void account(list, sender(11)).nonces.shift(),
  "other code": (list) => {
    created(list).codes[0]!.value = "0x6001";
  },
  "code of nothing": (list) => {
    created(list).codes[0]!.value = "0x";
  },
  "code of one who has code": (list) => void token(list).codes.push({ index: 3, value: "0x00" }),
  "code before it is created": (list) => {
    created(list).codes[0]!.index = 2;
  },
  "code that destructs": (list) => void account(list, contract(0)).codes.push({ index: 1, value: "0x33ff" }),
  "a delegation to itself": (list) => {
    account(list, contract(0)).codes.push({ index: 7, value: `0xef0100${contract(0).slice(2)}` });
  },
  "an account left out": (list) => void list.splice(list.indexOf(account(list, recipient(0))), 1),
  "the created account left out": (list) => void list.splice(list.indexOf(created(list)), 1),
  "an account that nobody accesses": (list) => insert(list, empty(address(0x99, 1))),
  "a change of an account that nobody accesses": (list) => {
    insert(list, { ...empty(address(0x99, 1)), balances: [{ index: 1, value: 5n }] });
  },
  "another address": (list) => {
    account(list, recipient(1)).address = recipient(2);
  },
  "no account at all": (list) => void list.splice(0),
  "the last account only": (list) => void list.splice(0, list.length - 1),
};

type Item = Hex | Item[];

/** Bytes whose form is wrong. */
const malformed: Record<string, () => Uint8Array> = {
  "no bytes": () => new Uint8Array(0),
  "a string": () => Uint8Array.of(0x80),
  "half of the list": () => right.subarray(0, right.length >> 1),
  "a byte too few": () => right.subarray(0, right.length - 1),
  "a byte too many": () => Uint8Array.of(...right, 0xc0),
  "accounts out of order": () => items((list) => void list.reverse()),
  "an account twice": () => items((list) => void list.splice(1, 0, list[0]!)),
  "an account without its code changes": () => items((list) => void list[0]!.pop()),
  "an account with a list more": () => items((list) => void list[0]!.push([])),
  "an address of 19 bytes": () =>
    items((list) => {
      list[0]![0] = `0x${"01".repeat(19)}`;
    }),
  "an address that is a list": () =>
    items((list) => {
      list[0]![0] = [];
    }),
  "slots out of order": () => items((list) => void part(list, 1).reverse()),
  "a slot twice": () => items((list) => void part(list, 1).push(part(list, 1).at(-1)!)),
  "a slot without changes": () =>
    items((list) => {
      (part(list, 1)[0] as Item[])[1] = [];
    }),
  "a slot changed and read": () =>
    items((list) => void part(list, 2).push((part(list, 1).at(-1) as Item[])[0]!)),
  "a slot read twice": () => items((list) => void part(list, 2).push(part(list, 2).at(-1)!)),
  "a slot of 33 bytes": () => items((list) => void part(list, 2).push(`0x${"ff".repeat(33)}`)),
  "a slot with leading zeros": () => items((list) => void part(list, 2).unshift("0x0001")),
  "zero as a byte": () => items((list) => void part(list, 2).unshift("0x00")),
  "an index twice": () => items((list) => void part(list, 3).push(["0x01", "0x05"], ["0x01", "0x06"])),
  "indexes out of order": () => items((list) => void part(list, 3).push(["0x02", "0x05"], ["0x01", "0x06"])),
  "an index behind the last": () =>
    items((list) => void part(list, 3).push([`0x${(LAST + 1).toString(16)}`, "0x05"])),
  "an index with leading zeros": () => items((list) => void part(list, 3).push(["0x0001", "0x05"])),
  "an index that is far too large": () =>
    items((list) => void part(list, 3).push([`0x01${"00".repeat(8)}`, "0x05"])),
  "a balance with leading zeros": () => items((list) => void part(list, 3).push(["0x01", "0x0005"])),
  "a balance of 33 bytes": () => items((list) => void part(list, 3).push(["0x01", `0x${"01".repeat(33)}`])),
  "a nonce of nine bytes": () => items((list) => void part(list, 4).push(["0x01", `0x${"01".repeat(9)}`])),
  "code that is a list": () => items((list) => void part(list, 5).push(["0x01", []])),
  "a change of three": () => items((list) => void part(list, 3).push(["0x01", "0x05", "0x05"])),
  "a change that is a string": () => items((list) => void part(list, 3).push("0x01")),
  "a length in its long form": () => Uint8Array.of(0xf8, 0x01, 0xc0),
  "a length beyond the end": () => Uint8Array.of(0xfb, 0xff, 0xff, 0xff, 0xff),
};

function items(change: (list: Item[][]) => void): Uint8Array {
  const list = Rlp.toHex(right) as Item[][];
  change(list);
  return Rlp.fromHex(list as unknown as Hex[], { as: "Bytes" }) as Uint8Array;
}

/** A part of the token's entry. */
function part(list: Item[][], index: number): Item[] {
  return list.find(([at]) => at === contract(1))![index] as Item[];
}

/** The list is refused on every number of workers, in order too; afterwards the right one is taken. */
async function refused(list: Uint8Array, reason = "InvalidBlockAccessList"): Promise<InvalidBlockError> {
  let last: unknown;
  for (const engine of engines) {
    const root = engine.stateRoot;
    for (const mode of ["parallel", "sequential"] as const) {
      await assert.rejects(engine.execute({ ...block, mode, blockAccessList: list }), (error) => {
        assert.ok(error instanceof InvalidBlockError, String(error));
        assert.equal(error.reason, reason);
        last = error;
        return true;
      });
    }
    assert.equal(engine.stateRoot, root);
    const { facts, schedule } = await executed(engine, { ...block, blockAccessList: right });
    assert.deepEqual(facts, expected.facts);
    assert.ok(schedule.onAccessList);
  }
  return last as InvalidBlockError;
}

for (const [name, change] of Object.entries(wrong)) {
  test(`a list with ${name} is refused, naming an account`, async () => {
    const list = decodeBlockAccessList(right);
    change(list);
    const bytes = encodeBlockAccessList(list);
    assert.notDeepEqual(bytes, right);
    const error = await refused(bytes);
    assert.match(
      error.message,
      /^blockAccessList\[\d+\] must be what the block accessed of 0x[0-9a-f]{40}: /,
    );
  });
}

for (const [name, bytes] of Object.entries(malformed)) {
  test(`a list with ${name} is refused before anything is executed`, async () => {
    const list = bytes();
    assert.notDeepEqual(list, right);
    const error = await refused(list);
    assert.match(String(error.field), /^blockAccessList/);
  });
}

test("a list with more items than the gas limit allows is refused before anything is executed", async () => {
  const items = decodeBlockAccessList(right).reduce(
    (sum, { storageChanges, storageReads }) => sum + 1 + storageChanges.length + storageReads.length,
    0,
  );
  const tight = { ...block, header: { ...block.header, gasLimit: BigInt(items) * 2000n - 1n } };
  for (const engine of engines) {
    await assert.rejects(engine.execute({ ...tight, blockAccessList: right }), {
      reason: "AccessListTooLarge",
    });
  }
});

test("a list far longer than the block's gas could pay for is not used, only compared", async () => {
  const list = decodeBlockAccessList(right);
  const code: Hex = `0x${"5b".repeat(3 * 2 ** 20)}`;
  account(list, contract(0)).codes.push({ index: LAST, value: code });
  const bytes = encodeBlockAccessList(list);
  const small = { ...block, header: { ...block.header, gasLimit: 10_000_000n } };
  for (const engine of engines) {
    await assert.rejects(engine.execute({ ...small, blockAccessList: bytes }), (error) => {
      assert.ok(error instanceof InvalidBlockError);
      assert.equal(error.reason, "InvalidBlockAccessList");
      assert.match(String(error.met), /^an entry of \d+ bytes$/);
      return true;
    });
  }
});

test("of a block that is not valid with a list that is not, the transaction is named", async () => {
  const input = { ...block, senders: block.senders!.toReversed() as Hex[] };
  const list = decodeBlockAccessList(right);
  account(list, sender(3)).balances[0]!.value--;
  for (const engine of engines) {
    for (const blockAccessList of [right, encodeBlockAccessList(list)]) {
      await assert.rejects(
        engine.execute({ ...input, blockAccessList }),
        (error) =>
          error instanceof InvalidTransactionError && error.index === 1 && error.reason === "NonceTooLow",
      );
    }
  }
});

test("a list where the rules have none, or that is no bytes, is refused by its name", async () => {
  await using engine = await createEngine({ workers: 0, chain: { ...LISTED, eips: [] } });
  await assert.rejects(engine.execute({ ...listedBlock([]), blockAccessList: Uint8Array.of(0xc0) }), {
    name: "InvalidBlockError",
    field: "blockAccessList",
  });
  const text = "0xc0" as unknown as Uint8Array;
  await assert.rejects(engine.execute({ ...listedBlock([]), blockAccessList: text }), {
    name: "InvalidArgumentError",
    field: "blockAccessList",
  });
});
