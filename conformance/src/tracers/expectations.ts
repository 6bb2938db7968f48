// What of an expected trace is compared, by folder, and why what is not compared is not.

/** A folder of files: the tracer that they are about, and how both sides are made comparable. */
export interface Expectation {
  tracer: string;
  /** Reasons for what is done to either side before they are compared; none: they must be equal as they are. */
  reasons: readonly string[];
  expected(value: unknown): unknown;
  met(value: unknown): unknown;
}

type Fields = Record<string, unknown>;

const asIs = (value: unknown) => value;
const strict = (tracer: string): Expectation => ({ tracer, reasons: [], expected: asIs, met: asIs });

/** A call and all calls in it, each as `change` leaves it. */
function everyCall(value: unknown, change: (call: Fields) => void): unknown {
  const call = { ...(value as Fields) };
  change(call);
  if (Array.isArray(call["calls"])) call["calls"] = call["calls"].map((inner) => everyCall(inner, change));
  return call;
}

function lowerCase(call: Fields, ...names: string[]): void {
  for (const name of names) if (typeof call[name] === "string") call[name] = call[name].toLowerCase();
}

/** Where the transaction stood in the chain, which the files' context does not say. */
const PLACE = ["blockHash", "blockNumber", "transactionHash", "transactionPosition", "time"];
const MAY_BE_ABSENT = [
  "address",
  "author",
  "balance",
  "code",
  "init",
  "input",
  "output",
  "refundAddress",
  "rewardType",
];
const NOTHING: ReadonlySet<unknown> = new Set([null, "", "0x", "0x0", `0x${"00".repeat(20)}`]);

function dropNothings(fields: unknown): Fields {
  const kept = Object.entries((fields ?? {}) as Fields).filter(
    ([name, value]) => !(MAY_BE_ABSENT.includes(name) && NOTHING.has(value)),
  );
  return Object.fromEntries(kept);
}

function flat(value: unknown): unknown {
  return (value as Fields[]).map((trace) => {
    const copy: Fields = {
      ...trace,
      action: dropNothings(trace["action"]),
      result: dropNothings(trace["result"]),
    };
    for (const name of PLACE) delete copy[name];
    return copy;
  });
}

/** Failures of calls and creations that no instruction of theirs causes. */
const OUTSIDE: ReadonlySet<unknown> = new Set([
  "contract creation code storage out of gas",
  "insufficient balance for transfer",
]);

export const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  call_tracer: strict("callTracer"),
  call_tracer_withLog: strict("callTracer"),
  prestate_tracer: strict("prestateTracer"),
  prestate_tracer_with_diff_mode: strict("prestateTracer"),
  call_tracer_flat: {
    tracer: "flatCallTracer",
    reasons: [
      "the place in the chain is that of the recorded block: the context does not hold it, and go-ethereum's own test ignores it",
      "the files were written from records of Go, in which what is absent and what is nothing are the same: both are left out",
    ],
    expected: flat,
    met: flat,
  },
  call_tracer_legacy: {
    tracer: "callTracer",
    reasons: [
      "recorded with the tracer in JavaScript that callTracer replaced: it writes an output of nothing, leaves out the value of delegate calls, has checksums in addresses, no reasons of reverts, and of self-destructs no gas",
      'it says "internal failure" where a call or creation fails outside of its code, and of calls then no gas',
    ],
    expected: (value) =>
      everyCall(value, (call) => {
        lowerCase(call, "from", "to");
        delete call["time"];
        if (call["output"] === "0x") delete call["output"];
      }),
    met: (value) =>
      everyCall(value, (call) => {
        if (call["type"] === "DELEGATECALL") delete call["value"];
        delete call["revertReason"];
        if (call["type"] === "SELFDESTRUCT") for (const name of ["gas", "gasUsed"]) delete call[name];
        if (!OUTSIDE.has(call["error"])) return;
        call["error"] = "internal failure";
        if (call["type"] !== "CALL") return;
        delete call["gas"];
        delete call["gasUsed"];
      }),
  },
  prestate_tracer_legacy: {
    tracer: "prestateTracer",
    reasons: [
      "recorded with the tracer in JavaScript: it writes code, nonce and storage also where there is nothing, and no hash of code",
    ],
    expected: (value) =>
      accounts(value, (account) => {
        if (account["code"] === "0x") delete account["code"];
        if (account["nonce"] === 0) delete account["nonce"];
        if (Object.keys((account["storage"] ?? {}) as Fields).length === 0) delete account["storage"];
      }),
    met: (value) =>
      accounts(value, (account) => {
        delete account["codeHash"];
      }),
  },
};

function accounts(value: unknown, change: (account: Fields) => void): unknown {
  return Object.fromEntries(
    Object.entries(value as Record<string, Fields>).map(([address, account]) => {
      const copy = { ...account };
      change(copy);
      return [address, copy];
    }),
  );
}

/** Folders that are about something that is not here. */
export const NOT_HERE: Readonly<Record<string, string>> = {
  erc7562_tracer: "erc7562Tracer serves bundlers of account abstraction and is not offered",
};
