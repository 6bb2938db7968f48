import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import type { RpcServer } from "@heddle/rpc";
import { Registry } from "prom-client";
import { call, raw, startTestServer } from "./support/server.ts";

interface Response {
  status: number;
  head: string;
  body: string;
}

/** The responses that stand one behind the other in what was received. */
function responsesIn(received: string): Response[] {
  const responses: Response[] = [];
  let rest = received;
  while (rest !== "") {
    const headEnd = rest.indexOf("\r\n\r\n");
    assert.notEqual(headEnd, -1, rest);
    const head = rest.slice(0, headEnd);
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    responses.push({
      status: Number(head.split(" ")[1]),
      head,
      body: rest.slice(headEnd + 4, headEnd + 4 + length),
    });
    rest = rest.slice(headEnd + 4 + length);
  }
  return responses;
}

const resultsOf = (responses: readonly Response[]): unknown[] =>
  responses.map(({ status, body }) => (status === 200 ? JSON.parse(body).result : status));

function request(body: unknown, headers = "", line = "POST / HTTP/1.1"): string {
  const text = JSON.stringify(body);
  return `${line}\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n${headers}\r\n${text}`;
}

const echo = (value: unknown, headers = "") => request(call("test_echo", value), headers);
const wait = (milliseconds: number) => request(call("test_wait", milliseconds));
const LAST = "Connection: close\r\n";

describe("requests on one connection", () => {
  let server: RpcServer;
  const registry = new Registry();
  before(async () => {
    server = await startTestServer({ registry, limits: { requestBytes: 100_000, pendingBytes: 1_000_000 } });
  });
  after(() => server.close());

  const sent = async (...pieces: (string | Buffer)[]) => {
    const { text } = await raw(
      server.port,
      (socket) => {
        socket.setNoDelay(true);
        for (const piece of pieces) socket.write(piece);
      },
      5000,
    );
    return responsesIn(text);
  };

  it("are answered in their order, those that take time among them", async () => {
    const responses = await sent(
      [echo(1), wait(30), echo(2), wait(1), echo(3), request({ ...call("test_echo"), id: undefined })].join(
        "",
      ) + echo(4, LAST),
    );
    assert.deepEqual(resultsOf(responses), [1, 30, 2, 1, 3, 204, 4]);
  });

  it("are answered wherever their bytes are cut", async () => {
    const text = Buffer.from(echo("grüße") + wait(1) + echo(2, LAST));
    for (let cut = 1; cut < text.length; cut += 7) {
      const socket = connect(server.port, "127.0.0.1").setNoDelay(true);
      await once(socket, "connect");
      let received = "";
      socket.setEncoding("utf8").on("data", (piece: string) => {
        received += piece;
      });
      const closed = once(socket, "close");
      socket.write(text.subarray(0, cut));
      await new Promise((resolve) => setTimeout(resolve, 2));
      socket.write(text.subarray(cut));
      await closed;
      assert.match(received, /grüße.*"result":1\}.*"result":2\}/s, `cut at ${cut}`);
    }
  });

  it("are answered where they come in bytes that are alone, and in some that are not", async () => {
    const text = Buffer.from(echo("x".repeat(5_000)) + echo(2, LAST));
    const socket = connect(server.port, "127.0.0.1").setNoDelay(true);
    await once(socket, "connect");
    let received = "";
    socket.setEncoding("utf8").on("data", (piece: string) => {
      received += piece;
    });
    const closed = once(socket, "close");
    for (let at = 0, size = 0; at < text.length; at += size) {
      size = at % 5 === 0 ? 1 : at % 7 === 0 ? 1_100 : 40;
      socket.write(text.subarray(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    assert.deepEqual(resultsOf(responsesIn(received)), ["x".repeat(5_000), 2]);
  });

  it("are answered in their order where some are for another part of the server", async () => {
    const health = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const chunked =
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    const body = JSON.stringify(call("test_echo", 3));
    const responses = await sent(
      echo(1) + wait(20) + health + echo(2),
      `${chunked}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      echo(4, LAST),
    );
    assert.deepEqual(resultsOf(responses).toSpliced(2, 1), [1, 20, 2, 3, 4]);
    assert.deepEqual(JSON.parse(responses[2]!.body), { status: "ok" });
  });

  it("are judged by Node's HTTP where their heads can be read in two ways", async () => {
    const { length } = JSON.stringify(call("test_echo", 1));
    for (const headers of [
      `Content-Length: ${length + 1}\r\n`,
      "Transfer-Encoding: chunked\r\n",
      "Host : localhost\r\n",
      " folded: 1\r\n",
      "no colon\r\n",
      "a\0b: 1\r\n",
    ]) {
      const [response] = await sent(echo(1, `${headers}${LAST}`));
      assert.equal(response?.status, 400, JSON.stringify(headers));
    }
  });

  it("are refused as they are anywhere else", async () => {
    const statusOf = async (text: string) => (await sent(text))[0]?.status;
    assert.equal(await statusOf(echo(1, LAST).replace("localhost", "evil.example")), 403);
    assert.equal(await statusOf(echo(1, LAST).replace("application/json", "text/plain")), 415);
    assert.equal(await statusOf(echo("x".repeat(100_000), LAST)), 413);
    assert.equal(await statusOf(echo(1, LAST).replace("POST / ", "POST /other ")), 404);
    assert.equal(await statusOf(echo(1, `x: ${"y".repeat(20_000)}\r\n${LAST}`)), 431);
  });

  it("leave nothing held of the memory that all share", async () => {
    for (let i = 0; i < 30; i++) {
      const socket = connect(server.port, "127.0.0.1");
      await once(socket, "connect");
      socket.write(echo("x".repeat(60_000)).slice(0, -1));
      await new Promise((resolve) => setTimeout(resolve, 2));
      socket.destroy();
    }
    assert.equal(resultsOf(await sent(echo("x".repeat(60_000), LAST))).length, 1);
    assert.doesNotMatch(await registry.metrics(), /refused_total\{reason="memory"\}/);
  });

  it("wait where their client does not read", async () => {
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    const large = request(call("test_fill", 1_000_000));
    for (let i = 0; i < 200; i++) socket.write(large);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const answered = async () =>
      Number(
        /requests_total\{method="test_fill",outcome="ok"\} (\d+)/.exec(await registry.metrics())?.[1] ?? 0,
      );
    assert.ok((await answered()) < 50, `${await answered()} answers are held`);
    socket.resume();
    while ((await answered()) < 200) await new Promise((resolve) => setTimeout(resolve, 10));
    socket.destroy();
  });
});

describe("a connection", () => {
  const opened = async (port: number): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return socket;
  };
  const next = async (socket: Socket) => String((await once(socket, "data"))[0]);

  it("stays open between requests for longer than a head may take", async () => {
    const server = await startTestServer({ limits: { headersTimeout: 20, requestTimeout: 20 } });
    const socket = await opened(server.port);
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setTimeout(resolve, 120));
      socket.write(echo(i));
      assert.match(await next(socket), /^HTTP\/1\.1 200 OK\r\n.*Connection: keep-alive/s);
    }
    socket.destroy();
    await server.close();
  });

  it("is closed when it has been idle for too long", async () => {
    const server = await startTestServer({ limits: { headersTimeout: 20, keepAliveTimeout: 40 } });
    const socket = await opened(server.port);
    socket.write(echo(1));
    await next(socket);
    await once(socket, "close");
    await server.close();
  });

  it("is told that its request is too slow", async () => {
    const server = await startTestServer({ limits: { headersTimeout: 20, requestTimeout: 20 } });
    for (const part of ["POST / HTTP/1.1\r\nHost", echo(1).slice(0, -1)]) {
      const { text, closed } = await raw(server.port, (socket) => socket.write(part), 2000);
      assert.deepEqual([text.slice(0, 12), closed], ["HTTP/1.1 408", true]);
    }
    await server.close();
  });

  it("is closed behind the answer that runs when the server stops, and at once where none runs", async () => {
    const server = await startTestServer();
    const [idle, busy] = [await opened(server.port), await opened(server.port)];
    busy.write(wait(60));
    await new Promise((resolve) => setTimeout(resolve, 30));
    const closed = once(idle, "close");
    idle.resume();
    const stopped = server.close();
    await closed;
    assert.match(await next(busy), /Connection: close.*"result":60\}/s);
    await stopped;
  });
});
