export { aborted, resume, startBlock, work } from "./work";
