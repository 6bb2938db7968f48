// What test/keccak.test.ts, test/blake2.test.ts and test/sha256.test.ts call.
export * from "./blake2";
export * from "./keccak";
export * from "./keccak2";
export * from "./sha256";
