// What is wrong with an option, when that shows only behind the command line: a file, a port, a word that is none.

/** An option's value cannot be used. The message is for people, the fields are for programs. */
export class OptionError extends Error {
  override readonly name = "OptionError";
  /** As it is written, such as "--port". */
  readonly option: string;
  readonly expected: string;
  readonly met: string;

  constructor(option: string, expected: string, met: string, cause?: unknown) {
    super(`${option} must be ${expected}, but ${met}`, cause === undefined ? undefined : { cause });
    this.option = option;
    this.expected = expected;
    this.met = met;
  }
}
