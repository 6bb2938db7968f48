// Reads that wait for their turn on a chain whose head goes back meanwhile.

import { UnknownBlockError } from "@heddle/chain";
import type { Method, MethodTable } from "./method.ts";

/** How often a read is made again: a head that moves on for ever must not hold it for ever. */
const TRIES = 10;

/**
 * Reads what stands behind a block that has a name, such as latest. A revert or a rollback may forget that block before the read
 * has its turn; the name means another one by then, and the read is made again.
 * @throws what `read` throws; UnknownBlockError where no later block took the place
 */
export async function readAgain<T>(read: () => T | Promise<T>, first: T | Promise<T> = read()): Promise<T> {
  let result = first;
  for (let left = TRIES; ; left--) {
    try {
      return await result;
    } catch (error) {
      if (!(error instanceof UnknownBlockError) || left === 0) throw error;
    }
    result = read();
  }
}

function again({ parameterNames, call }: Method): Method {
  return {
    parameterNames,
    call(params, context) {
      const result = call(params, context);
      return result instanceof Promise ? readAgain(() => call(params, context), result) : result;
    },
  };
}

/** Methods that only read: those whose block was taken back while they waited ask again what their parameters mean. */
export function readingAgain(table: MethodTable): MethodTable {
  return Object.fromEntries(Object.entries(table).map(([name, method]) => [name, again(method)]));
}
