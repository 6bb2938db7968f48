// A process that has a folder until it is killed.

import { takeLock } from "../../src/lock.ts";

takeLock(process.argv[2]!);
process.stdout.write("taken\n");
setInterval(() => undefined, 1000);
