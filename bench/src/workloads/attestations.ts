// A supply chain's records: producers, carriers and warehouses attest what happened to a shipment.

import { AbiParameters, Hash } from "ox";
import { eas, schemaRegistry } from "../artifacts.ts";
import { encoder, withArguments } from "../script.ts";
import { NOBODY, NOTHING } from "./arguments.ts";
import { owner, user, usersOf } from "./cast.ts";
import type { Workload } from "./workload.ts";

const register = encoder("function register(string schema, address resolver, bool revocable)");
const attest = encoder(
  "function attest((bytes32 schema, (address recipient, uint64 expirationTime, bool revocable, bytes32 refUID, bytes data, uint256 value) data) request)",
);

const COMPANIES = 2_000;
const SCHEMA = "bytes32 shipment, uint8 stage, bytes32 document, uint64 grams";
/** Made, packed, shipped, landed, delivered. */
const STAGES = 5;

export const attestations: Workload = {
  name: "eas",
  title: "Supply-chain attestations (EAS)",
  kind: "independent",
  shape: { accounts: COMPANIES },
  write(script, size, { accounts = COMPANIES }) {
    const from = owner(script);
    const registry = script.deploy(from, schemaRegistry());
    const service = script.deploy(from, withArguments(eas(), "address", [registry]));
    script.call(from, registry, register(SCHEMA, NOBODY, true), { gas: 300_000n });
    const setup = [script.take()];
    const schema = Hash.keccak256(
      AbiParameters.encodePacked(["string", "address", "bool"], [SCHEMA, NOBODY, true]),
    );
    const types = AbiParameters.from(SCHEMA);
    const companies = usersOf(size, accounts);
    for (let i = 0; i < size; i++) {
      const shipment = Hash.keccak256(
        AbiParameters.encodePacked(["uint256"], [BigInt(Math.floor(i / STAGES))]),
      );
      const document = Hash.keccak256(AbiParameters.encodePacked(["uint256", "uint256"], [7n, BigInt(i)]));
      const data = AbiParameters.encode(types, [shipment, i % STAGES, document, BigInt(1000 + (i % 997))]);
      const customer = user(script, (i + STAGES) % companies);
      const request = attest([schema, [customer, 0n, true, NOTHING, data, 0n]]);
      script.call(user(script, i % companies), service, request, { gas: 500_000n });
    }
    return { setup, block: script.take() };
  },
};
