import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { RpcServer } from "@heddle/rpc";
import { Registry } from "prom-client";
import { WebSocket } from "ws";
import { type Answer, call, openSocket, post, raw, startTestServer } from "./support/server.ts";

describe("JSON-RPC over HTTP", () => {
  let server: RpcServer;
  before(async () => {
    server = await startTestServer({ limits: { batchItems: 10, batchBytes: 10_000, callTimeout: 200 } });
  });
  after(() => server.close());

  it("answers a request with its id", async () => {
    const { status, json } = await post(server.url, {
      jsonrpc: "2.0",
      id: "a",
      method: "test_echo",
      params: [7],
    });
    assert.equal(status, 200);
    assert.deepEqual(json, { jsonrpc: "2.0", id: "a", result: 7 });
  });

  it("takes parameters by name", async () => {
    const { json } = await post(server.url, { ...call("test_echo"), params: { value: [1] } });
    assert.deepEqual(json.result, [1]);
    const wrong = await post(server.url, { ...call("test_echo"), params: { valeu: 1 } });
    assert.equal(wrong.json.error.code, -32602);
  });

  it("answers null where a method gives nothing", async () => {
    const { json } = await post(server.url, call("test_echo"));
    assert.deepEqual(json, { jsonrpc: "2.0", id: 1, result: null });
  });

  it("answers a notification with nothing", async () => {
    const { status, text } = await post(server.url, { jsonrpc: "2.0", method: "test_echo", params: [1] });
    assert.deepEqual([status, text], [204, ""]);
  });

  it("answers a batch in its order, whatever takes longer, without the notifications in it", async () => {
    const { json } = await post(server.url, [
      { ...call("test_wait", 50), id: 1 },
      { jsonrpc: "2.0", method: "test_echo", params: [0] },
      { ...call("test_echo", 2), id: 2 },
      17,
    ]);
    assert.deepEqual(
      json.map(({ id, result, error }: Answer) => [id, result ?? error.code]),
      [
        [1, 50],
        [2, 2],
        [null, -32600],
      ],
    );
  });

  it("refuses batches with too many requests, and stops answering where the answers are too many bytes", async () => {
    const many = await post(server.url, Array(11).fill(call("test_echo", 1)));
    assert.equal(many.json.error.code, -32600);
    const large = await post(server.url, Array(10).fill(call("test_fill", 4000)));
    assert.equal(large.json.length, 10);
    assert.equal(large.json[0].result.length, 4000);
    assert.equal(large.json[9].error.code, -32003);
    assert.ok(large.text.length < 20_000);
    assert.equal((await post(server.url, [])).json.error.code, -32600);
  });

  it("tells what is wrong with a message by the code", async () => {
    const code = async (body: unknown) => (await post(server.url, body)).json.error.code;
    assert.equal(await code("{"), -32700);
    assert.equal(await code('{"jsonrpc":"2.0","id":1,"method":"test_echo","params":[1,]}'), -32700);
    assert.equal(await code("1"), -32600);
    assert.equal(await code({ id: 1, method: "test_echo" }), -32600);
    assert.equal(await code({ jsonrpc: "2.0", id: {}, method: "test_echo" }), -32600);
    assert.equal(await code({ jsonrpc: "2.0", id: 1, method: 5 }), -32600);
    assert.equal(await code({ jsonrpc: "2.0", id: 1, method: "test_echo", params: "x" }), -32600);
    assert.equal(await code(call("test_echo", 1, 2)), -32602);
    assert.equal(await code(call("constructor")), -32601);
    assert.equal(await code(call("__proto__")), -32601);
  });

  it("names the method that a mistyped one may stand for", async () => {
    const { json } = await post(server.url, call("test_ecko"));
    assert.equal(json.error.code, -32601);
    assert.match(json.error.message, /did you mean test_echo/);
  });

  it("answers an error's code and data, and keeps unexpected errors to itself", async () => {
    const failed = await post(server.url, call("test_fail", -38014));
    assert.deepEqual(failed.json.error, { code: -38014, message: "failed on purpose", data: { reason: 1 } });
    const thrown = await post(server.url, call("test_throw"));
    assert.equal(thrown.json.error.code, -32603);
    assert.doesNotMatch(thrown.text, /secret/);
  });

  it("ends a call that takes too long", async () => {
    const { json } = await post(server.url, call("test_wait", 10_000));
    assert.equal(json.error.code, -32002);
  });

  it("answers GET and unknown paths without calling anything", async () => {
    assert.equal((await fetch(server.url)).status, 405);
    assert.equal((await fetch(`${server.url}/other`)).status, 404);
  });

  it("compresses long answers for those who want it", async () => {
    const { headers, json } = await post(server.url, call("test_fill", 100_000), {
      "accept-encoding": "gzip",
    });
    assert.equal(headers.get("content-encoding"), "gzip");
    assert.equal(json.result.length, 100_000);
    assert.equal((await post(server.url, call("test_fill", 10))).headers.get("content-encoding"), null);
  });
});

describe("JSON-RPC over WebSocket", () => {
  let server: RpcServer;
  before(async () => {
    server = await startTestServer({
      limits: { requestBytes: 10_000, unreadBytes: 100_000, callsPerSocket: 2 },
    });
  });
  after(() => server.close());

  it("answers requests and batches on the same port as HTTP", async () => {
    const { socket, next } = await openSocket(server.url);
    socket.send(JSON.stringify(call("test_echo", "x")));
    assert.deepEqual(await next(), { jsonrpc: "2.0", id: 1, result: "x" });
    socket.send(JSON.stringify([call("test_echo", 1), call("test_echo", 2)]));
    assert.deepEqual(
      (await next()).map(({ result }: Answer) => result),
      [1, 2],
    );
    socket.send("no json");
    assert.equal((await next()).error.code, -32700);
    socket.close();
  });

  it("tells a socket what it did not ask for", async () => {
    const { socket, next } = await openSocket(server.url);
    socket.send(JSON.stringify(call("test_notify", 1)));
    assert.equal((await next()).method, "test_told");
    assert.equal((await next()).result, true);
    socket.close();
  });

  it("reads on when as many calls as a socket may have are through", async () => {
    const { socket, next } = await openSocket(server.url);
    for (let i = 0; i < 20; i++) socket.send(JSON.stringify({ ...call("test_wait", 1), id: i }));
    const ids = [];
    for (let i = 0; i < 20; i++) ids.push((await next()).id);
    assert.deepEqual(
      ids.sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, i) => i),
    );
    socket.close();
  });

  it("closes a socket whose message is too long", async () => {
    const { socket, closed } = await openSocket(server.url);
    socket.on("error", () => undefined);
    socket.send(`"${"x".repeat(20_000)}"`);
    assert.equal(await closed, 1009);
  });

  it("closes a socket that does not read what it is told", async () => {
    const { socket, closed } = await openSocket(server.url);
    socket.pause();
    socket.send(JSON.stringify(call("test_notify", 20_000)));
    setTimeout(() => socket.resume(), 300);
    assert.equal(await closed, 1006);
  });

  it("leaves a socket open that says nothing but pings, however many", async () => {
    const quick = await startTestServer({ limits: { pingInterval: 100 } });
    const { socket, next, closed } = await openSocket(quick.url);
    for (let i = 0; i < 200; i++) {
      for (let j = 0; j < 10; j++) socket.ping("x".repeat(100));
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
    socket.send(JSON.stringify(call("test_echo", 1)));
    assert.equal((await Promise.race([next(), closed])).result, 1);
    socket.close();
    await quick.close();
  });

  it("closes a socket that answers no ping", async () => {
    const quick = await startTestServer({ limits: { pingInterval: 30 } });
    const socket = new WebSocket(quick.url.replace("http", "ws"), { autoPong: false });
    const code = await new Promise((resolve) => socket.on("close", resolve));
    assert.equal(code, 1006);
    await quick.close();
  });
});

describe("who may ask", () => {
  let server: RpcServer;
  let registry: Registry;
  before(async () => {
    registry = new Registry();
    server = await startTestServer({ registry, allowedHosts: ["node.example"], health: () => ({ head: 5 }) });
  });
  after(() => server.close());

  const withHost = async (host: string, path = "/") => {
    const body = JSON.stringify(call("test_echo", 1));
    const { text } = await raw(
      server.port,
      (socket) =>
        socket.write(
          `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
        ),
      2000,
    );
    return Number(text.split(" ")[1]);
  };

  it("answers names of this machine and those it was told, and no others", async () => {
    for (const host of [
      "localhost",
      `127.0.0.1:${server.port}`,
      "[::1]:1",
      "app.localhost",
      "node.example:80",
    ]) {
      assert.equal(await withHost(host), 200, host);
    }
    for (const host of [
      "evil.example",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "10.0.0.1",
      "a b",
      "localhost@evil.example",
    ]) {
      assert.notEqual(await withHost(host), 200, host);
    }
  });

  it("tells pages of this machine that they may ask, and no others", async () => {
    const origin = async (value: string) =>
      (await post(server.url, call("test_echo", 1), { origin: value })).headers.get(
        "access-control-allow-origin",
      );
    assert.equal(await origin("http://localhost:3000"), "http://localhost:3000");
    assert.equal(await origin("https://evil.example"), null);
  });

  it("opens no socket for a stranger's page", async () => {
    await assert.rejects(openSocket(server.url, { origin: "https://evil.example" }), /403/);
    const { socket } = await openSocket(server.url, { origin: "http://localhost:5173" });
    socket.close();
  });

  it("takes no content type that a page can send without asking", async () => {
    const { status } = await post(server.url, call("test_echo", 1), { "content-type": "text/plain" });
    assert.equal(status, 415);
  });

  it("tells its health and its metrics", async () => {
    await post(server.url, [call("test_echo", 1), call("test_nothing")]);
    assert.deepEqual(await (await fetch(`${server.url}/health`)).json(), { status: "ok", head: 5 });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    assert.match(metrics, /heddle_rpc_requests_total\{method="test_echo",outcome="ok"\} [1-9]/);
    assert.match(metrics, /heddle_rpc_requests_total\{method="unknown",outcome="-32601"\} 1/);
    const durations = (line: string) =>
      Number(new RegExp(`^heddle_rpc_duration_seconds_${line} (.*)$`, "m").exec(metrics)?.[1]);
    const { length: calls } = metrics.match(/heddle_rpc_duration_seconds_bucket\{[^}]*method="test_echo"/g)!;
    assert.equal(calls, 16);
    assert.ok(durations('count\\{method="test_echo"\\}') >= 1);
    assert.equal(
      durations('bucket\\{le="\\+Inf",method="test_echo"\\}'),
      durations('count\\{method="test_echo"\\}'),
    );
    assert.equal(
      durations('bucket\\{le="30",method="test_echo"\\}'),
      durations('count\\{method="test_echo"\\}'),
    );
    assert.ok(durations('sum\\{method="test_echo"\\}') > 0);
    assert.match(metrics, /heddle_rpc_bytes_total\{direction="in"\} [1-9]/);
    assert.match(metrics, /heddle_rpc_sockets\{kind="http"\} [1-9]/);
  });
});

describe("the server's end", () => {
  it("lets calls end that run, and closes sockets", async () => {
    const server = await startTestServer();
    const { closed, socket, next } = await openSocket(server.url);
    socket.send(JSON.stringify(call("test_wait", 100)));
    const answer = post(server.url, call("test_wait", 120));
    await new Promise((resolve) => setTimeout(resolve, 40));
    const stopped = server.close();
    assert.equal((await answer).json.result, 120);
    assert.equal((await next()).result, 100);
    await stopped;
    assert.equal(await closed, 1001);
    await assert.rejects(post(server.url, call("test_echo", 1)));
  });
});
