// A fixture's block access list (EIP-7928) in the engine's terms, and where ours differs from it.

import { bytesToHex, type Fields } from "@heddle/cli";
import {
  type BlockAccessList,
  decodeBlockAccessList,
  type Hex,
  type IndexedValue,
  integerHex,
} from "@heddle/engine";
import type { Difference } from "./outcome.ts";
import { writeRlp } from "./rlp-value.ts";

function changes<T>(list: Fields[], read: (change: Fields) => T): IndexedValue<T>[] {
  return list.map((change) => ({
    index: Number(change.quantity("blockAccessIndex", 16)),
    value: read(change),
  }));
}

/** The list that the JSON of a fixture gives. */
export function fixtureAccessList(accounts: Fields[]): BlockAccessList {
  return accounts.map((account) => ({
    address: bytesToHex(account.bytes("address", 20)),
    storageChanges: account.objects("storageChanges").map((slot) => ({
      key: slot.quantity("slot"),
      changes: changes(slot.objects("slotChanges"), (change) => change.quantity("postValue")),
    })),
    storageReads: account.list("storageReads").map((key) => BigInt(String(key))),
    balances: changes(account.objects("balanceChanges"), (change) => change.quantity("postBalance")),
    nonces: changes(account.objects("nonceChanges"), (change) => change.quantity("postNonce", 64)),
    codes: changes(account.objects("codeChanges"), (change) => bytesToHex(change.bytes("newCode"))),
  }));
}

const quantity = (value: bigint | number): Hex => integerHex(BigInt(value));

/** RLP of a list, whatever is wrong with it: what a peer may send, and the engine's own encoder refuses to. */
export function encodeAnyList(list: BlockAccessList): Uint8Array {
  const changes = <T>(of: readonly IndexedValue<T>[], value: (change: T) => Hex) =>
    of.map((change) => [quantity(change.index), value(change.value)]);
  const items = list.map(({ address, storageChanges, storageReads, balances, nonces, codes }) => [
    address,
    storageChanges.map((slot) => [quantity(slot.key), changes(slot.changes, quantity)]),
    storageReads.map(quantity),
    changes(balances, quantity),
    changes(nonces, quantity),
    changes(codes, (code) => code),
  ]);
  return writeRlp(items);
}

/** Parts of an account's entry, as text by name. */
function parts(list: BlockAccessList): Map<string, Map<string, string>> {
  const show = (value: unknown) =>
    JSON.stringify(value, (_, item) => (typeof item === "bigint" ? `0x${item.toString(16)}` : item));
  return new Map(
    list.map(({ address, ...fields }) => [
      address,
      new Map(Object.entries(fields).map(([name, value]) => [name, show(value)])),
    ]),
  );
}

/** The first entry, by address and part, in which the list that `ours` encodes differs; none = equal. */
export function accessListDifference(ours: Uint8Array, theirs: BlockAccessList): Difference[] {
  const [a, b] = [parts(decodeBlockAccessList(ours)), parts(theirs)];
  for (const address of [...new Set([...a.keys(), ...b.keys()])].sort()) {
    const [mine, expected] = [a.get(address), b.get(address)];
    if (mine === undefined || expected === undefined) {
      const shown = (entry: unknown) => (entry === undefined ? "not in the list" : "in the list");
      return [{ field: `access list, ${address}`, ours: shown(mine), theirs: shown(expected) }];
    }
    for (const [part, value] of mine) {
      if (value !== expected.get(part)) {
        return [{ field: `access list, ${address} ${part}`, ours: value, theirs: expected.get(part)! }];
      }
    }
  }
  return [];
}
