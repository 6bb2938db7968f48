// eth_*: accounts, storage, proofs, calls.

import type { Chain } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { createAccessList } from "../access-list.ts";
import { after } from "../at-once.ts";
import { type CallWatcher, failureOf, prepareCall, runCall } from "../call.ts";
import { type BlockRef, blockRef, demandState, isPending, LATEST } from "../decode/block-ref.ts";
import { callObject } from "../decode/call-object.ts";
import { type AccountOverride, blockOverride, stateOverrides } from "../decode/overrides.ts";
import { address, arrayOf, mapOf, optional, storageKey } from "../decode/values.ts";
import { quantity, word } from "../encode/quantity.ts";
import { ErrorCode, InvalidParamsError, RpcError } from "../errors.ts";
import { estimateGas } from "../estimate-gas.ts";
import { type Decoder, type MethodTable, method, parameter } from "../method.ts";

/** Slots that one request may ask for. */
const MAX_KEYS = 1024;

/** A key and the way in which it was written: proofs repeat it (geth). */
const writtenKey: Decoder<{ key: Hex; written: Hex }> = (value, path) => {
  const key = storageKey(value, path);
  return { key, written: (value as string).length === 66 ? key : quantity(BigInt(key)) };
};

/** @param estimated the block for which gas is estimated where none is named */
export function ethState(chain: Chain, watch?: CallWatcher, estimated: BlockRef = LATEST): MethodTable {
  const block = parameter("block", optional(blockRef, LATEST));
  const estimateBlock = parameter("block", optional(blockRef, estimated));
  const account = parameter("address", address);
  const call = parameter("transaction", callObject);
  const overrides = parameter("stateOverrides", optional(stateOverrides, [] as [Hex, AccountOverride][]));
  const header = parameter("blockOverrides", optional(blockOverride));
  const stateAt = async (ref: BlockRef) => demandState(chain, ref);
  return {
    eth_getBalance: method([account, block], async ([at, ref]) =>
      quantity((await (await stateAt(ref)).account(at))?.balance ?? 0n),
    ),
    eth_getTransactionCount: method([account, block], async ([at, ref]) => {
      if (isPending(ref)) return quantity(await chain.pool.nextNonce(at));
      return quantity((await (await stateAt(ref)).account(at))?.nonce ?? 0n);
    }),
    eth_getCode: method([account, block], async ([at, ref]) =>
      HexOf.fromBytes(await (await stateAt(ref)).code(at)),
    ),
    eth_getStorageAt: method([account, parameter("slot", storageKey), block], async ([at, key, ref]) =>
      word(await (await stateAt(ref)).storage(at, key)),
    ),
    eth_getAccount: method([account, block], async ([at, ref]) => {
      const { balance, nonce, codeHash, storageHash } = await (await stateAt(ref)).prove(at);
      return { balance: quantity(balance), nonce: quantity(nonce), codeHash, storageRoot: storageHash };
    }),
    eth_getAccountInfo: method([account, block], async ([at, ref]) => {
      const state = await stateAt(ref);
      const [found, code] = await Promise.all([state.account(at), state.code(at)]);
      return {
        balance: quantity(found?.balance ?? 0n),
        nonce: quantity(found?.nonce ?? 0n),
        code: HexOf.fromBytes(code),
      };
    }),
    eth_getStorageValues: method(
      [parameter("requests", mapOf(address, arrayOf(storageKey, MAX_KEYS), MAX_KEYS)), block],
      async ([requests, ref]) => {
        const keys = requests.reduce((sum, [, list]) => sum + list.length, 0);
        if (keys === 0) throw new RpcError(ErrorCode.invalidParams, "empty request");
        if (keys > MAX_KEYS) throw new InvalidParamsError("params[0]", `at most ${MAX_KEYS} keys`, keys);
        const state = await stateAt(ref);
        const values: Record<string, Hex[]> = {};
        for (const [at, list] of requests) {
          values[at] = await Promise.all(list.map(async (key) => word(await state.storage(at, key))));
        }
        return values;
      },
    ),
    eth_getProof: method(
      [account, parameter("storageKeys", arrayOf(writtenKey, MAX_KEYS)), block],
      async ([at, keys, ref]) => {
        const proof = await (await stateAt(ref)).prove(
          at,
          keys.map(({ key }) => key),
        );
        return {
          ...proof,
          balance: quantity(proof.balance),
          nonce: quantity(proof.nonce),
          storageProof: proof.storageProof.map(({ value, proof: nodes }, i) => ({
            key: keys[i]!.written,
            value: quantity(value),
            proof: nodes,
          })),
        };
      },
    ),
    eth_call: method([call, block, overrides, header], ([message, ref, edits, seen], context) =>
      after(prepareCall(chain, message, ref, edits, seen), (prepared) =>
        after(runCall(prepared, context), (result) =>
          after(failureOf({ method: "eth_call", call: prepared, result }, watch), (failure) => {
            if (failure !== undefined) throw failure;
            return HexOf.fromBytes(result.output);
          }),
        ),
      ),
    ),
    eth_estimateGas: method(
      [call, estimateBlock, overrides, header],
      ([message, ref, edits, seen], context) =>
        after(prepareCall(chain, message, ref, edits, seen), (prepared) =>
          after(estimateGas(chain, prepared, message.gas, context, watch), quantity),
        ),
    ),
    eth_createAccessList: method(
      [call, block, overrides, header],
      async ([message, ref, edits, seen], { signal }) => {
        const prepared = await prepareCall(chain, message, ref, edits, seen);
        const { accessList, gasUsed, error } = await createAccessList(chain, prepared, signal);
        return { accessList, gasUsed: quantity(gasUsed), ...(error === undefined ? {} : { error }) };
      },
    ),
  };
}
