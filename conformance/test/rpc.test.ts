import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { firstDifference } from "../src/rpc/compare.ts";
import { IoFileError, parseIoFile } from "../src/rpc/io-file.ts";
import { schemaProblem } from "../src/rpc/schema.ts";

describe("files of execution-apis", () => {
  it("hold exchanges in order, and say where only the schema counts", () => {
    const text =
      '// speconly: client response is only checked for schema validity.\n>> {"id":1}\n<< {"id":1,"result":2}\n>> {"id":2}\n<< {"id":2}\n';
    assert.deepEqual(parseIoFile("a.io", text), {
      name: "a.io",
      specOnly: true,
      exchanges: [
        { request: '{"id":1}', expected: { id: 1, result: 2 } },
        { request: '{"id":2}', expected: { id: 2 } },
      ],
    });
    assert.throws(() => parseIoFile("a.io", ">> {}\n"), IoFileError);
    assert.throws(() => parseIoFile("a.io", "<< {}\n"), IoFileError);
  });
});

describe("comparison by hive's rules", () => {
  it("finds the path of the first difference", () => {
    const expected = { result: { logs: [{ topics: ["0x1"] }] } };
    assert.equal(firstDifference(expected, structuredClone(expected)), undefined);
    const difference = firstDifference(expected, { result: { logs: [{ topics: ["0x2"] }] } });
    assert.deepEqual(difference, { path: "result.logs[0].topics[0]", expected: "0x1", met: "0x2" });
    assert.equal(firstDifference({ a: 1 }, { a: 1, b: null })?.path, "b");
    assert.equal(firstDifference({ a: null }, {})?.path, "a");
    assert.equal(firstDifference([1, 2], [1])?.path, ".length");
  });

  it("leaves messages of errors to clients, and nothing else of them", () => {
    const error = (code: number, message: string, data?: string) => ({
      error: { code, message, ...(data && { data }) },
    });
    assert.equal(firstDifference(error(3, "a", "0x1"), error(3, "b", "0x1")), undefined);
    assert.equal(firstDifference(error(3, "a", "0x1"), error(3, "a"))?.path, "error.data");
    assert.equal(firstDifference(error(3, "a"), error(4, "a"))?.path, "error.code");
    assert.equal(
      firstDifference({ result: { message: "a" } }, { result: { message: "b" } })?.path,
      "result.message",
    );
  });
});

describe("schemas", () => {
  const schema = {
    type: "object",
    required: ["gas"],
    additionalProperties: false,
    properties: {
      gas: { type: "string", pattern: "^0x[0-9a-f]+$" },
      list: { type: "array", items: { oneOf: [{ type: "null" }, { type: "integer" }] } },
    },
  };
  it("are told by the place where a value breaks them", () => {
    assert.equal(schemaProblem({ gas: "0x1", list: [null, 1] }, schema), undefined);
    assert.match(schemaProblem({}, schema) ?? "", /result\.gas is not there/);
    assert.match(schemaProblem({ gas: "1" }, schema) ?? "", /result\.gas: "1" does not match/);
    assert.match(schemaProblem({ gas: "0x1", other: 1 }, schema) ?? "", /result\.other must not be there/);
    assert.match(
      schemaProblem({ gas: "0x1", list: [1.5] }, schema) ?? "",
      /result\.list\[0\] is of no allowed form/,
    );
  });
});
