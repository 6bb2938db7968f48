// The thread that writes checkpoints while the chain goes on.

import { parentPort, workerData } from "node:worker_threads";
import type { StateEdit } from "@heddle/engine";
import { CheckpointWriter } from "./checkpoint-writer.ts";
import type { CheckpointAnswer, CheckpointOrder, CheckpointThread } from "./checkpointer.ts";
import { type Checkpoint, closeTables, openTables } from "./database.ts";
import { DiskFullError, WrongRootError } from "./errors.ts";
import { decodeEdits } from "./state-edits.ts";
import { decodeBlock } from "./stored-block.ts";

const { folder, memoryLimit } = workerData as CheckpointThread;
const port = parentPort!;
const tables = openTables(folder);
const writer = new CheckpointWriter(tables, folder, memoryLimit);

function carry(order: CheckpointOrder): Promise<Checkpoint> {
  switch (order.kind) {
    case "initialise": {
      const edits: StateEdit[] = [...decodeEdits(order.edits)];
      return writer.initialise(order.chain, decodeBlock(order.genesis), edits);
    }
    case "advance":
      return writer.advance(order.blocks.map(decodeBlock));
    case "goBack":
      return writer.goBack(order.number, order.position);
    case "close":
      return closeAll();
  }
}

async function closeAll(): Promise<never> {
  await writer.close();
  await closeTables(tables);
  port.close();
  throw new Error("closed");
}

/** Errors lose their class on the way between threads. */
function described(error: unknown): CheckpointAnswer {
  if (error instanceof DiskFullError) return { full: { message: error.message, path: error.path! } };
  if (error instanceof WrongRootError) {
    const { block, expected, met } = error;
    return { wrongRoot: { block, expected: String(expected), met: met as string | undefined } };
  }
  return { failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}

port.on("message", (order: CheckpointOrder) => {
  carry(order).then(
    (checkpoint) => port.postMessage({ checkpoint } satisfies CheckpointAnswer),
    (error) => {
      if (order.kind !== "close") port.postMessage(described(error));
    },
  );
});
