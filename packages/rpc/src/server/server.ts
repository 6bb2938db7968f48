// The server: JSON-RPC over HTTP and WebSocket on one port, its metrics and its health.

import { createServer, type Server as HttpServer } from "node:http";
import { createServer as createRelay, type Server as Relay, type Socket } from "node:net";
import type { Registry } from "prom-client";
import { Dispatcher } from "../dispatch.ts";
import { answerMessage } from "../messages.ts";
import type { MethodTable } from "../method.ts";
import { ByteBudget } from "./byte-budget.ts";
import type { FullHttp, HttpPlace } from "./full-http.ts";
import { type HostRules, isAllowedHost } from "./hosts.ts";
import { addressesOf, listen } from "./listen.ts";
import { RpcMetrics } from "./metrics.ts";
import { DEFAULT_LIMITS, type RpcLimits, type RpcServerOptions } from "./options.ts";
import { MOST_HEAD_BYTES } from "./plain-connection.ts";
import { PlainHttp } from "./plain-http.ts";
import { Sockets } from "./sockets.ts";

/** A server that answers. */
export interface RpcServer {
  /** Such as "http://127.0.0.1:8545"; with "ws" for "http" the socket's. */
  readonly url: string;
  readonly port: number;
  /** Answers by these methods from now on. Resolves when all calls of those before have ended. */
  setMethods(methods: MethodTable): Promise<void>;
  /** Takes no more, lets what runs end, closes all connections. */
  close(): Promise<void>;
}

class Server implements RpcServer, HttpPlace {
  readonly #options: RpcServerOptions;
  readonly #server: HttpServer;
  /** What Node's HTTP does with a connection. */
  readonly #serve: (socket: Socket) => void;
  /** Listen on the other addresses of a name. */
  readonly #relays: Relay[] = [];
  readonly #plain: PlainHttp;
  readonly limits: RpcLimits;
  readonly rules: HostRules;
  readonly budget: ByteBudget;
  readonly metrics = new RpcMetrics();
  readonly dispatcher: Dispatcher;
  readonly sockets: Sockets;
  #full: FullHttp | undefined;
  #opening: Promise<FullHttp> | undefined;
  /** Connections that wait for it. */
  readonly #waiting = new Set<Socket>();
  #registry: Promise<Registry> | undefined;
  #connections = 0;
  #closed: Promise<void> | undefined;
  isStopping = false;
  url = "";
  port = 0;

  constructor(options: RpcServerOptions) {
    this.#options = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.limits = limits;
    this.rules = {
      boundTo: options.host ?? "127.0.0.1",
      allowedHosts: options.allowedHosts ?? [],
      origins: options.cors,
    };
    this.budget = new ByteBudget(limits.pendingBytes);
    this.dispatcher = new Dispatcher({
      methods: options.methods,
      translate: options.translate ?? (() => undefined),
      log: options.log,
      callTimeout: limits.callTimeout,
      report: (report) => this.metrics.call(report),
    });
    this.sockets = new Sockets(this);
    this.#plain = new PlainHttp({
      limits,
      budget: this.budget,
      metrics: this.metrics,
      isAllowedHost: (host) => isAllowedHost(host, this.rules),
      answer: (text, caller) => answerMessage(this.dispatcher, text, caller, limits),
      handOver: (socket, received) => this.#handOver(socket, received),
    });
    const server = createServer({
      connectionsCheckingInterval: Math.min(5_000, limits.headersTimeout),
      maxHeaderSize: MOST_HEAD_BYTES,
    });
    server.headersTimeout = limits.headersTimeout;
    server.requestTimeout = limits.requestTimeout;
    server.keepAliveTimeout = limits.keepAliveTimeout;
    server.setTimeout(limits.idleTimeout);
    server.maxConnections = limits.connections;
    const [serve] = server.listeners("connection") as ((socket: Socket) => void)[];
    server.off("connection", serve!);
    server.on("connection", (socket) => {
      this.#connections++;
      socket.on("close", () => this.#connections--);
      this.#plain.accept(socket);
    });
    this.#server = server;
    this.#serve = serve!.bind(server);
  }

  async start(): Promise<this> {
    const { host = "127.0.0.1", port = 8545, registry } = this.#options;
    // One that its owner holds has the server's metrics from the beginning.
    if (typeof registry !== "function") await this.#openRegistry();
    await listen(this.#server, { host, port });
    const [first, ...others] = await addressesOf(this.#server, host);
    this.port = first!.port;
    this.url = `http://${first!.family === 6 ? `[${first!.address}]` : first!.address}:${this.port}`;
    for (const { address } of others) {
      const relay = createRelay({ allowHalfOpen: true, noDelay: true }, (socket) =>
        this.#server.emit("connection", socket),
      );
      relay.maxConnections = this.limits.connections;
      // Nobody asked for this address by its number.
      const listens = await listen(relay, { host: address, port: this.port }).catch(() => undefined);
      if (listens !== undefined) this.#relays.push(relay);
    }
    return this;
  }

  /** Node's HTTP and all that stands on it goes on with a connection. */
  #handOver(socket: Socket, received: Buffer): void {
    if (this.#full !== undefined) {
      this.#serve(socket);
      socket.emit("data", received);
      return;
    }
    socket.pause();
    const gone = (): void => {
      this.#waiting.delete(socket);
    };
    const failed = (): void => undefined;
    socket.on("error", failed).once("close", gone);
    this.#waiting.add(socket);
    void this.#openFull().then(
      () => {
        socket.off("error", failed).off("close", gone);
        this.#waiting.delete(socket);
        if (socket.destroyed) return;
        this.#serve(socket);
        socket.emit("data", received);
        socket.resume();
      },
      (err: unknown) => {
        this.#options.log.error({ err }, "what answers other requests than plain ones does not load");
        socket.destroy();
      },
    );
  }

  #openFull(): Promise<FullHttp> {
    this.#opening ??= import("./full-http.ts").then(async ({ FullHttp }) => {
      this.#full = await FullHttp.open(this.#server, this);
      return this.#full;
    });
    return this.#opening;
  }

  #openRegistry(): Promise<Registry> {
    this.#registry ??= (async () => {
      const { registry } = this.#options;
      const [opened, { registerRpcMetrics }] = await Promise.all([
        typeof registry === "function" ? registry() : registry,
        import("./registered-metrics.ts"),
      ]);
      registerRpcMetrics(opened, this.metrics, () => ({
        http: this.#connections - this.sockets.size,
        websocket: this.sockets.size,
      }));
      return opened;
    })();
    return this.#registry;
  }

  async readMetrics(): Promise<{ type: string; text: string }> {
    const registry = await this.#openRegistry();
    return { type: registry.contentType, text: await registry.metrics() };
  }

  health(): Record<string, unknown> {
    return this.#options.health?.() ?? {};
  }

  setMethods(methods: MethodTable): Promise<void> {
    return this.dispatcher.setMethods(methods);
  }

  close(): Promise<void> {
    this.#closed ??= this.#stop();
    return this.#closed;
  }

  async #stop(): Promise<void> {
    this.isStopping = true;
    // New connections are refused; those that are open get their answers.
    const servers = [this.#server, ...this.#relays];
    const ended = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    this.#plain.stop();
    const until = performance.now() + this.limits.stopTimeout;
    const running = (): number =>
      (this.#full?.requests ?? 0) + this.#waiting.size + this.sockets.calls + this.#plain.calls;
    while (running() > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await this.sockets.close();
    this.#plain.close();
    for (const socket of this.#waiting) socket.destroy();
    this.#server.closeAllConnections();
    await (await this.#opening?.catch(() => undefined))?.close();
    await Promise.all(ended);
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
