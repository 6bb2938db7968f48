// The `pre` and `postState` of a test.

import type { Fields } from "@heddle/cli";

type Hex = `0x${string}`;

export interface TestAccount {
  address: Hex;
  balance: bigint;
  nonce: bigint;
  code: Uint8Array;
  /** Slots that are not zero. */
  storage: [slot: Hex, value: bigint][];
}

function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, "0")}`;
}

/** "0x" stands for zero in some files. */
function quantity(fields: Fields, name: string): bigint {
  return fields.raw(name) === "0x" ? 0n : fields.quantity(name);
}

export function testAccounts(accounts: Fields): TestAccount[] {
  return accounts.keys().map((address) => {
    const account = accounts.object(address);
    const storage = account.object("storage");
    return {
      address: (address.startsWith("0x") ? address : `0x${address}`).toLowerCase() as Hex,
      balance: quantity(account, "balance"),
      nonce: quantity(account, "nonce"),
      code: account.bytes("code"),
      storage: storage
        .keys()
        .map((slot): [Hex, bigint] => [word(BigInt(slot === "0x" ? 0 : slot)), quantity(storage, slot)])
        .filter(([, value]) => value !== 0n),
    };
  });
}
