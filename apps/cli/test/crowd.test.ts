import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { Node } from "./traffic/node.ts";

const CROWD = 5_000;
/** Connections that are being opened at once. */
const AT_ONCE = 250;
const HUNDRED_MB = 100_000_000;
const MEGABYTE = Buffer.alloc(1_000_000, "x");

const head = (more: string) =>
  `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${more}\r\n`;
const question = '{"jsonrpc":"2.0","id":7,"method":"eth_chainId","params":[]}';
const request = head(`Content-Length: ${question.length}\r\n`) + question;

/** What a stranger does with a connection that it has opened. */
const HABITS: readonly ((socket: Socket) => void)[] = [
  () => undefined,
  (socket) => socket.write(request),
  (socket) => socket.write(head("").slice(0, 30)),
  (socket) => socket.write(`${head("Content-Length: 1000\r\n")}{`),
  (socket) => socket.write(`${head("Transfer-Encoding: chunked\r\n")}5\r\n{"js`),
];

describe("a node among thousands of strangers", () => {
  let node: Node;
  const opened: Socket[] = [];
  before(async () => {
    node = await Node.start("--workers", "2");
  });
  after(async () => {
    for (const socket of opened) socket.destroy();
    await node.stop().finally(() => node.kill());
  });

  const open = async (): Promise<Socket> => {
    const socket = connect(Number(new URL(node.url).port), "127.0.0.1");
    opened.push(socket);
    socket.on("error", () => undefined);
    await once(socket, "connect");
    return socket;
  };
  /** Everything that comes until `isEnough`, or the end. */
  const heard = (socket: Socket, isEnough: (text: string) => boolean) =>
    new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk;
        if (isEnough(text)) resolve(text);
      });
      socket.on("close", () => resolve(text));
    });
  const answers = async () => assert.equal(await node.request("eth_chainId"), "0x7a69");
  const residentMegabytes = async () => (await node.memory()).resident / 1e6;

  it("answers those who ask, whatever 5,000 connections do that do not", async () => {
    const before = await residentMegabytes();
    const asked: Promise<string>[] = [];
    for (let i = 0; i < CROWD; i += AT_ONCE) {
      const sockets = await Promise.all(Array.from({ length: AT_ONCE }, open));
      for (const [j, socket] of sockets.entries()) {
        const habit = (i + j) % HABITS.length;
        if (habit === 1) asked.push(heard(socket, (text) => text.includes('"0x7a69"')));
        HABITS[habit]!(socket);
      }
    }
    for (const text of await Promise.all(asked)) assert.match(text, /"id":7,"result":"0x7a69"/);
    await answers();
    // Half of them close their half; those who had asked may ask again.
    for (const [i, socket] of opened.entries()) if (i % 2 === 0) socket.end();
    const again = opened.filter((_, i) => i % 2 === 1 && i % HABITS.length === 1);
    const repeated = again.map((socket) => heard(socket, (text) => text.includes('"0x7a69"')));
    for (const socket of again) socket.write(request);
    for (const text of await Promise.all(repeated)) assert.match(text, /"id":7,"result":"0x7a69"/);
    await answers();
    const grown = (await residentMegabytes()) - before;
    assert.ok(grown < 300, `${Math.round(grown)} MB more`);
    for (const socket of opened.splice(0)) socket.destroy();
    await answers();
  });

  for (const [how, line, part] of [
    ["of a length that is said", `Content-Length: ${HUNDRED_MB}\r\n`, MEGABYTE],
    [
      "in chunks",
      "Transfer-Encoding: chunked\r\n",
      Buffer.concat([Buffer.from(`${MEGABYTE.length.toString(16)}\r\n`), MEGABYTE, Buffer.from("\r\n")]),
    ],
  ] as const) {
    it(`refuses 100 MB ${how}, sent by many at once, and keeps nothing of them`, async () => {
      const before = await residentMegabytes();
      const send = async () => {
        const socket = await open();
        const answer = heard(socket, (text) => text.includes("}"));
        socket.write(head(line));
        for (let sent = 0; sent < HUNDRED_MB && socket.writable; sent += MEGABYTE.length) {
          if (socket.write(part)) continue;
          await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => undefined);
        }
        return answer;
      };
      const all = await Promise.all(Array.from({ length: 8 }, send));

      for (const answer of all) {
        // Who sends on although he was refused may find the connection closed before he reads why.
        if (answer !== "") assert.match(answer, /^HTTP\/1\.1 413 [\s\S]*"code":-32600/);
      }
      await answers();
      const grown = (await residentMegabytes()) - before;
      assert.ok(grown < 200, `${Math.round(grown)} MB more`);
    });
  }

  it("gives up a subscriber that never reads, and no other", async () => {
    const deaf = await open();
    deaf.write(
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await once(deaf, "data");
    // As many subscriptions as make each block's notifications a megabyte, in frames of a client (RFC 6455, 5.2).
    const body = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}');
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]);
    for (let i = 0; i < 800; i++) deaf.write(frame);
    await once(deaf, "data");
    deaf.pause();
    const listener = new WebSocket(node.url.replace("http", "ws"));
    await once(listener, "open");
    let heads = -1;
    listener.addEventListener("message", () => heads++);
    listener.send(body.toString());
    const refused = async () =>
      /heddle_rpc_refused_total\{reason="slow"\} (\d+)/.exec(
        await (await fetch(`${node.url}/metrics`)).text(),
      )?.[1];
    let blocks = 0;
    for (; (await refused()) === undefined && blocks < 500; blocks++) await node.request("evm_mine");
    assert.ok(blocks < 500, "nothing was refused");
    await node.request("evm_mine");
    while (heads < blocks + 1) await once(listener, "message");
    assert.equal(heads, blocks + 1);
    listener.close();
  });
});
