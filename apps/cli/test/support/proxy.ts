// Stands between a node and who asks it, and may answer otherwise.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface ProxiedRequest {
  id: number;
  method: string;
  params: unknown[];
}

export interface ProxiedAnswer {
  id: number;
  result?: unknown;
  error?: { code: number; message: string };
}

export interface NodeProxy {
  url: string;
  /** Methods that were asked for. */
  asked: string[];
  /** Changes an answer; null: the connection breaks. */
  change: (request: ProxiedRequest, answer: ProxiedAnswer) => ProxiedAnswer | null;
  close(): void;
}

export async function startProxy(target: string): Promise<NodeProxy> {
  const proxy: NodeProxy = {
    url: "",
    asked: [],
    change: (_, answer) => answer,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const requests = [JSON.parse(body) as ProxiedRequest | ProxiedRequest[]].flat();
    proxy.asked.push(...requests.map(({ method }) => method));
    const headers = { "content-type": "application/json" };
    const answered = await fetch(target, { method: "POST", headers, body });
    const answers = [(await answered.json()) as ProxiedAnswer | ProxiedAnswer[]].flat();
    const changed = requests.map((one) => proxy.change(one, answers.find(({ id }) => id === one.id)!));
    if (changed.includes(null)) {
      response.destroy();
      return;
    }
    response.writeHead(200, headers).end(JSON.stringify(body.startsWith("[") ? changed : changed[0]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}
