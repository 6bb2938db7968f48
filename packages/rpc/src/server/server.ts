// The server: JSON-RPC over HTTP and WebSocket on one port, its metrics and its health.

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import compress from "@fastify/compress";
import cors from "@fastify/cors";
import websocket from "@fastify/websocket";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type Caller, Dispatcher, errorText } from "../dispatch.ts";
import { ErrorCode, RpcError } from "../errors.ts";
import { answerMessage } from "../messages.ts";
import { BodyRefusedError, readBody } from "./body.ts";
import { ByteBudget } from "./byte-budget.ts";
import { type HostRules, isAllowedHost, isAllowedOrigin } from "./hosts.ts";
import { RpcMetrics } from "./metrics.ts";
import { DEFAULT_LIMITS, type RpcLimits, type RpcServerOptions } from "./options.ts";
import { MOST_HEAD_BYTES } from "./plain-connection.ts";
import { CONTENT_TYPES } from "./plain-head.ts";
import { PlainHttp } from "./plain-http.ts";
import { Sockets } from "./sockets.ts";

/** A server that answers. */
export interface RpcServer {
  /** Such as "http://127.0.0.1:8545"; with "ws" for "http" the socket's. */
  readonly url: string;
  readonly port: number;
  /** Takes no more, lets what runs end, closes all connections. */
  close(): Promise<void>;
}

function noSchemas(): never {
  throw new Error("routes here have no schemas");
}

class Server implements RpcServer {
  readonly #app: FastifyInstance;
  readonly #options: RpcServerOptions;
  readonly #limits: RpcLimits;
  readonly #rules: HostRules;
  readonly #budget: ByteBudget;
  readonly #metrics: RpcMetrics;
  readonly #dispatcher: Dispatcher;
  readonly #sockets: Sockets;
  readonly #plain: PlainHttp;
  #httpConnections = 0;
  #requests = 0;
  #isStopping = false;
  #closed: Promise<void> | undefined;
  url = "";
  port = 0;

  constructor(options: RpcServerOptions) {
    this.#options = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#limits = limits;
    this.#rules = {
      boundTo: options.host ?? "127.0.0.1",
      allowedHosts: options.allowedHosts ?? [],
      origins: options.cors,
    };
    this.#budget = new ByteBudget(limits.pendingBytes);
    this.#metrics = new RpcMetrics(options.registry, () => ({
      http: this.#httpConnections - this.#sockets.size,
      websocket: this.#sockets.size,
    }));
    this.#dispatcher = new Dispatcher({
      methods: options.methods,
      translate: options.translate ?? (() => undefined),
      log: options.log,
      callTimeout: limits.callTimeout,
      report: (report) => this.#metrics.call(report),
    });
    this.#sockets = new Sockets({
      dispatcher: this.#dispatcher,
      limits,
      metrics: this.#metrics,
      budget: this.#budget,
    });
    this.#app = Fastify({
      // Its own lines would be two a request.
      logger: false,
      bodyLimit: limits.requestBytes,
      connectionTimeout: limits.idleTimeout,
      keepAliveTimeout: limits.keepAliveTimeout,
      requestTimeout: limits.requestTimeout,
      forceCloseConnections: true,
      // No route has a schema: what compiles them takes a tenth of a node's start to load.
      schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
      http: {
        headersTimeout: limits.headersTimeout,
        connectionsCheckingInterval: Math.min(5_000, limits.headersTimeout),
        maxHeaderSize: MOST_HEAD_BYTES,
      },
    });
    const { server } = this.#app;
    server.maxConnections = limits.connections;
    const [serve] = server.listeners("connection") as ((socket: Socket) => void)[];
    server.off("connection", serve!);
    this.#plain = new PlainHttp({
      limits,
      budget: this.#budget,
      metrics: this.#metrics,
      isAllowedHost: (host) => isAllowedHost(host, this.#rules),
      answer: (text, caller) => answerMessage(this.#dispatcher, text, caller, limits),
      handOver(socket, received) {
        serve!.call(server, socket);
        socket.emit("data", received);
      },
    });
    server.on("connection", (socket) => {
      this.#httpConnections++;
      socket.on("close", () => this.#httpConnections--);
      this.#plain.accept(socket);
    });
  }

  async start(): Promise<this> {
    const app = this.#app;
    await app.register(websocket, {
      options: { maxPayload: this.#limits.requestBytes, perMessageDeflate: false, clientTracking: false },
      errorHandler: (_error, socket) => socket.terminate(),
      preClose: (done) => done(),
    });
    // Behind the sockets' own hook, which ends the connections of those that are refused.
    app.addHook("onRequest", (request, reply, done) => this.#checkOrigin(request, reply, done));
    await app.register(cors, {
      origin: (origin, done) => done(null, origin !== undefined && isAllowedOrigin(origin, this.#rules)),
      methods: ["GET", "POST"],
      maxAge: 600,
    });
    await app.register(compress, {
      global: true,
      globalDecompression: false,
      threshold: this.#limits.compressFrom,
      encodings: ["gzip", "deflate"],
      zlibOptions: { level: 1 },
    } as Parameters<typeof app.register>[1] & object);
    this.#addBodies();
    this.#addRoutes();
    const { host = "127.0.0.1", port = 8545 } = this.#options;
    this.url = await app.listen({ host, port });
    this.port = Number(new URL(this.url).port);
    return this;
  }

  #checkOrigin(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const { host, origin } = request.headers;
    if (!isAllowedHost(host, this.#rules)) {
      this.#metrics.refused("host");
      this.#refuse(
        reply,
        403,
        `the host ${JSON.stringify(host?.slice(0, 80))} is not allowed here; see allowedHosts`,
      );
    } else if (request.headers.upgrade !== undefined && !isAllowedOrigin(origin, this.#rules)) {
      // Browsers ask nobody before they open a socket.
      this.#metrics.refused("origin");
      this.#refuse(reply, 403, "pages of this origin may not open a socket here; see cors");
    } else {
      done();
    }
  }

  #refuse(reply: FastifyReply, status: number, message: string): void {
    void reply
      .code(status)
      .type("application/json")
      .send(errorText(null, new RpcError(ErrorCode.invalidRequest, message)));
  }

  #addBodies(): void {
    const app = this.#app;
    app.removeAllContentTypeParsers();
    const { requestBytes } = this.#limits;
    const held = new WeakMap<FastifyRequest, () => void>();
    app.addContentTypeParser(CONTENT_TYPES, (request: FastifyRequest, payload: IncomingMessage) =>
      readBody(payload, requestBytes, this.#budget, (give) => held.set(request, give)),
    );
    app.addHook("onResponse", (request, _reply, done) => {
      held.get(request)?.();
      done();
    });
    app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      if (error instanceof BodyRefusedError) {
        this.#metrics.refused(error.reason);
        this.#refuse(reply.header("connection", "close"), error.status, error.message);
        return;
      }
      const status = error.statusCode ?? 400;
      if (status === 415) {
        this.#metrics.refused("type");
        this.#refuse(reply, 415, "the content type must be application/json");
        return;
      }
      this.#refuse(reply, status, status < 500 ? error.message : "internal error");
    });
    app.setNotFoundHandler((_request, reply) =>
      this.#refuse(reply, 404, "JSON-RPC is answered to POST / and on a WebSocket at /"),
    );
  }

  #addRoutes(): void {
    const app = this.#app;
    app.post("/", async (request, reply) => this.#post(request, reply));
    app.route({
      method: "GET",
      url: "/",
      handler: (_request, reply) =>
        this.#refuse(
          reply.header("allow", "POST"),
          405,
          "JSON-RPC is answered to POST / and on a WebSocket at /",
        ),
      wsHandler: (socket, request) => {
        if (this.#isStopping) socket.close(1001, "the server stops");
        else this.#sockets.add(socket, request.raw);
      },
    });
    app.get("/metrics", async (_request, reply) => {
      const { registry } = this.#options;
      return reply.type(registry.contentType).send(await registry.metrics());
    });
    app.get("/health", (_request, reply) => {
      const status = this.#isStopping ? "stopping" : "ok";
      void reply.code(this.#isStopping ? 503 : 200).send({ status, ...this.#options.health?.() });
    });
  }

  async #post(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const text = request.body;
    if (typeof text !== "string") {
      this.#refuse(reply, 415, "the content type must be application/json");
      return reply;
    }
    const caller: Caller = { connection: undefined, running: new Set() };
    // The client is gone: nobody waits for what runs.
    reply.raw.once("close", () => {
      for (const call of caller.running) call.abort(new Error("the connection was closed"));
    });
    this.#metrics.received(Buffer.byteLength(text));
    this.#requests++;
    try {
      const answer = await answerMessage(this.#dispatcher, text, caller, this.#limits);
      if (this.#isStopping) reply.header("connection", "close");
      if (answer === undefined) return await reply.code(204).send();
      this.#metrics.sent(Buffer.byteLength(answer));
      return await reply.type("application/json").send(answer);
    } finally {
      this.#requests--;
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#stop();
    return this.#closed;
  }

  async #stop(): Promise<void> {
    this.#isStopping = true;
    // New connections are refused; those that are open get their answers.
    this.#app.server.close();
    this.#plain.stop();
    const until = performance.now() + this.#limits.stopTimeout;
    while (this.#requests + this.#sockets.calls + this.#plain.calls > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await this.#sockets.close();
    this.#plain.close();
    await this.#app.close();
  }
}

/**
 * Starts a server.
 * @throws the system's error where the port cannot be bound, with `code` such as "EADDRINUSE"
 *
 * @example
 * ```ts
 * const server = await startRpcServer({ methods, log: pino(), registry: new Registry(), port: 8545 });
 * console.log(server.url);
 * await server.close();
 * ```
 */
export function startRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  return new Server(options).start();
}
