// A local chain and the server that answers for it, opened and closed as one.

import type { DevChain } from "@heddle/chain";
import type { DevMethodsOptions, RpcServer } from "@heddle/rpc";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { OptionError } from "../errors.ts";
import type { ChainCounts } from "../metrics/chain-counts.ts";
import { CurrentChain } from "./current-chain.ts";
import type { DevOptions } from "./options.ts";
import { dumpFile, StateKeeper } from "./state-file.ts";

/** A local chain that answers. */
export interface DevNode {
  /** The chain that there is now. */
  readonly dev: DevChain;
  readonly server: RpcServer;
  close(): Promise<void>;
}

/** Who hears of what happens. */
export interface DevNodeHooks extends Pick<DevMethodsOptions, "artifacts" | "onCall" | "setLogging"> {
  /** Hears that the node goes on with another chain. */
  onReset?: (dev: DevChain) => void;
}

/** What `--no-request-size-limit` means: as long as a string can be. Bytes. */
const LONGEST_MESSAGE = 2 ** 29 - 1024;

/** Milliseconds for those who wait for the node, before it starts the threads that execute blocks. */
const FIRST_ANSWERS = 50;

/** Errors of the system when a port is bound, as what is wrong with the options. */
function bindError(error: unknown, { host, port }: DevOptions): unknown {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case "EADDRINUSE":
      return new OptionError(
        "--port",
        "a free port (0 takes any)",
        `${port} is in use on ${host}: another node may be running`,
        error,
      );
    case "EACCES":
      return new OptionError("--port", "one that you may open, from 1024 on", `${port} is not`, error);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EINVAL":
      return new OptionError("--host", "an address or a name of this machine", `${host} is none`, error);
    default:
      return error;
  }
}

/** Loaded when somebody asks for metrics: most never do, and a node answers sooner. */
async function openRegistry(version: string, counts: ChainCounts): Promise<Registry> {
  const [{ Registry }, { registerChainMetrics, registerProcessMetrics }] = await Promise.all([
    import("prom-client"),
    import("../metrics/chain-metrics.ts"),
  ]);
  const registry = new Registry();
  registerProcessMetrics(registry, version);
  registerChainMetrics(registry, counts);
  return registry;
}

/**
 * Opens chain and server.
 * @throws OptionError naming the option that is wrong, and what openDevChain throws
 */
export async function openDevNode(
  options: DevOptions,
  log: Logger,
  version: string,
  hooks: DevNodeHooks = {},
): Promise<DevNode> {
  // While the kernel is compiled on other threads.
  const loading = Promise.all([import("@heddle/rpc"), import("../metrics/chain-counts.ts")]);
  loading.catch(() => undefined);
  const current = await CurrentChain.open(options, log);
  try {
    const file = dumpFile(options);
    const keeper = file === undefined ? undefined : new StateKeeper(() => current.dev.chain, file, options);
    const [{ devMethods, startRpcServer, Subscriptions, translate }, { ChainCounts }] = await loading;
    const counts = new ChainCounts(current.dev.chain);
    const { platform, arch, versions } = process;
    const { onReset, ...watching } = hooks;
    const subscriptions = new Subscriptions(current.dev.chain);
    const methodsOf = (dev: DevChain) =>
      devMethods(dev, {
        ...watching,
        subscriptions,
        reset: (target, signal) => current.reset(target, signal),
        // Tools tell by the first word whether a chain is one to develop on; Hardhat's network helpers refuse all but
        // `anvil`, `hardhat` and `zksync`. What it is stands behind it.
        clientVersion: `anvil/heddle/${version}/${platform}-${arch}/node${versions.node}`,
      });
    const server = await startRpcServer({
      methods: methodsOf(current.dev),
      translate,
      log,
      registry: () => openRegistry(version, counts),
      health: () => {
        const { chain } = current.dev;
        return { chainId: Number(chain.chainId), block: Number(chain.head.number) };
      },
      host: options.host,
      port: options.port,
      ...(options.allowedHosts === undefined ? {} : { allowedHosts: options.allowedHosts }),
      ...(options.allowOrigin === undefined ? {} : { cors: options.allowOrigin }),
      ...(options.cors ? {} : { cors: [] }),
      ...(options.requestSizeLimit
        ? {}
        : { limits: { requestBytes: LONGEST_MESSAGE, pendingBytes: 2 * LONGEST_MESSAGE } }),
    }).catch((error: unknown) => {
      throw bindError(error, options);
    });
    current.onChange = (dev) => {
      counts.moveTo(dev.chain);
      subscriptions.moveTo(dev.chain);
      const unused = server.setMethods(methodsOf(dev));
      onReset?.(dev);
      return unused;
    };
    if (options.stateInterval !== undefined) {
      keeper?.every(options.stateInterval, (err) => log.error({ err }, "the state was not written"));
    }
    const starting = setTimeout(() => {
      current.dev.chain.startWorkers().catch((err: unknown) => log.error({ err }, "a worker does not start"));
    }, FIRST_ANSWERS);
    return {
      get dev() {
        return current.dev;
      },
      server,
      async close() {
        clearTimeout(starting);
        keeper?.stop();
        current.stay();
        await server.close();
        try {
          await keeper?.write();
        } finally {
          await current.close();
        }
      },
    };
  } catch (error) {
    await current.close();
    throw error;
  }
}
