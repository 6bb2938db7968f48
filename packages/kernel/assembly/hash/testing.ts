// What test/keccak.test.ts and test/blake2.test.ts call.
export * from "./keccak";
