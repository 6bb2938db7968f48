import assert from "node:assert/strict";
import { lookup } from "node:dns/promises";
import { after, before, describe, test } from "node:test";
import type { RpcServer } from "@heddle/rpc";
import { Registry } from "prom-client";
import { openSocket, post, startTestServer } from "./support/server.ts";

const ECHO = { jsonrpc: "2.0", id: 1, method: "test_echo", params: ["here"] };

describe("what a server loads when it is asked for", () => {
  let server: RpcServer;
  let opened = 0;
  before(async () => {
    server = await startTestServer({
      registry: async () => {
        opened++;
        return new Registry();
      },
    });
  });
  after(() => server.close());

  test("answers those who ask for it first, all at once", async () => {
    const [{ socket }, health, options, missing] = await Promise.all([
      openSocket(server.url),
      fetch(`${server.url}/health`),
      fetch(server.url, { method: "OPTIONS", headers: { origin: server.url } }),
      fetch(`${server.url}/missing`),
    ]);
    socket.terminate();
    assert.equal(health.status, 200);
    assert.notEqual(options.headers.get("access-control-allow-origin"), null);
    assert.equal(missing.status, 404);
  });

  test("metrics have what was counted before they were asked for", async () => {
    assert.equal((await post(server.url, ECHO)).status, 200);
    await post(server.url, ECHO, { "content-type": "text/plain" });
    assert.equal(opened, 0);
    for (let round = 0; round < 2; round++) {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      assert.match(text, /^heddle_rpc_requests_total\{method="test_echo",outcome="ok"\} 1$/m);
      assert.match(text, /^heddle_rpc_duration_seconds_count\{method="test_echo"\} 1$/m);
      assert.match(text, /^heddle_rpc_refused_total\{reason="type"\} 1$/m);
    }
    assert.equal(opened, 1);
  });
});

test("a server ends while somebody waits for what it loads", async () => {
  const server = await startTestServer();
  const asked = fetch(`${server.url}/health`).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await server.close();
  await asked;
});

test("a server on localhost answers on each of its addresses", async () => {
  const server = await startTestServer({ host: "localhost" });
  try {
    for (const { address, family } of await lookup("localhost", { all: true })) {
      const url = `http://${family === 6 ? `[${address}]` : address}:${server.port}`;
      assert.equal((await post(url, ECHO)).status, 200, address);
    }
  } finally {
    await server.close();
  }
});
