import assert from "node:assert/strict";
import test from "node:test";
import { encodeBlock } from "@heddle/engine";
import { Chain } from "../src/chain.ts";
import { RANDOM_MODES } from "../src/mode.ts";
import { ACCOUNTS, CONFIG, child, genesis, type MadeBlock } from "./support/chain-maker.ts";

const root = await genesis();
// The main chain is slow, so that each of its blocks is easier than the one before; the side chain is fast.
const main: MadeBlock[] = [];
const side: MadeBlock[] = [];
for (let i = 0; i < 3; i++) main.push(await child(main.at(-1) ?? root, 1, 60));
for (let i = 0; i < 3; i++) side.push(await child(side.at(-1) ?? main[0]!, 2, 1));
const withUncle = await child(main[2]!, 1, 60, [side[0]!]);

test("the head is the end of the heaviest chain, whichever came first, in every mode", async () => {
  for (const mode of RANDOM_MODES) {
    const chain = await Chain.start(CONFIG, root.header, ACCOUNTS, { mode, seals: false });
    assert.equal(chain.genesisStateRoot, root.header.stateRoot);
    assert.equal(chain.genesisHash, root.hash);
    for (const { rlp } of main) assert.equal(await chain.importBlock(rlp), null);
    assert.equal(chain.headHash, main[2]!.hash);
    for (const { rlp } of side) assert.equal(await chain.importBlock(rlp), null);
    assert.equal(chain.headHash, side[2]!.hash);
    assert.equal(chain.headStateRoot, side[2]!.header.stateRoot);
    const difficulties = [root, main[0]!, ...side].map(({ header }) => header.difficulty);
    assert.equal(
      chain.totalDifficulty,
      difficulties.reduce((a, b) => a + b),
    );
  }
});

test("an uncle is rewarded once, and an ancestor is none", async () => {
  const twice = await child(withUncle, 1, 60, [side[0]!]);
  const ancestor = await child(withUncle, 1, 60, [main[2]!]);
  const brother = await child(side[2]!, 1, 60, [side[2]!]);
  for (const mode of RANDOM_MODES) {
    const chain = await Chain.start(CONFIG, root.header, ACCOUNTS, { mode, seals: false });
    for (const { rlp } of [...main, withUncle]) assert.equal(await chain.importBlock(rlp), null);
    assert.equal(chain.headHash, withUncle.hash);
    for (const { rlp } of [twice, ancestor]) {
      assert.deepEqual(await chain.importBlock(rlp), { kind: "block", field: "uncles[0]" });
    }
    assert.deepEqual(await chain.importBlock(brother.rlp), { kind: "block", field: "header.parentHash" });
    assert.equal(chain.headHash, withUncle.hash);
  }
});

test("a block that is refused after it was executed leaves no trace", async () => {
  const header = { ...main[1]!.header, stateRoot: root.header.stateRoot };
  const wrong = encodeBlock({ header, transactions: [], uncles: [] });
  for (const mode of RANDOM_MODES) {
    const chain = await Chain.start(CONFIG, root.header, ACCOUNTS, { mode, seals: false });
    assert.equal(await chain.importBlock(main[0]!.rlp), null);
    assert.deepEqual(await chain.importBlock(wrong), { kind: "block", field: "header.stateRoot" });
    assert.equal(chain.headHash, main[0]!.hash);
    assert.equal(await chain.importBlock(main[1]!.rlp), null);
    assert.equal(chain.headHash, main[1]!.hash);
  }
});

test("where seals are asked for, a block without one is refused for it", async () => {
  const chain = await Chain.start(CONFIG, root.header, ACCOUNTS, { mode: "in-order", seals: true });
  assert.deepEqual(await chain.importBlock(main[0]!.rlp), { kind: "block", field: "header.seal" });
});
