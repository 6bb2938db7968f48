// A transaction that is not signed: what eth_call, eth_estimateGas and their like are asked with.

import type { Hex } from "@heddle/engine";
import { InvalidParamsError } from "../errors.ts";
import type { Decoder } from "../method.ts";
import {
  address,
  arrayOf,
  data,
  hash,
  object,
  optional,
  quantity,
  quantity64,
  storageKey,
} from "./values.ts";

const MAX_ENTRIES = 10_000;
/** Each costs a recovered signature. */
const MAX_AUTHORIZATIONS = 100;

const accessList = arrayOf(
  object({ address, storageKeys: optional(arrayOf(storageKey, MAX_ENTRIES), [] as Hex[]) }),
  MAX_ENTRIES,
);

const authorization = object({
  chainId: quantity,
  address,
  nonce: quantity64,
  yParity: optional(quantity),
  r: optional(quantity),
  s: optional(quantity),
});

const fields = object(
  {
    type: optional(quantity),
    from: optional(address),
    to: optional(address),
    gas: optional(quantity64),
    gasPrice: optional(quantity),
    maxFeePerGas: optional(quantity),
    maxPriorityFeePerGas: optional(quantity),
    maxFeePerBlobGas: optional(quantity),
    value: optional(quantity),
    nonce: optional(quantity64),
    data: optional(data),
    input: optional(data),
    chainId: optional(quantity),
    accessList: optional(accessList),
    blobVersionedHashes: optional(arrayOf(hash, 64)),
    authorizationList: optional(arrayOf(authorization, MAX_AUTHORIZATIONS)),
  },
  "a transaction object",
);

/** What a call may say. `input` holds its data, whichever of the two names it came under. */
export type CallObject = Omit<ReturnType<typeof fields>, "data">;

/** Reads a call. @throws InvalidParamsError also where its fields contradict each other */
export const callObject: Decoder<CallObject> = (value, path) => {
  const { data: old, ...call } = fields(value, path);
  if (old !== undefined && call.input !== undefined && old !== call.input) {
    throw new InvalidParamsError(path, "one whose data and input are the same", value);
  }
  if (call.gasPrice !== undefined && (call.maxFeePerGas ?? call.maxPriorityFeePerGas) !== undefined) {
    throw new InvalidParamsError(
      path,
      "one with either gasPrice or maxFeePerGas and maxPriorityFeePerGas",
      value,
    );
  }
  if ((call.maxFeePerGas ?? 0n) < (call.maxPriorityFeePerGas ?? 0n) && call.maxFeePerGas !== undefined) {
    throw new InvalidParamsError(
      `${path}.maxPriorityFeePerGas`,
      `at most maxFeePerGas (${call.maxFeePerGas})`,
      call.maxPriorityFeePerGas?.toString(),
    );
  }
  return { ...call, input: call.input ?? old };
};
