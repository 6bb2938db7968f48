// A result against the header that the block came with.

import { InvalidBlockError } from "./errors.ts";
import type { Header } from "./header.ts";
import type { BlockResult } from "./result.ts";

/**
 * Compares a result with everything the block's header says of it.
 * @throws InvalidBlockError naming the first field that differs
 *
 * @example
 * ```ts
 * const result = await engine.execute({ ...block });
 * checkResult(block.header, result);
 * await result.commit();
 * ```
 */
export function checkResult(
  header: Header,
  result: Pick<BlockResult, "gasUsed" | "blobGasUsed" | "logsBloom" | "roots" | "blockAccessListHash">,
): void {
  const { roots } = result;
  const pairs: [keyof Header, unknown][] = [
    ["gasUsed", result.gasUsed],
    ["transactionsRoot", roots.transactions],
    ["receiptsRoot", roots.receipts],
    ["logsBloom", result.logsBloom],
    ["withdrawalsRoot", roots.withdrawals],
    ["requestsHash", roots.requests],
    ["blockAccessListHash", result.blockAccessListHash],
  ];
  if (header.blobGasUsed !== undefined) pairs.push(["blobGasUsed", result.blobGasUsed]);
  if (roots.state !== undefined) pairs.push(["stateRoot", roots.state]);
  for (const [field, met] of pairs) {
    const expected = header[field];
    const isSame =
      typeof expected === "string" && typeof met === "string"
        ? expected.toLowerCase() === met.toLowerCase()
        : expected === met;
    if (!isSame) throw new InvalidBlockError(`header.${field}`, met, expected);
  }
}
