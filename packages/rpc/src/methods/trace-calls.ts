// trace_call and its like: what would happen, in the form of OpenEthereum.

import { type Chain, decodeTransaction } from "@heddle/chain";
import { Fork, type Hex, type StateEdit } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { demandFunds, prepareCall } from "../call.ts";
import { type BlockRef, blockRef, demandBlock, isPending, LATEST } from "../decode/block-ref.ts";
import { type CallObject, callObject } from "../decode/call-object.ts";
import {
  type AccountOverride,
  type BlockOverride,
  blockOverride,
  stateOverrides,
} from "../decode/overrides.ts";
import { arrayOf, data, optional } from "../decode/values.ts";
import { InvalidParamsError } from "../errors.ts";
import { type Decoder, type MethodTable, method, parameter } from "../method.ts";
import { MuxTracer } from "../tracers/mux-tracer.ts";
import { type Replay, type ReplayType, replayOf, replayTracer } from "../tracers/replay-tracer.ts";
import { StateDiffTracer } from "../tracers/state-diff-tracer.ts";
import type { ResultTracer } from "../tracers/tracer.ts";
import { replayTypes } from "./trace-blocks.ts";

/** Calls of one request. */
const MOST_CALLS = 1000;

const callWithTypes: Decoder<[CallObject, ReplayType[]]> = (value, path) => {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new InvalidParamsError(path, "a call and an array of trace types", value);
  }
  return [callObject(value[0], `${path}[0]`), replayTypes(value[1], `${path}[1]`)];
};

/** Where a call runs. */
interface Place {
  ref: BlockRef;
  overridden: readonly (readonly [Hex, AccountOverride])[];
  seen: BlockOverride | undefined;
  edits: Accumulated;
  signal: AbortSignal;
}

/** Edits one after another as one for each account. */
class Accumulated {
  readonly #edits = new Map<Hex, StateEdit>();

  add(edits: Iterable<StateEdit>): void {
    for (const edit of edits) {
      const before = this.#edits.get(edit.address);
      this.#edits.set(edit.address, before === undefined ? edit : joined(before, edit));
    }
  }

  get edits(): StateEdit[] {
    return [...this.#edits.values()];
  }
}

function joined(before: StateEdit, after: StateEdit): StateEdit {
  if (after.deleted || after.clearStorage) return after;
  // What was deleted and came again has nothing of what it had.
  if (before.deleted) return { ...after, clearStorage: true };
  return { ...before, ...after, storage: new Map([...(before.storage ?? []), ...(after.storage ?? [])]) };
}

export function traceCalls(chain: Chain): MethodTable {
  const block = parameter("block", optional(blockRef, LATEST));
  const types = parameter("traceTypes", replayTypes);

  /** Runs a call on the state behind a block as `edits` leave it, and adds to them what it changes. */
  const run = async (
    call: CallObject,
    kinds: readonly ReplayType[],
    { ref, overridden, seen, edits, signal }: Place,
  ): Promise<Replay> => {
    const prepared = await prepareCall(chain, call, ref, overridden, seen);
    const state = new Accumulated();
    state.add(prepared.overrides);
    state.add(edits.edits);
    const make = replayTracer(kinds);
    let tracers: { asked: ResultTracer; difference: StateDiffTracer } | undefined;
    const result = await prepared.state.call(prepared.message, {
      block: prepared.block,
      overrides: state.edits,
      variation: prepared.variation,
      signal,
      tracer: (transaction) => {
        tracers = { asked: make(transaction), difference: new StateDiffTracer(transaction) };
        return new MuxTracer(Object.entries(tracers));
      },
    });
    demandFunds(result, prepared.message);
    edits.add(tracers!.difference.edits);
    return replayOf(result, tracers!.asked);
  };

  return {
    trace_call: method(
      [
        parameter("call", callObject),
        types,
        block,
        parameter("stateOverrides", optional(stateOverrides, [] as [Hex, AccountOverride][])),
        parameter("blockOverrides", optional(blockOverride)),
      ],
      ([call, kinds, ref, overridden, seen], { signal }) =>
        run(call, kinds, { ref, overridden, seen, edits: new Accumulated(), signal }),
    ),
    trace_callMany: method(
      [parameter("calls", arrayOf(callWithTypes, MOST_CALLS)), block],
      async ([calls, ref], { signal }) => {
        // The head may move on between two calls: all stay with its block.
        const { hash } = demandBlock(chain, ref);
        const place: Place = {
          ref: isPending(ref) ? ref : { hash, requireCanonical: false },
          overridden: [],
          seen: undefined,
          edits: new Accumulated(),
          signal,
        };
        const replays: Replay[] = [];
        for (const [call, kinds] of calls) replays.push(await run(call, kinds, place));
        return replays;
      },
    ),
    trace_rawTransaction: method(
      [parameter("transaction", data), types],
      async ([raw, kinds], { signal }) => {
        const bytes = HexOf.toBytes(raw);
        decodeTransaction(bytes);
        const { header, rules } = chain.proposal();
        const [trace] = await chain.trace(
          {
            header,
            transactions: [bytes],
            uncles: [],
            withdrawals: rules.fork >= Fork.Shanghai ? [] : undefined,
          },
          { tracer: replayTracer(kinds), signal },
        );
        return replayOf(trace!, trace!.tracer);
      },
    ),
  };
}
