// Blockchain tests: import blocks in order on a genesis, some of which must be refused.

import { bytesToHex, Fields, parseJson } from "@heddle/cli";
import {
  type BlockAccessList,
  decodeBlock,
  decodeHeader,
  encodeHeader,
  type Header,
  networkConfig,
} from "@heddle/engine";
import type { Schedule } from "@heddle/engine/testing";
import { accessListDifference, encodeAnyList, fixtureAccessList } from "../access-list.ts";
import { testAccounts } from "../accounts.ts";
import { Chain } from "../chain.ts";
import { isExpectedRefusal } from "../exceptions.ts";
import type { Mode } from "../mode.ts";
import { networkOptions, revisionOptions } from "../network.ts";
import { type Case, compare, type Difference } from "../outcome.ts";
import { payloadBlock } from "../payload.ts";
import { describeRefusal, type Refusal } from "../refusal.ts";

/** What a list that came with a block is refused for. */
const WRONG_LIST = "BlockException.INVALID_BLOCK_ACCESS_LIST";

/** A block of a test, with what is to come of it. */
export interface Step {
  rlp: Uint8Array;
  /** null = must be accepted; "" = must be refused, for whatever reason. */
  expected: string | null;
  /** The hash that an accepted block must have. */
  hash: string | null;
  /** An accepted block's access list (EIP-7928), or the one that a refused block would come with. */
  accessList: BlockAccessList | null;
}

/** The names under which a block says why it is refused; old files do so by fork. */
function exceptionOf(block: Fields, network: string): string {
  for (const name of ["expectException", "expectExceptionALL", `expectException${network}`]) {
    if (block.has(name)) return block.text(name);
  }
  return "";
}

function accessListOf(block: Fields): BlockAccessList | null {
  for (const fields of [block, block.has("rlp_decoded") ? block.object("rlp_decoded") : null]) {
    if (fields?.has("blockAccessList")) return fixtureAccessList(fields.objects("blockAccessList"));
  }
  return null;
}

function stepOf(block: Fields, network: string): Step {
  const accepted = block.has("blockHeader") && !block.has("expectException");
  return {
    rlp: block.bytes("rlp"),
    expected: accepted ? null : exceptionOf(block, network),
    hash: accepted ? block.object("blockHeader").text("hash") : null,
    accessList: accessListOf(block),
  };
}

/** Blocks as RLP, or as the payloads that a consensus client would send. */
export async function stepsOf(test: Fields, network: string): Promise<Step[]> {
  if (test.has("engineNewPayloads")) {
    return Promise.all(
      test.objects("engineNewPayloads").map(async (payload) => {
        const { rlp, hash } = await payloadBlock(payload);
        const expected = payload.has("validationError") ? payload.text("validationError") : null;
        return { rlp, hash: expected === null ? hash : null, expected, accessList: null };
      }),
    );
  }
  return test.objects("blocks").map((block) => stepOf(block, network));
}

/** The header that a test's chain begins with. */
export function genesisOf(test: Fields): Header {
  if (test.has("genesisRLP")) return decodeBlock(test.bytes("genesisRLP")).header;
  return headerOf(test.object("genesisBlockHeader"));
}

const HEADER_NAMES: readonly (readonly [keyof Header, string])[] = [
  ["parentHash", "parentHash"],
  ["ommersHash", "uncleHash"],
  ["coinbase", "coinbase"],
  ["stateRoot", "stateRoot"],
  ["transactionsRoot", "transactionsTrie"],
  ["receiptsRoot", "receiptTrie"],
  ["logsBloom", "bloom"],
  ["extraData", "extraData"],
  ["mixHash", "mixHash"],
  ["nonce", "nonce"],
  ["withdrawalsRoot", "withdrawalsRoot"],
  ["parentBeaconBlockRoot", "parentBeaconBlockRoot"],
  ["requestsHash", "requestsHash"],
  ["blockAccessListHash", "blockAccessListHash"],
];
const HEADER_NUMBERS = [
  "difficulty",
  "number",
  "gasLimit",
  "gasUsed",
  "timestamp",
  "baseFeePerGas",
  "blobGasUsed",
  "excessBlobGas",
  "slotNumber",
] as const;

/** A header in the names of the fixtures. */
function headerOf(fields: Fields): Header {
  const header: Record<string, unknown> = {};
  for (const [ours, theirs] of HEADER_NAMES)
    if (fields.has(theirs)) header[ours] = bytesToHex(fields.bytes(theirs));
  for (const name of HEADER_NUMBERS) if (fields.has(name)) header[name] = fields.quantity(name);
  return decodeHeader(encodeHeader(header as unknown as Header));
}

function checkStep(step: Step, refusal: Refusal | null, field: string): Difference[] {
  if (step.expected === null) {
    return refusal === null ? [] : [{ field, ours: describeRefusal(refusal), theirs: "accepted" }];
  }
  if (refusal === null) return [{ field, ours: "accepted", theirs: step.expected || "refused" }];
  if (step.expected === "" || isExpectedRefusal(step.expected, refusal)) return [];
  return [{ field, ours: describeRefusal(refusal), theirs: step.expected }];
}

/** On the right list nothing is executed twice, and nobody waits for another (EIP-7928). */
function checkSchedule(schedule: Schedule, field: string): Difference[] {
  const { onAccessList, aborts, estimates, inTurn, inOrderFrom } = schedule;
  if (onAccessList && aborts + estimates + inTurn === 0 && inOrderFrom === undefined) return [];
  const ours = `on the list: ${onAccessList}; aborts ${aborts}, estimates ${estimates}, in turn ${inTurn}, in order from ${inOrderFrom}`;
  return [{ field: `${field}, schedule`, ours, theirs: "on the list, without conflicts" }];
}

/** Imports one block after another, each alone or with the access list that came with it. */
async function importAll(test: Fields, chain: Chain, steps: readonly Step[], withLists: boolean) {
  const found: Difference[] = [];
  for (const [i, step] of steps.entries()) {
    const list = withLists && step.accessList !== null ? encodeAnyList(step.accessList) : undefined;
    const field = `block ${i + 1}${list === undefined ? "" : " on its access list"}`;
    const refusal = await chain.importBlock(step.rlp, list);
    // Of a block that is wrong its list may be wrong too, and is looked at first.
    const expected = list === undefined || !step.expected ? step.expected : `${step.expected}|${WRONG_LIST}`;
    found.push(...checkStep({ ...step, expected }, refusal, field));
    if (refusal === null && step.hash !== null && !chain.holds(step.hash)) {
      found.push({ field: `${field}, hash`, ours: "another one", theirs: step.hash });
    }
    const result = chain.lastResult;
    if (list !== undefined && refusal === null && result?.schedule !== undefined) {
      found.push(...checkSchedule(result.schedule, field));
    }
    // The header's hash is compared by the import: the entry that is wrong is only looked for where it differs.
    if (step.expected === null && step.accessList !== null && refusal !== null && result?.blockAccessList) {
      found.push(...accessListDifference(result.blockAccessList, step.accessList));
    }
  }
  found.push(...compare("head", chain.headHash, test.text("lastblockhash")));
  if (test.has("postState")) {
    const post = chain.rootOf(testAccounts(test.object("postState")));
    found.push(...compare("state root of the head", chain.headStateRoot, post));
  } else if (test.has("postStateHash")) {
    found.push(...compare("state root of the head", chain.headStateRoot, test.text("postStateHash")));
  }
  return found;
}

async function runTest(test: Fields, network: string, mode: Mode): Promise<Difference[]> {
  const options = {
    ...(test.has("config") ? networkOptions(test.object("config")) : {}),
    ...revisionOptions(test),
  };
  const genesis = genesisOf(test);
  const accounts = testAccounts(test.object("pre"));
  const seals = !test.has("sealEngine") || test.text("sealEngine") !== "NoProof";
  const start = () => Chain.start(networkConfig(network, options), genesis, accounts, { mode, seals });
  const chain = await start();
  const found = [
    ...compare("genesis hash", chain.genesisHash, test.object("genesisBlockHeader").text("hash")),
    ...compare("genesis state root", chain.genesisStateRoot, genesis.stateRoot),
  ];
  const steps = await stepsOf(test, network);
  found.push(...(await importAll(test, chain, steps, false)));
  if (steps.some(({ accessList }) => accessList !== null)) {
    found.push(...(await importAll(test, await start(), steps, true)));
  }
  return found;
}

/** The tests of a blockchain test file. */
export function* blockCases(path: string, bytes: Uint8Array): Generator<Case> {
  const file = new Fields(path, "", parseJson(path, bytes));
  for (const name of file.keys()) {
    const test = file.object(name);
    const network = test.text("network");
    yield { fork: network, test: name, hasModes: true, run: (mode) => runTest(test, network, mode) };
  }
}
