// A message as it comes over HTTP or a socket: one request or a batch of them, answered as one text.

import type { MaybePromise } from "@heddle/engine";
import { type Caller, type Dispatcher, errorText } from "./dispatch.ts";
import { ErrorCode, InvalidRequestError, internalError, RpcError } from "./errors.ts";
import { parseJson } from "./server/bounded-json.ts";

export interface BatchLimits {
  /** Requests in one batch. */
  batchItems: number;
  /** Bytes of all answers to a batch. */
  batchBytes: number;
}

/** Calls of one batch that run at the same time: bounds the answers that are held while an earlier one is awaited. */
const CONCURRENT_CALLS = 64;

const tooLarge = (id: unknown): string =>
  errorText(
    typeof id === "string" || typeof id === "number" ? id : null,
    new RpcError(ErrorCode.responseTooLarge, "the answers to this batch are too large"),
  );

async function answerBatch(
  dispatcher: Dispatcher,
  batch: readonly unknown[],
  caller: Caller,
  limits: BatchLimits,
): Promise<string | undefined> {
  if (batch.length === 0) throw new InvalidRequestError("the batch is empty");
  if (batch.length > limits.batchItems) {
    throw new InvalidRequestError(`a batch has at most ${limits.batchItems} requests`);
  }
  const answers: (string | undefined)[] = new Array(batch.length);
  let next = 0;
  let bytes = 0;
  // They begin in the order of the batch: transactions of one sender meet the pool in theirs.
  const worker = async () => {
    while (next < batch.length) {
      const index = next++;
      const request = batch[index];
      if (bytes > limits.batchBytes) {
        answers[index] = tooLarge((request as { id?: unknown } | null)?.id);
        continue;
      }
      const answer = await dispatcher.answer(request, caller);
      const size = answer === undefined ? 0 : Buffer.byteLength(answer);
      bytes += size;
      answers[index] =
        bytes > limits.batchBytes && answer !== undefined
          ? tooLarge((request as { id?: unknown } | null)?.id)
          : answer;
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENT_CALLS, batch.length) }, worker));
  const given = answers.filter((answer) => answer !== undefined);
  return given.length === 0 ? undefined : `[${given.join(",")}]`;
}

/**
 * The answer to a message as text, at once where its method has it at once; undefined where nothing in it asks for one. Never
 * throws.
 */
export function answerMessage(
  dispatcher: Dispatcher,
  text: string,
  caller: Caller,
  limits: BatchLimits,
): MaybePromise<string | undefined> {
  try {
    const value = parseJson(text);
    if (!Array.isArray(value)) return dispatcher.answer(value, caller);
    return answerBatch(dispatcher, value, caller, limits).catch(failed);
  } catch (error) {
    return failed(error);
  }
}

const failed = (error: unknown): string =>
  errorText(null, error instanceof RpcError ? error : internalError());
