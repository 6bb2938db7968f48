export * from "./layouts";
