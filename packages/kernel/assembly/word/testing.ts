// What test/word.test.ts calls.
export * from "./word";
