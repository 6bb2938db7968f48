// An Engine API payload (engine_newPayload's parameters) as the block that it describes.

import { bytesToHex, Fields, FixtureError } from "@heddle/cli";
import { EMPTY_OMMERS_HASH, encodeBlock, type Header, integerHex, type Withdrawal } from "@heddle/engine";
import { requestsHash } from "@heddle/engine/testing";
import * as Rlp from "ox/Rlp";
import { probe } from "./probe.ts";

function withdrawalsOf(payload: Fields): Withdrawal[] {
  return payload.objects("withdrawals").map((fields) => ({
    index: fields.quantity("index", 64),
    validatorIndex: fields.quantity("validatorIndex", 64),
    address: bytesToHex(fields.bytes("address", 20)),
    amount: fields.quantity("amount", 64),
  }));
}

function encodeWithdrawal({ index, validatorIndex, address, amount }: Withdrawal): Uint8Array {
  const items = [integerHex(index), integerHex(validatorIndex), address, integerHex(amount)];
  return Rlp.fromHex(items, { as: "Bytes" });
}

/** The block's RLP and the hash that the payload states for it. */
export async function payloadBlock(fields: Fields): Promise<{ rlp: Uint8Array; hash: string }> {
  const kernel = await probe();
  const params = fields.list("params");
  const payload = new Fields(fields.file, `${fields.path}.params[0]`, params[0]);
  const transactions = payload.list("transactions").map((_, i) => {
    const list = new Fields(fields.file, `${payload.path}.transactions`, { ...payload.list("transactions") });
    return list.bytes(String(i));
  });
  const header: Header = {
    parentHash: bytesToHex(payload.bytes("parentHash", 32)),
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: bytesToHex(payload.bytes("feeRecipient", 20)),
    stateRoot: bytesToHex(payload.bytes("stateRoot", 32)),
    transactionsRoot: kernel.orderedRoot(transactions),
    receiptsRoot: bytesToHex(payload.bytes("receiptsRoot", 32)),
    logsBloom: bytesToHex(payload.bytes("logsBloom", 256)),
    difficulty: 0n,
    number: payload.quantity("blockNumber", 64),
    gasLimit: payload.quantity("gasLimit", 64),
    gasUsed: payload.quantity("gasUsed", 64),
    timestamp: payload.quantity("timestamp", 64),
    extraData: bytesToHex(payload.bytes("extraData")),
    mixHash: bytesToHex(payload.bytes("prevRandao", 32)),
    nonce: "0x0000000000000000",
    baseFeePerGas: payload.quantity("baseFeePerGas"),
  };
  let withdrawals: Withdrawal[] | undefined;
  if (payload.has("withdrawals")) {
    withdrawals = withdrawalsOf(payload);
    header.withdrawalsRoot = kernel.orderedRoot(withdrawals.map(encodeWithdrawal));
  }
  if (payload.has("blobGasUsed")) {
    header.blobGasUsed = payload.quantity("blobGasUsed", 64);
    header.excessBlobGas = payload.quantity("excessBlobGas", 64);
    header.parentBeaconBlockRoot = params[2] as `0x${string}`;
  }
  if (params.length > 3) {
    const requests = params[3];
    if (!Array.isArray(requests))
      throw new FixtureError(fields.file, `${fields.path}.params[3]`, "a list of requests", requests);
    header.requestsHash = requestsHash(requests);
  }
  const rlp = encodeBlock({ header, transactions, uncles: [], withdrawals });
  return { rlp, hash: payload.text("blockHash") };
}
