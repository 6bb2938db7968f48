import assert from "node:assert/strict";
import { test } from "node:test";
import { devAccounts } from "@heddle/chain";
import * as HdKey from "ox/HdKey";
import * as Mnemonic from "ox/Mnemonic";
import { privateKeyToAddress } from "viem/accounts";

test("the keys of a mnemonic and a path are those that a library of wallets derives", () => {
  const mnemonics = [
    "test test test test test test test test test test test junk",
    "legal winner thank year wave sausage worth useful legal winner thank yellow",
  ];
  for (const mnemonic of mnemonics) {
    const master = HdKey.fromSeed(Mnemonic.toSeed(mnemonic));
    for (const path of ["m", "m/44'/60'/0'/0/", "m/44'/60'/1'/0", "m/0/2147483647'/7"]) {
      const parent = master.derive(path.replace(/\/$/, ""));
      const expected = Array.from({ length: 40 }, (_, i) => {
        const { privateKey } = parent.derive(`m/${i}`);
        return { address: privateKeyToAddress(privateKey).toLowerCase(), privateKey };
      });
      assert.deepEqual(devAccounts(40, { mnemonic, path }), expected, path);
    }
  }
});

test("a path that is none is refused", () => {
  for (const path of ["44'/60'", "m/x", "m//0", "m/2147483648"]) {
    assert.throws(() => devAccounts(1, { path }), RangeError, path);
  }
});
