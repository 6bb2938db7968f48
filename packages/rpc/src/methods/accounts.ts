// eth_accounts, eth_sign and their like: what the node's own accounts are asked for. wallet_*: what of it a node can answer.

import type { DevChain } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import * as PersonalMessage from "ox/PersonalMessage";
import * as TypedData from "ox/TypedData";
import { address, data, object, quantity } from "../decode/values.ts";
import { InvalidParamsError, RpcError } from "../errors.ts";
import { type Decoder, type MethodTable, method, parameter } from "../method.ts";

/** EIP-3326: the chain is not one of those that the wallet knows. */
const UNKNOWN_CHAIN = 4902;

/** Typed data (EIP-712), as an object or as its JSON. */
const typedData: Decoder<TypedData.Definition<TypedData.TypedData, string>> = (value, path) => {
  let given = value;
  if (typeof value === "string") {
    try {
      given = JSON.parse(value);
    } catch {
      throw new InvalidParamsError(path, "typed data (EIP-712)", value);
    }
  }
  const { types, primaryType } = (given ?? {}) as Record<string, unknown>;
  if (typeof given !== "object" || typeof types !== "object" || typeof primaryType !== "string") {
    throw new InvalidParamsError(
      path,
      "typed data (EIP-712) with types, primaryType, domain and message",
      value,
    );
  }
  return given as TypedData.Definition<TypedData.TypedData, string>;
};

function typedDataHash(value: TypedData.Definition<TypedData.TypedData, string>): Hex {
  try {
    return TypedData.getSignPayload(value);
  } catch (error) {
    throw new InvalidParamsError("typedData", `data of its own types (${(error as Error).message})`, value);
  }
}

export function devAccountMethods(dev: DevChain): MethodTable {
  const account = parameter("address", address);
  const message = parameter("message", data);
  const all = method([], () => dev.accounts.map((one) => one.address));
  const sign = (from: Hex, text: Hex) => dev.sign(from, PersonalMessage.getSignPayload(text));
  const typed = method([account, parameter("typedData", typedData)], ([from, value]) =>
    dev.sign(from, typedDataHash(value)),
  );
  const chainObject = parameter("chain", object({ chainId: quantity }));
  return {
    eth_accounts: all,
    eth_requestAccounts: all,
    eth_sign: method([account, message], ([from, text]) => sign(from, text)),
    personal_sign: method([message, account], ([text, from]) => sign(from, text)),
    eth_signTypedData: typed,
    eth_signTypedData_v3: typed,
    eth_signTypedData_v4: typed,
    wallet_getCapabilities: method([], () => ({})),
    wallet_addEthereumChain: method([chainObject], () => null),
    wallet_switchEthereumChain: method([chainObject], ([{ chainId }]) => {
      if (chainId === dev.chain.chainId) return null;
      throw new RpcError(UNKNOWN_CHAIN, `this is chain ${dev.chain.chainId}, and ${chainId} is not known`);
    }),
  };
}
