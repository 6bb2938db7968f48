// What anvil_reset and hardhat_reset are given: the chain that the node is to go on from.

import { InvalidParamsError } from "../errors.ts";
import type { Decoder } from "../method.ts";
import { amount64 } from "./amount.ts";

/** A remote chain and a block of it; without an address that which is forked already, without a number the newest. */
export interface ResetTarget {
  url?: string;
  blockNumber?: bigint;
}

function members(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === "object" && !Array.isArray(value)) return (value ?? {}) as Record<string, unknown>;
  throw new InvalidParamsError(path, "an object such as { forking: { jsonRpcUrl, blockNumber } }", value);
}

const remoteUrl: Decoder<string> = (value, path) => {
  if (typeof value === "string" && URL.canParse(value) && /^(https?|wss?):$/.test(new URL(value).protocol)) {
    return value;
  }
  throw new InvalidParamsError(path, "an address that begins with http, https, ws or wss", value);
};

/** Undefined: nothing was given, the chain is to be one of its own. */
export const resetTarget: Decoder<ResetTarget | undefined> = (value, path) => {
  if (value === undefined || value === null) return undefined;
  const { forking } = members(value, path);
  const { jsonRpcUrl, blockNumber } = members(forking ?? {}, `${path}.forking`);
  return {
    ...((jsonRpcUrl ?? null) === null ? {} : { url: remoteUrl(jsonRpcUrl, `${path}.forking.jsonRpcUrl`) }),
    ...((blockNumber ?? null) === null
      ? {}
      : { blockNumber: amount64(blockNumber, `${path}.forking.blockNumber`) }),
  };
};
