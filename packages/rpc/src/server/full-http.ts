// What comes over HTTP and is no plain request: WebSockets, pages of browsers, /metrics and /health, malformed requests. Loaded when the
// first of them comes: a node answers its first call sooner without it.

import type { IncomingMessage, Server } from "node:http";
import compress from "@fastify/compress";
import cors from "@fastify/cors";
import websocket from "@fastify/websocket";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type Caller, type Dispatcher, errorText } from "../dispatch.ts";
import { ErrorCode, RpcError } from "../errors.ts";
import { answerMessage } from "../messages.ts";
import { BodyRefusedError, readBody } from "./body.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { type HostRules, isAllowedHost, isAllowedOrigin } from "./hosts.ts";
import type { RpcMetrics } from "./metrics.ts";
import type { RpcLimits } from "./options.ts";
import { CONTENT_TYPES } from "./plain-head.ts";
import type { Sockets } from "./sockets.ts";

/** The server that it answers for. */
export interface HttpPlace {
  readonly limits: RpcLimits;
  readonly rules: HostRules;
  readonly budget: ByteBudget;
  readonly metrics: RpcMetrics;
  readonly dispatcher: Dispatcher;
  readonly sockets: Sockets;
  readonly isStopping: boolean;
  /** The text of /metrics and its type. */
  readMetrics(): Promise<{ type: string; text: string }>;
  /** What /health says beside the state. */
  health(): Record<string, unknown>;
}

function noSchemas(): never {
  throw new Error("routes here have no schemas");
}

/** Answers what a server's connections send. */
export class FullHttp {
  readonly #app: FastifyInstance;
  readonly #place: HttpPlace;
  /** Requests that are being answered. */
  requests = 0;

  private constructor(server: Server, place: HttpPlace) {
    this.#place = place;
    this.#app = Fastify({
      // Its own lines would be two a request.
      logger: false,
      bodyLimit: place.limits.requestBytes,
      // No route has a schema: what compiles them takes longer to load than all else here.
      schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
      serverFactory: (handler) => server.on("request", handler),
    });
  }

  /** Makes `server` answer; it may have connections only then. */
  static async open(server: Server, place: HttpPlace): Promise<FullHttp> {
    const http = new FullHttp(server, place);
    await http.#open();
    return http;
  }

  async #open(): Promise<void> {
    const app = this.#app;
    const { limits, rules } = this.#place;
    await app.register(websocket, {
      options: { maxPayload: limits.requestBytes, perMessageDeflate: false, clientTracking: false },
      errorHandler: (_error, socket) => socket.terminate(),
      preClose: (done) => done(),
    });
    // Behind the sockets' own hook, which ends the connections of those that are refused.
    app.addHook("onRequest", (request, reply, done) => this.#checkOrigin(request, reply, done));
    await app.register(cors, {
      origin: (origin, done) => done(null, origin !== undefined && isAllowedOrigin(origin, rules)),
      methods: ["GET", "POST"],
      maxAge: 600,
    });
    await app.register(compress, {
      global: true,
      globalDecompression: false,
      threshold: limits.compressFrom,
      encodings: ["gzip", "deflate"],
      zlibOptions: { level: 1 },
    } as Parameters<typeof app.register>[1] & object);
    this.#addBodies();
    this.#addRoutes();
    await app.ready();
  }

  #checkOrigin(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const { host, origin } = request.headers;
    if (!isAllowedHost(host, this.#place.rules)) {
      this.#place.metrics.refused("host");
      this.#refuse(
        reply,
        403,
        `the host ${JSON.stringify(host?.slice(0, 80))} is not allowed here; see allowedHosts`,
      );
    } else if (request.headers.upgrade !== undefined && !isAllowedOrigin(origin, this.#place.rules)) {
      // Browsers ask nobody before they open a socket.
      this.#place.metrics.refused("origin");
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
    const { requestBytes } = this.#place.limits;
    const held = new WeakMap<FastifyRequest, () => void>();
    app.addContentTypeParser(CONTENT_TYPES, (request: FastifyRequest, payload: IncomingMessage) =>
      readBody(payload, requestBytes, this.#place.budget, (give) => held.set(request, give)),
    );
    app.addHook("onResponse", (request, _reply, done) => {
      held.get(request)?.();
      done();
    });
    app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      if (error instanceof BodyRefusedError) {
        this.#place.metrics.refused(error.reason);
        this.#refuse(reply.header("connection", "close"), error.status, error.message);
        return;
      }
      const status = error.statusCode ?? 400;
      if (status === 415) {
        this.#place.metrics.refused("type");
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
        if (this.#place.isStopping) socket.close(1001, "the server stops");
        else this.#place.sockets.add(socket, request.raw);
      },
    });
    app.get("/metrics", async (_request, reply) => {
      const { type, text } = await this.#place.readMetrics();
      return reply.type(type).send(text);
    });
    app.get("/health", (_request, reply) => {
      const status = this.#place.isStopping ? "stopping" : "ok";
      void reply.code(this.#place.isStopping ? 503 : 200).send({ status, ...this.#place.health() });
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
    this.#place.metrics.received(Buffer.byteLength(text));
    this.requests++;
    try {
      const answer = await answerMessage(this.#place.dispatcher, text, caller, this.#place.limits);
      if (this.#place.isStopping) reply.header("connection", "close");
      if (answer === undefined) return await reply.code(204).send();
      this.#place.metrics.sent(Buffer.byteLength(answer));
      return await reply.type("application/json").send(answer);
    } finally {
      this.requests--;
    }
  }

  close(): Promise<void> {
    return this.#app.close();
  }
}
