// What ends a command with one line: it is about what was given or met, and not about us.

/** Ends the command with its message and exit code; no stack is shown. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly exitCode: number;

  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}

/** An option of another program that is not offered here. */
export class UnofferedOptionError extends CommandError {
  override readonly name = "UnofferedOptionError";
  readonly option: string;

  constructor(option: string, instead: string) {
    super(`${option} is not offered: ${instead}`, { exitCode: 2 });
    this.option = option;
  }
}

/** An option's value cannot be used, which shows only behind the command line: a file, a port, a word that is none. */
export class OptionError extends CommandError {
  override readonly name = "OptionError";
  /** As it is written, such as "--port". */
  readonly option: string;
  readonly expected: string;
  readonly met: string;

  constructor(option: string, expected: string, met: string, cause?: unknown) {
    super(`${option} must be ${expected}, but ${met}`, { exitCode: 2, cause });
    this.option = option;
    this.expected = expected;
    this.met = met;
  }
}
