// A request's body as text, within its own limit and that of all bodies together.

import type { IncomingMessage } from "node:http";
import type { ByteBudget } from "./byte-budget.ts";

/** A body that is not taken; `status` is HTTP's. */
export class BodyRefusedError extends Error {
  override readonly name = "BodyRefusedError";
  readonly status: 413 | 503;
  readonly reason: "size" | "memory";
  constructor(reason: "size" | "memory", message: string) {
    super(message);
    this.status = reason === "size" ? 413 : 503;
    this.reason = reason;
  }
}

/**
 * Reads a body. What it took of the budget is given back by the function that `release` gets.
 * @throws BodyRefusedError as soon as it is known that it is too much
 */
export function readBody(
  payload: IncomingMessage,
  limit: number,
  budget: ByteBudget,
  release: (give: () => void) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    release(() => budget.give(length));
    const refuse = (error: BodyRefusedError) => {
      payload.removeAllListeners("data");
      // What still comes is read and dropped, or the client would not read the answer before it has sent everything.
      payload.resume();
      reject(error);
    };
    const declared = Number(payload.headers["content-length"] ?? 0);
    if (declared > limit) {
      refuse(new BodyRefusedError("size", `a request has at most ${limit} bytes`));
      return;
    }
    payload.on("data", (chunk: Buffer) => {
      if (length + chunk.length > limit) {
        refuse(new BodyRefusedError("size", `a request has at most ${limit} bytes`));
      } else if (!budget.take(chunk.length)) {
        refuse(new BodyRefusedError("memory", "too many requests are being received; try again later"));
      } else {
        length += chunk.length;
        chunks.push(chunk);
      }
    });
    payload.on("end", () => resolve(Buffer.concat(chunks, length).toString("utf8")));
    payload.on("error", reject);
    payload.on("close", () => reject(new Error("the connection ended within a request")));
  });
}
