// A node's process with a folder of its own: neither is left behind, however this process ends.

import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { cpuOf } from "./node-program.ts";

export class KeptProcess {
  readonly child: ChildProcess;
  readonly #folder: string;
  #failure: Error | undefined;

  /** Starts a program; `folder` is removed when it has ended. */
  constructor(program: string, options: readonly string[], folder: string, stdio: StdioOptions) {
    this.child = spawn(program, options, { stdio });
    this.#folder = folder;
    this.child.once("error", (error) => {
      this.#failure = error;
    });
    process.once("exit", this.#leave);
  }

  readonly #leave = (): void => {
    this.child.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  };

  /** Why it could not be started, where that is known. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get hasEnded(): boolean {
    return this.#failure !== undefined || this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** CPU milliseconds of all its threads until now. */
  get cpu(): number {
    return cpuOf(this.child.pid!);
  }

  async close(): Promise<void> {
    if (!this.hasEnded) {
      const ended = new Promise((resolve) => this.child.once("exit", resolve));
      if (this.child.kill("SIGKILL")) await ended;
    }
    process.off("exit", this.#leave);
    this.#leave();
  }
}
