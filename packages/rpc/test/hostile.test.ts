import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import type { RpcServer } from "@heddle/rpc";
import { Registry } from "prom-client";
import { call, openSocket, post, raw, startTestServer } from "./support/server.ts";

describe("bad input", () => {
  let server: RpcServer;
  const registry = new Registry();
  before(async () => {
    server = await startTestServer({
      registry,
      limits: {
        requestBytes: 1_000_000,
        pendingBytes: 3_000_000,
        headersTimeout: 200,
        requestTimeout: 400,
        idleTimeout: 2_000,
        pingInterval: 100,
      },
    });
  });
  after(() => server.close());

  const alive = async () => assert.equal((await post(server.url, call("test_echo", 1))).json.result, 1);
  const head = (length: number) =>
    `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

  it("refuses what is nested too deeply before it builds anything", async () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const deep = `${open.repeat(100_000)}1${close.repeat(100_000)}`;
      const { json } = await post(
        server.url,
        `{"jsonrpc":"2.0","id":1,"method":"test_echo","params":[${deep}]}`,
      );
      assert.equal(json.error.code, -32600);
    }
    await alive();
  });

  it("refuses hundreds of thousands of empty objects", async () => {
    const { json } = await post(server.url, `[${Array(300_000).fill("{}").join(",")}]`);
    assert.equal(json.error.code, -32600);
  });

  it("is not misled by brackets in strings", async () => {
    const tricky = `${"[".repeat(100)}\\"${"{".repeat(100)}\\\\`;
    const { json } = await post(
      server.url,
      `{"jsonrpc":"2.0","id":1,"method":"test_echo","params":["${tricky}"]}`,
    );
    assert.equal(json.result.length, 202);
  });

  it("reads numbers of any size as JSON does", async () => {
    const { json } = await post(
      server.url,
      `{"jsonrpc":"2.0","id":1,"method":"test_echo","params":[1${"0".repeat(100_000)}]}`,
    );
    assert.equal(json.result, null);
  });

  it("refuses a body of 100 MB at its head", async () => {
    const { text } = await raw(server.port, (socket) => socket.write(`${head(100_000_000)}x`), 2000);
    assert.match(text, /^HTTP\/1\.1 413/);
    await alive();
  });

  it("refuses a body without length as soon as it is too long", async () => {
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    const { text } = await raw(
      server.port,
      (socket) => {
        socket.write(
          "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        for (let i = 0; i < 40; i++) socket.write(chunk);
      },
      2000,
    );
    assert.match(text, /^HTTP\/1\.1 413/);
  });

  it("holds no more bodies at once than all together may be", async () => {
    const sockets = [];
    for (let i = 0; i < 6; i++) {
      const socket = connect(server.port, "127.0.0.1");
      await once(socket, "connect");
      socket.on("error", () => undefined);
      socket.write(head(900_000));
      socket.write("x".repeat(800_000));
      sockets.push(socket);
    }
    const answers = await Promise.all(
      sockets
        .slice(3)
        .map(
          (socket) => new Promise<string>((resolve) => socket.once("data", (data) => resolve(String(data)))),
        ),
    );
    assert.ok(answers.some((answer) => /^HTTP\/1\.1 503/.test(answer)));
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await alive();
  });

  it("ends connections that send their request too slowly", async () => {
    const slowHead = await raw(server.port, (socket) => socket.write("POST / HTTP/1.1\r\nHost: local"), 4000);
    assert.equal(slowHead.closed, true);
    const slowBody = await raw(server.port, (socket) => socket.write(`${head(100)}{`), 4000);
    assert.equal(slowBody.closed, true);
    await alive();
  });

  it("ends a connection whose client has closed its half, and what ran for it", async () => {
    const body = JSON.stringify(call("test_wait", 60_000));
    const { closed } = await raw(server.port, (socket) => socket.end(head(body.length) + body), 2000);
    assert.equal(closed, true);
    await alive();
  });

  it("survives bytes that are no HTTP, and frames that are none", async () => {
    await raw(server.port, (socket) => socket.write(Buffer.from([0, 255, 22, 3, 1, 13, 10, 13, 10])), 300);
    const { socket, closed } = await openSocket(server.url);
    socket.on("error", () => undefined);
    // A frame that is not masked, with reserved bits.
    (socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(
      Buffer.from([0xff, 0x05, 1, 2, 3, 4, 5]),
    );
    await closed;
    await alive();
  });

  it("closes a socket that sends one message for ever", async () => {
    const { socket, closed } = await openSocket(server.url);
    socket.on("error", () => undefined);
    socket.send(`"${"x".repeat(8_000)}`, { fin: false });
    await closed;
    await alive();
  });

  it("counts what it refused", async () => {
    const metrics = await registry.metrics();
    for (const reason of ["size", "memory", "slow"])
      assert.match(metrics, new RegExp(`refused_total\\{reason="${reason}"\\}`));
  });
});

it("stands a thousand connections that say nothing", async () => {
  const server = await startTestServer();
  const sockets = await Promise.all(
    Array.from({ length: 1000 }, async () => {
      const socket = connect(server.port, "127.0.0.1");
      await once(socket, "connect");
      socket.on("error", () => undefined);
      return socket;
    }),
  );
  assert.equal((await post(server.url, call("test_echo", 1))).json.result, 1);
  await server.close();
  for (const socket of sockets) socket.destroy();
});
