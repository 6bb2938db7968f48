// The production module with what tests add: points to stop at (parallel/points.ts) and steps to die at
// (trie/crash.ts). Compiled with TEST_BUILD.

export * from "./index";
export { crashAfter, crashStepsLeft } from "./trie/crash";
