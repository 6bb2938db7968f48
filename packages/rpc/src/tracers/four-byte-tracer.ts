// 4byteTracer: which selectors were called, with so many bytes behind them, how often.

import type { TraceFrame } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import type { ResultTracer } from "./tracer.ts";

export class FourByteTracer implements ResultTracer {
  readonly #counts: Record<string, number> = {};

  enter({ kind, input, isPrecompile }: TraceFrame): void {
    if (input.length < 4 || isPrecompile || kind === "CREATE" || kind === "CREATE2") return;
    const name = `${HexOf.fromBytes(input.subarray(0, 4))}-${input.length - 4}`;
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
  }

  result(): Record<string, number> {
    return this.#counts;
  }
}
