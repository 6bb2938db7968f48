// What others may use of the command: the readers of archives and fixtures, and how things are shown.

export { type OnRead, readArchive, readXz } from "./archive/archive.ts";
export { ArchiveError } from "./archive/errors.ts";
export { type ArchiveFile, readTar } from "./archive/tar.ts";
export { bytesToHex, Fields, FixtureError, hexToBytes, parseJson } from "./fixture/fields.ts";
export { type BlockFixture, type FixtureAccount, readBlockFixture } from "./fixture/mainnet-block.ts";
export { transactionBytes } from "./fixture/transaction.ts";
export { type ReplayedBlock, Replayer, type ReplayerOptions } from "./replay/replayer.ts";
export { Progress, type ProgressOutput } from "./terminal/progress.ts";
export { type Column, formatTable } from "./terminal/table.ts";
