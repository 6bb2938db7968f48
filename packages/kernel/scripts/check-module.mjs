import { readFileSync } from "node:fs";

/**
 * Number of data segments of a WebAssembly module. The kernel must have none: they are written to memory each
 * time a worker instantiates the module, over whatever lives there by then.
 */
export function activeDataSegments(file) {
  const bytes = readFileSync(file);
  let at = 8;
  const varuint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  while (at < bytes.length) {
    const section = bytes[at++];
    const size = varuint();
    if (section === 11) return varuint();
    at += size;
  }
  return 0;
}
