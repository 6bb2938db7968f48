// A local chain and the server that answers for it, opened and closed as one.

import { type Chain, type DevChain, openDevChain } from "@heddle/chain";
import { Fork } from "@heddle/engine";
import type { DevMethodsOptions, RpcServer } from "@heddle/rpc";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { OptionError } from "../errors.ts";
import type { ChainCounts } from "../metrics/chain-counts.ts";
import type { DevOptions } from "./options.ts";
import { chainOptions } from "./settings.ts";
import { dumpFile, StateKeeper } from "./state-file.ts";

/** A local chain that answers. */
export interface DevNode {
  readonly dev: DevChain;
  readonly server: RpcServer;
  close(): Promise<void>;
}

/** What `--no-request-size-limit` means: as long as a string can be. Bytes. */
const LONGEST_MESSAGE = 2 ** 29 - 1024;

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

/** Of transactions, wei; from London on the base fee says what gas costs. */
function demandPrice({ chain }: DevChain, price: bigint, log: Logger): void {
  if (chain.proposal().rules.fork < Fork.London) chain.pool.minGasPrice = price;
  else log.warn("--gas-price means nothing from London on: --base-fee says what gas costs");
}

/** Loaded when somebody asks for metrics: most never do, and a node answers sooner. */
async function openRegistry(version: string, chain: Chain, counts: ChainCounts): Promise<Registry> {
  const [{ Registry }, { registerChainMetrics, registerProcessMetrics }] = await Promise.all([
    import("prom-client"),
    import("../metrics/chain-metrics.ts"),
  ]);
  const registry = new Registry();
  registerProcessMetrics(registry, version);
  registerChainMetrics(registry, chain, counts);
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
  hooks: Pick<DevMethodsOptions, "artifacts" | "onCall" | "setLogging"> = {},
): Promise<DevNode> {
  const settings = await chainOptions(options);
  if (settings.fork !== undefined) settings.fork.onCacheProblem = (problem) => log.warn(problem);
  // While the kernel is compiled on other threads.
  const loading = Promise.all([import("@heddle/rpc"), import("../metrics/chain-counts.ts")]);
  loading.catch(() => undefined);
  const dev = await openDevChain(settings);
  try {
    if (options.gasPrice !== undefined) demandPrice(dev, options.gasPrice, log);
    if (options.autoImpersonate) dev.impersonateAll(true);
    const file = dumpFile(options);
    const keeper = file === undefined ? undefined : new StateKeeper(dev.chain, file, options);
    const [{ devMethods, startRpcServer, translate }, { ChainCounts }] = await loading;
    const { chain } = dev;
    const counts = new ChainCounts(chain);
    const { platform, arch, versions } = process;
    const server = await startRpcServer({
      methods: devMethods(dev, {
        ...hooks,
        // Tools tell by the first word whether a chain is one to develop on; Hardhat's network helpers refuse all but
        // `anvil`, `hardhat` and `zksync`. What it is stands behind it.
        clientVersion: `anvil/heddle/${version}/${platform}-${arch}/node${versions.node}`,
      }),
      translate,
      log,
      registry: () => openRegistry(version, chain, counts),
      health: () => ({ chainId: Number(chain.chainId), block: Number(chain.head.number) }),
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
    if (options.stateInterval !== undefined) {
      keeper?.every(options.stateInterval, (err) => log.error({ err }, "the state was not written"));
    }
    return {
      dev,
      server,
      async close() {
        keeper?.stop();
        await server.close();
        try {
          await keeper?.write();
        } finally {
          await dev.close();
        }
      },
    };
  } catch (error) {
    await dev.close();
    throw error;
  }
}
