// Transactions that the node makes, signs or sends for its own accounts and for those that it acts for.

import {
  type Chain,
  type DevChain,
  decodeTransaction,
  impersonateTransaction,
  type TransactionRequest,
  UnknownAccountError,
  unsignedEnvelope,
} from "@heddle/chain";
import { EngineError, Fork, type Hex } from "@heddle/engine";
import * as Bytes from "ox/Bytes";
import * as HexOf from "ox/Hex";
import { prepareCall } from "../call.ts";
import { NEXT } from "../decode/block-ref.ts";
import { type CallObject, callObject } from "../decode/call-object.ts";
import { count, data, optional } from "../decode/values.ts";
import { encodeFields } from "../encode/transaction.ts";
import { InvalidParamsError, RpcError } from "../errors.ts";
import { estimateGas, MAX_TRANSACTION_GAS } from "../estimate-gas.ts";
import { Failures } from "../failed-transaction.ts";
import { type Decoder, type MethodTable, method, parameter } from "../method.ts";
import type { Artifacts } from "../solidity/artifacts.ts";
import { readAgain } from "../taken-back.ts";
import { awaitReceipt, SYNC_WAIT } from "./eth-transactions.ts";

export interface DevTransactionOptions {
  /** True: where a block is made at once and the transaction fails in it, sending it is answered by an error, as by Hardhat. */
  bailOnTransactionFailure?: boolean;
  /** Gas of transactions that name none; what they are estimated to need unless given. */
  defaultGas?: bigint;
  /** Contracts by which failures are explained. */
  artifacts?: Artifacts;
}

/** A call that names its sender. */
export type Sent = CallObject & { from: Hex };

export const sent: Decoder<Sent> = (value, path) => {
  const call = callObject(value, path);
  if (call.from === undefined)
    throw new InvalidParamsError(`${path}.from`, "an address (20 bytes in hex)", undefined);
  if ((call.blobVersionedHashes?.length ?? 0) > 0) {
    throw new InvalidParamsError(
      `${path}.blobVersionedHashes`,
      "left out: blobs are sent signed",
      call.blobVersionedHashes,
    );
  }
  return { ...call, from: call.from };
};

/** Gas of a transaction that names none: Anvil's way. One that fails gets all there is, and fails where it is executed. */
export async function gasFor(
  chain: Chain,
  call: Sent,
  given: bigint | undefined,
  signal: AbortSignal,
): Promise<bigint> {
  const { header, rules } = chain.proposal();
  const most =
    rules.fork >= Fork.Osaka && header.gasLimit > MAX_TRANSACTION_GAS ? MAX_TRANSACTION_GAS : header.gasLimit;
  if (given !== undefined) return given < most ? given : most;
  try {
    return await readAgain(async () => {
      const prepared = await prepareCall(chain, call, NEXT, [], undefined);
      return estimateGas(chain, prepared, undefined, { signal });
    });
  } catch (error) {
    if (error instanceof RpcError || error instanceof EngineError) return most;
    throw error;
  }
}

/** The transaction that a call stands for, but what the chain fills in. */
export function requestOf(chain: Chain, call: Sent, gas: bigint): TransactionRequest {
  const { to, value, input, nonce, accessList, authorizationList, chainId } = call;
  if (chainId !== undefined && chainId !== chain.chainId) {
    throw new InvalidParamsError("params[0].chainId", chain.chainId.toString(), chainId.toString());
  }
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = call;
  const isOld = call.type === 0n || call.type === 1n;
  const price =
    gasPrice ??
    (isOld && maxFeePerGas === undefined ? 2n * (chain.proposal().header.baseFeePerGas ?? 0n) : undefined);
  return {
    to,
    value,
    data: input,
    gas,
    nonce,
    gasPrice: price,
    maxFeePerGas,
    maxPriorityFeePerGas,
    accessList: accessList ?? (call.type === 1n ? [] : undefined),
    authorizationList: authorizationList?.map((one, i) => {
      const { yParity, r, s } = one;
      if (yParity === undefined || r === undefined || s === undefined) {
        throw new InvalidParamsError(`params[0].authorizationList[${i}]`, "signed", "one that is not");
      }
      return { ...one, yParity, r, s };
    }),
  };
}

export function devTransactions(dev: DevChain, options: DevTransactionOptions = {}): MethodTable {
  const { chain } = dev;
  const transaction = parameter("transaction", sent);
  const raw = parameter("transaction", data);
  const request = async (call: Sent, signal: AbortSignal) =>
    requestOf(chain, call, call.gas ?? (await gasFor(chain, call, options.defaultGas, signal)));
  const failures = options.bailOnTransactionFailure ? new Failures(chain, options.artifacts) : undefined;
  /** @throws RpcError where it failed, and that is to be told */
  const told = async (hash: Hex) => {
    const failure = await failures?.of(hash);
    if (failure !== undefined) throw failure;
    return hash;
  };
  return {
    eth_sendTransaction: method([transaction], async ([call], { signal }) => {
      if (!dev.canSend(call.from)) throw new UnknownAccountError(call.from);
      return told(await dev.sendTransaction(call.from, await request(call, signal)));
    }),
    eth_sendTransactionSync: method(
      [transaction, parameter("timeout", optional(count, SYNC_WAIT))],
      async ([call, timeout], { signal }) => {
        if (!dev.canSend(call.from)) throw new UnknownAccountError(call.from);
        const hash = await dev.sendTransaction(call.from, await request(call, signal));
        return awaitReceipt(chain, await told(hash), timeout, signal);
      },
    ),
    eth_sendUnsignedTransaction: method([transaction], async ([call], { signal }) => {
      const filled = await dev.fillTransaction(call.from, await request(call, signal));
      return told(await dev.send(impersonateTransaction(filled, call.from), { sender: call.from }));
    }),
    eth_signTransaction: method([transaction], async ([call], { signal }) => {
      const made = await dev.makeTransaction(call.from, await request(call, signal));
      return HexOf.fromBytes(made.raw);
    }),
    eth_fillTransaction: method([transaction], async ([call], { signal }) => {
      const filled = await dev.fillTransaction(call.from, await request(call, signal));
      const fields = encodeFields(decodeTransaction(impersonateTransaction(filled, call.from)));
      const raw = HexOf.fromBytes(unsignedEnvelope(filled));
      return { raw, tx: { ...fields, from: call.from, r: "0x0", s: "0x0", v: "0x0" } };
    }),
    eth_sendRawTransaction: method([raw], async ([bytes]) => told(await dev.send(Bytes.fromHex(bytes)))),
    eth_sendRawTransactionSync: method(
      [raw, parameter("timeout", optional(count, SYNC_WAIT))],
      async ([bytes, timeout], { signal }) =>
        awaitReceipt(chain, await told(await dev.send(Bytes.fromHex(bytes))), timeout, signal),
    ),
  };
}
