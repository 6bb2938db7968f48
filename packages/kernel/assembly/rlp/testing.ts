// What test/rlp.test.ts calls.
export * from "./read";
export * from "./write";
export * from "./write-back";
