// A process that appends records until it is killed, and says on its output which are durable.

import { writeSync } from "node:fs";
import { Log, RecordType } from "../../src/index.ts";

const [folder, seed] = process.argv.slice(2);
const log = Log.open(folder!, { fsync: "always", segmentBytes: 4096 });
let state = Number(seed);
/** Length of record `i`, as the reader knows it too. */
for (let i = [...log.records()].length; ; i++) {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  const payload = Buffer.alloc(4 + (state % 600), i);
  payload.writeUInt32LE(i);
  const end = log.append(RecordType.block, payload);
  await log.durable(end);
  writeSync(1, `${i}\n`);
}
