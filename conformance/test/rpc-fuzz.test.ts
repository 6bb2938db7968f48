import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { fuzzRpc } from "../src/rpc/fuzz.ts";
import { ParamsMaker } from "../src/rpc/random-params.ts";

const CORPUS = fileURLToPath(new URL("../../../shared/conformance", import.meta.url));
const skip = existsSync(join(CORPUS, "execution-apis/openrpc.json"))
  ? false
  : "the suite's files are not there";

describe("random requests", () => {
  const known = {
    addresses: [`0x${"11".repeat(20)}`],
    hashes: [`0x${"22".repeat(32)}`],
    transactions: ["0x02"],
  };
  const methods = [
    {
      name: "a",
      params: [{ type: "object", properties: { to: {}, value: { pattern: "^0x(0|[1-9a-f][0-9a-f]*)$" } } }],
    },
  ];

  it("are the same for the same seed, and some are what the schema says", () => {
    const [first, again, other] = [7, 7, 8].map((seed) => {
      const maker = new ParamsMaker(seed, known);
      return Array.from({ length: 200 }, () => JSON.stringify(maker.request(methods)));
    }) as [string[], string[], string[]];
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
    assert.ok(
      first.some((text) =>
        /^\{"method":"a","params":\[\{"to":"0x1{40}","value":"0x[0-9a-f]+"\}\]\}$/.test(text),
      ),
    );
    assert.ok(first.some((text) => !text.startsWith('{"method":"a","params":[{')));
  });

  it("are all answered, with no internal error, by a node that is the same afterwards", {
    skip,
  }, async () => {
    const { outcomes, problems } = await fuzzRpc({ corpus: CORPUS, seed: 1, requests: 400, filter: "" });
    assert.deepEqual(problems, []);
    assert.ok((outcomes.get("result") ?? 0) > 50, JSON.stringify([...outcomes]));
    assert.ok((outcomes.get("-32602") ?? 0) > 50, JSON.stringify([...outcomes]));
  });
});
