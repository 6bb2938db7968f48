// A server with a few methods of its own, and ways to talk to it that no proper client has.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  type MethodTable,
  method,
  parameter,
  RpcError,
  type RpcServer,
  type RpcServerOptions,
  startRpcServer,
} from "@heddle/rpc";
import pino from "pino";
import { Registry } from "prom-client";
import { WebSocket } from "ws";

/** What was answered; tests look into it as they please. */
// biome-ignore lint/suspicious/noExplicitAny: an answer has any shape
export type Answer = any;

const any = (value: unknown) => value;

export const METHODS: MethodTable = {
  test_echo: method([parameter("value", any)], ([value]) => value),
  test_fail: method([parameter("code", any)], ([code]) => {
    throw new RpcError(code as number, "failed on purpose", { reason: 1 });
  }),
  test_throw: method([], () => {
    throw new Error("a secret of the server");
  }),
  test_wait: method([parameter("milliseconds", any)], async ([milliseconds], { signal }) => {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds as number);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
    return milliseconds;
  }),
  test_fill: method([parameter("bytes", any)], ([bytes]) => "x".repeat(bytes as number)),
  test_notify: method([parameter("count", any)], ([count], { connection }) => {
    for (let i = 0; i < (count as number); i++)
      connection?.notify("test_told", { i, filler: "x".repeat(4096) });
    return connection !== undefined;
  }),
};

/** Starts a server on a free port; `registry` and `log` are its own. */
export function startTestServer(options: Partial<RpcServerOptions> = {}): Promise<RpcServer> {
  return startRpcServer({
    methods: METHODS,
    log: pino({ level: "silent" }),
    registry: new Registry(),
    port: 0,
    ...options,
  });
}

/** Posts a body and gives status and answer. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; text: string; json: Answer }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text);
    },
  };
}

export const call = (method: string, ...params: unknown[]) => ({ jsonrpc: "2.0", id: 1, method, params });

/** A raw connection, and everything that came back until it was closed or `milliseconds` were over. */
export async function raw(
  port: number,
  write: (socket: Socket) => void,
  milliseconds: number,
): Promise<{ text: string; closed: boolean }> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  let text = "";
  let closed = false;
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  void ended.then(() => {
    closed = true;
  });
  write(socket);
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    ended,
    new Promise((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    }),
  ]);
  clearTimeout(timer);
  socket.destroy();
  return { text, closed };
}

/** An open socket and its messages in the order in which they came. */
export async function openSocket(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ socket: WebSocket; next: () => Promise<Answer>; closed: Promise<number> }> {
  const socket = new WebSocket(url.replace("http", "ws"), { headers });
  const messages: unknown[] = [];
  const waiting: ((message: unknown) => void)[] = [];
  socket.on("message", (data) => {
    const message = JSON.parse(String(data));
    const first = waiting.shift();
    if (first === undefined) messages.push(message);
    else first(message);
  });
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  await once(socket, "open");
  const next = () =>
    messages.length > 0 ? Promise.resolve(messages.shift()) : new Promise((resolve) => waiting.push(resolve));
  return { socket, next, closed };
}
