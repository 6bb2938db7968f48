/** A file or archive that cannot be read, or is not what its name says. Names the file and, inside it, the place. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
  readonly file: string;

  constructor(file: string, problem: string, cause?: unknown) {
    super(`${file}: ${problem}`, cause === undefined ? undefined : { cause });
    this.file = file;
  }
}
