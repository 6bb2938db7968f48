// What test/keccak.test.ts and test/blake2.test.ts call.
export * from "./blake2";
export * from "./keccak";
export * from "./keccak2";
