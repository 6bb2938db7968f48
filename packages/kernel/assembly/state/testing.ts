// What the state room's tests call.

export { arenaAllocate, beginArena, resetBlockChunks, setWorkerId } from "../memory/arena";
export * from "../parallel/publish";
export * from "../parallel/versions";
export { codeIndexGrow, codeIntern, initialiseCode } from "../vm/code";
export * from "./intern";
export { setViewMode } from "./mode";
export * from "./view";
