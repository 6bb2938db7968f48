// Files of ethereum/execution-apis: requests and the answers that hive recorded, one line each.

/** One request and what it must be answered with, both as JSON. */
export interface Exchange {
  request: string;
  expected: unknown;
}

export interface IoFile {
  /** Path below the folder of tests. */
  name: string;
  /** Only the schema of the answer's result counts. */
  specOnly: boolean;
  exchanges: Exchange[];
}

export class IoFileError extends Error {
  override readonly name = "IoFileError";
}

/** Reads the text of a file. @throws IoFileError where a request has no answer */
export function parseIoFile(name: string, text: string): IoFile {
  const exchanges: Exchange[] = [];
  let specOnly = false;
  let request: string | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith("//")) {
      if (line.slice(2).trim().startsWith("speconly:")) specOnly = true;
    } else if (line.startsWith(">> ")) {
      request = line.slice(3);
    } else if (line.startsWith("<< ")) {
      if (request === undefined) throw new IoFileError(`${name}: an answer without a request`);
      exchanges.push({ request, expected: JSON.parse(line.slice(3)) });
      request = undefined;
    } else if (line.trim() !== "") {
      throw new IoFileError(`${name}: a line that is neither comment, request nor answer`);
    }
  }
  if (request !== undefined || exchanges.length === 0)
    throw new IoFileError(`${name}: a request without an answer`);
  return { name, specOnly, exchanges };
}
