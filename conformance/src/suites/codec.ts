// RLP, signed transactions, contract addresses and hashes.

import { bytesToHex, type Fields, hexToBytes } from "@heddle/cli";
import * as Address from "ox/Address";
import * as Secp256k1 from "ox/Secp256k1";
import { callPrecompile, runCode } from "../kernel-call.ts";
import { type Case, compare } from "../outcome.ts";
import { inspectTransaction } from "../probe.ts";
import { type RlpValue, readRlp, writeRlp } from "../rlp-value.ts";
import { outOfScope, vectorsOf } from "../vectors.ts";

type Hex = `0x${string}`;

const FORK = "Osaka";
/** The transaction forms of the vectors; the fork at which each may appear. */
const FORMS: readonly [name: string, fork: string][] = [
  ["signedLegacy", "Frontier"],
  ["signedEip155", "EIP158"],
  ["signedBerlin", "Berlin"],
  ["signedLondon", "London"],
  ["signedCancun", "Cancun"],
];

function* rlpCases(fields: Fields): Generator<Case> {
  const decoded = fields.raw("decoded") as RlpValue;
  const encoded = fields.text("encoded") as Hex;
  yield {
    fork: "any",
    test: fields.text("name"),
    run: () => [
      ...compare("encoded", bytesToHex(writeRlp(decoded)), encoded),
      ...compare("decoded", JSON.stringify(readRlp(hexToBytes(encoded))), JSON.stringify(decoded)),
    ],
  };
}

function* transactionCases(fields: Fields): Generator<Case> {
  const transaction = fields.object("transaction");
  const chainId = transaction.quantityOr("chainId", 0n, 64);
  for (const [form, fork] of FORMS) {
    // Empty: the transaction has no such form.
    if (!fields.has(form) || fields.text(form) === "") continue;
    yield {
      fork,
      test: `${fields.text("name")} ${form}`,
      run: async () => {
        const signer = Address.fromPublicKey(
          Secp256k1.getPublicKey({ privateKey: fields.text("privateKey") as Hex }),
        );
        const seen = await inspectTransaction(fields.bytes(form), { fork, chainId });
        // Random amounts are rarely valid ones; a sender is known as soon as the bytes and the signature are.
        return compare("sender", seen.sender, signer.toLowerCase());
      },
    };
  }
}

/** PUSH3 0, PUSH1 0, PUSH1 0, CREATE; return the address. */
const CREATE = hexToBytes("0x600060006000f060005260206000f3");
/** Creates from the calldata behind the first word, with that word as the salt; returns the address. */
const CREATE2 = hexToBytes("0x6020360360206000376000356020360360006000f560005260206000f3");

function* createCases(fields: Fields): Generator<Case> {
  for (const created of fields.objects("creates")) {
    yield {
      fork: FORK,
      test: created.text("name"),
      run: async () => {
        const nonce = created.quantity("nonce", 64);
        const result = await runCode({
          fork: FORK,
          address: fields.bytes("sender", 20),
          nonce,
          code: CREATE,
          input: new Uint8Array(0),
        });
        return compare("address", addressIn(result.output), created.text("address").toLowerCase());
      },
    };
  }
}

function* create2Cases(fields: Fields): Generator<Case> {
  for (const created of fields.objects("creates")) {
    yield {
      fork: FORK,
      test: created.text("name"),
      run: async () => {
        const initcode = created.bytes("initCode");
        const input = new Uint8Array(32 + initcode.length);
        input.set(created.bytes("salt", 32));
        input.set(initcode, 32);
        const result = await runCode({
          fork: FORK,
          address: fields.bytes("sender", 20),
          nonce: 1n,
          code: CREATE2,
          input,
        });
        return compare("address", addressIn(result.output), created.text("address").toLowerCase());
      },
    };
  }
}

function addressIn(word: Uint8Array): string {
  return bytesToHex(word.subarray(12));
}

/** KECCAK256 over the calldata. */
const KECCAK = hexToBytes("0x3660006000373660002060005260206000f3");
const CONTRACT = hexToBytes("0x00000000000000000000000000000000000000aa");

function* hashCases(fields: Fields): Generator<Case> {
  const input = fields.bytes("data");
  yield {
    fork: "any",
    test: fields.text("name"),
    run: async () => {
      const keccak = await runCode({ fork: FORK, address: CONTRACT, nonce: 1n, code: KECCAK, input });
      const sha256 = await callPrecompile({ fork: FORK, address: 0x02, input });
      const ripemd160 = await callPrecompile({ fork: FORK, address: 0x03, input });
      return [
        ...compare("keccak256", bytesToHex(keccak.output), fields.text("keccak256")),
        ...compare("sha256", bytesToHex(sha256.output), fields.text("sha256")),
        ...compare("ripemd160", addressIn(ripemd160.output), fields.text("ripemd160")),
      ];
    },
  };
}

const READERS: Record<string, (fields: Fields) => Generator<Case>> = {
  "rlp.json.gz": rlpCases,
  "transactions.json.gz": transactionCases,
  "create.json.gz": createCases,
  "create2.json.gz": create2Cases,
  "hashes.json.gz": hashCases,
};

/** The cases of a file in the codec-vectors folder. */
export function* codecCases(path: string, bytes: Uint8Array): Generator<Case> {
  const read = READERS[path];
  if (read === undefined) yield* outOfScope(path);
  else for (const fields of vectorsOf(path, bytes)) yield* read(fields);
}
