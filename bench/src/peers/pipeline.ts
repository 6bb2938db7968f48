// Many JSON-RPC requests over one connection, each answered before the next is looked at (HTTP/1.1 pipelining): as fast as
// a batch, whose parts a server may take in any order.

import { connect, type Socket } from "node:net";
import { PeerError } from "./peer.ts";

/** Requests under way at once. */
const WINDOW = 500;

/** A JSON-RPC answer, as far as it is looked at. */
interface Answer {
  error?: { message: string };
}

/** Takes complete answers off the front of what has come; returns the rest. */
export function takeAnswers(received: Buffer, take: (body: string) => void): Buffer {
  let rest = received;
  for (;;) {
    const headEnd = rest.indexOf("\r\n\r\n");
    if (headEnd < 0) return rest;
    const head = rest.toString("latin1", 0, headEnd);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    if (length === undefined) throw new PeerError(`an answer without a length: ${head.split("\r\n")[0]}`);
    const end = headEnd + 4 + Number(length);
    if (rest.length < end) return rest;
    take(rest.toString("utf8", headEnd + 4, end));
    rest = rest.subarray(end);
  }
}

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/**
 * Sends requests of one method, which are taken in their order; `params` are the parameters of each.
 * @throws PeerError where one is answered with an error
 */
export async function requestInOrder(
  port: number,
  method: string,
  params: readonly (readonly unknown[])[],
): Promise<void> {
  if (params.length === 0) return;
  const socket = await opened(port);
  try {
    await new Promise<void>((resolve, reject) => {
      let sent = 0;
      let answered = 0;
      let received: Buffer = Buffer.alloc(0);
      const send = () => {
        let text = "";
        while (sent < params.length && sent - answered < WINDOW) {
          const body = JSON.stringify({ jsonrpc: "2.0", id: sent, method, params: params[sent] });
          text += `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
          sent++;
        }
        if (text !== "") socket.write(text);
      };
      socket.on("error", reject);
      socket.on("close", () => reject(new PeerError(`${method}: the connection was closed`)));
      socket.on("data", (data: Buffer) => {
        try {
          received = takeAnswers(Buffer.concat([received, data]), (body) => {
            const { error } = JSON.parse(body) as Answer;
            if (error !== undefined) throw new PeerError(`${method} ${answered}: ${error.message}`);
            answered++;
          });
        } catch (error) {
          reject(error);
          return;
        }
        if (answered === params.length) resolve();
        else if (sent - answered < WINDOW / 2) send();
      });
      send();
    });
  } finally {
    socket.destroy();
  }
}
