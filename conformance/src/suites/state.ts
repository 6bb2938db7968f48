// State tests: one transaction on a given state, for every fork and entry of `post`.

import { bytesToHex, Fields, parseJson } from "@heddle/cli";
import { type ExecutionHeader, Fork, type Rules } from "@heddle/engine/testing";
import { type TestAccount, testAccounts } from "../accounts.ts";
import { isExpectedRefusal } from "../exceptions.ts";
import { rulesOf } from "../executor.ts";
import { legacyTransaction } from "../legacy-transaction.ts";
import { networkOptions } from "../network.ts";
import { type Case, compare, type Difference } from "../outcome.ts";
import { describeRefusal } from "../refusal.ts";
import { runState, type StateOutcome, type StateRun } from "../state-executor.ts";

/** The accounts of a test are loaded again for every entry; reading them once is enough. */
interface Test {
  name: string;
  fields: Fields;
  accounts: TestAccount[];
}

/** The block of the transaction; what a fork does not have is left out. */
function headerOf(env: Fields, rules: Rules): ExecutionHeader {
  const header: ExecutionHeader = {
    coinbase: bytesToHex(env.bytes("currentCoinbase", 20)),
    gasLimit: env.quantity("currentGasLimit", 63),
    number: env.quantity("currentNumber", 64),
    timestamp: env.quantity("currentTimestamp", 64),
    difficulty: env.quantityOr("currentDifficulty", 0n),
    mixHash: word(env.quantityOr("currentRandom", 0n)),
    parentHash: word(0n),
  };
  if (rules.fork >= Fork.London) header.baseFeePerGas = env.quantityOr("currentBaseFee", 0x0an);
  if (rules.fork >= Fork.Cancun) {
    header.excessBlobGas = env.quantityOr("currentExcessBlobGas", 0n, 64);
    header.parentBeaconBlockRoot = word(0n);
  }
  return header;
}

function word(value: bigint): `0x${string}` {
  return `0x${value.toString(16).padStart(64, "0")}`;
}

function rules(test: Test, fork: string): Rules {
  const config = test.fields.has("config") ? test.fields.object("config") : null;
  return rulesOf(fork, config === null ? {} : networkOptions(config));
}

function pick(list: readonly unknown[], index: bigint, transaction: Fields, name: string): string {
  const value = list[Number(index)];
  if (typeof value !== "string") return transaction.fail(name, `a string at ${index}`);
  return value;
}

/** The transaction of an entry: its signed bytes, or for the oldest files one built from its fields. */
function transactionOf(test: Test, entry: Fields): Pick<StateRun, "raw" | "sender"> {
  if (entry.has("txbytes")) return { raw: entry.bytes("txbytes"), sender: null };
  const transaction = test.fields.object("transaction");
  const indexes = entry.object("indexes");
  return legacyTransaction(transaction, {
    data: pick(transaction.list("data"), indexes.quantity("data", 32), transaction, "data"),
    gasLimit: pick(transaction.list("gasLimit"), indexes.quantity("gas", 32), transaction, "gasLimit"),
    value: pick(transaction.list("value"), indexes.quantity("value", 32), transaction, "value"),
  });
}

function differences(entry: Fields, outcome: StateOutcome): Difference[] {
  const expected = entry.has("expectException") ? entry.text("expectException") : null;
  const found: Difference[] = [];
  if (expected !== null) {
    if (outcome.refusal === null) {
      found.push({ field: "exception", ours: "accepted", theirs: expected });
    } else if (!isExpectedRefusal(expected, outcome.refusal)) {
      found.push({ field: "exception", ours: describeRefusal(outcome.refusal), theirs: expected });
    }
  }
  // Before EIP-158 the tools that made the files differ in whether a refused transaction's block still touches the
  // fee recipient, as its reward of zero would.
  const theirs = entry.text("hash");
  const untouched = outcome.refusal !== null && outcome.preRoot === theirs;
  found.push(...compare("state root", untouched ? outcome.preRoot : outcome.stateRoot, theirs));
  if (outcome.refusal === null) found.push(...compare("logs", outcome.logsHash, entry.text("logs")));
  else if (expected === null && found.length > 0) {
    // Old files have no mark for a transaction that is not valid: it simply leaves the state as it was.
    found.push({ field: "exception", ours: describeRefusal(outcome.refusal), theirs: "none stated" });
  }
  return found;
}

/** The entries of a state test file, in the order of the file. */
export function* stateCases(path: string, bytes: Uint8Array): Generator<Case> {
  const file = new Fields(path, "", parseJson(path, bytes));
  for (const name of file.keys()) {
    const fields = file.object(name);
    const test: Test = { name, fields, accounts: testAccounts(fields.object("pre")) };
    const post = fields.object("post");
    for (const fork of post.keys()) {
      for (const [position, entry] of post.objects(fork).entries()) {
        yield {
          fork,
          test: `${name} [${fork} ${position}]`,
          run: async () => {
            const inForce = rules(test, fork);
            const header = headerOf(test.fields.object("env"), inForce);
            const transaction = transactionOf(test, entry);
            const outcome = await runState({
              rules: inForce,
              header,
              accounts: test.accounts,
              ...transaction,
            });
            return differences(entry, outcome);
          },
        };
      }
    }
  }
}
