import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  type Abi,
  type Address,
  type ContractFunctionArgs,
  createTestClient,
  encodeFunctionData,
  type Hex,
  http,
  maxUint128,
  parseEther,
  parseEventLogs,
  publicActions,
  walletActions,
  zeroAddress,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { foundry } from "viem/chains";
import { type Artifact, artifact } from "./support/artifacts.ts";
import { type Dev, KEY, OTHER, startDev } from "./support/dev.ts";

const core = (name: string) => artifact(`@uniswap/v3-core/artifacts/contracts/${name}.sol/${name}.json`);
const periphery = (path: string, libraries: Record<string, Address> = {}) =>
  artifact(`@uniswap/v3-periphery/artifacts/contracts/${path}.sol/${path.split("/").at(-1)}.json`, libraries);
const openZeppelin = (name: string) => artifact(`openzeppelin-contracts-v4/build/contracts/${name}.json`);

const FEE = 3000;
const MILLION = 1_000_000n;
const Q96 = 2n ** 96n;
const DEADLINE = 2n ** 40n;
/** The widest range that a fee of 0.3 % allows: its ticks are 60 apart. */
const WIDEST = { tickLower: -887_220, tickUpper: 887_220 };
const LABEL = `0x${Buffer.from("ETH").toString("hex").padEnd(64, "0")}` as Hex;

/** What a swap of the lesser token gives within one range of liquidity (Uniswap v3 whitepaper, 6.2.3), and the price behind it. */
function swapOfToken0(amountIn: bigint, liquidity: bigint, sqrtPrice: bigint): [out: bigint, next: bigint] {
  const paid = (amountIn * (MILLION - BigInt(FEE))) / MILLION;
  const shifted = liquidity * Q96;
  const divisor = shifted + paid * sqrtPrice;
  const next = (shifted * sqrtPrice + divisor - 1n) / divisor;
  return [(liquidity * (sqrtPrice - next)) / Q96, next];
}

describe("Uniswap v3, deployed from its packages", () => {
  let dev: Dev;
  before(async () => {
    dev = await startDev();
  });
  after(() => dev.close());

  const account = privateKeyToAccount(KEY);
  const connect = () =>
    createTestClient({
      chain: foundry,
      mode: "anvil",
      account,
      transport: http(dev.url),
      pollingInterval: 20,
      cacheTime: 0,
    })
      .extend(publicActions)
      .extend(walletActions);

  interface Deployed {
    address: Address;
    abi: Abi;
  }

  async function deploy({ abi, bytecode }: Artifact, ...args: unknown[]): Promise<Deployed> {
    const client = connect();
    const hash = await client.deployContract({ abi, bytecode, args } as never);
    const { status, contractAddress } = await client.waitForTransactionReceipt({ hash });
    assert.equal(status, "success");
    return { address: contractAddress!, abi };
  }

  const read = (of: Deployed, functionName: string, ...args: unknown[]): Promise<unknown> =>
    connect().readContract({ ...of, functionName, args: args as ContractFunctionArgs });

  /** Calls, and gives the receipt and what a simulation of the same call gave just before. */
  async function write(of: Deployed, functionName: string, args: unknown[], value = 0n) {
    const client = connect();
    const { result, request } = await client.simulateContract({ ...of, functionName, args, value, account });
    const hash = await client.writeContract(request);
    const receipt = await client.waitForTransactionReceipt({ hash });
    assert.equal(receipt.status, "success");
    return { result: result as unknown, receipt };
  }

  let factory: Deployed;
  let weth: Deployed;
  let tokens: [Deployed, Deployed];
  let positions: Deployed;
  let router: Deployed;
  let quoter: Deployed;
  let pool: Deployed;
  let liquidity: bigint;

  it("is set up step by step, as its deployer does it", async () => {
    weth = await deploy(artifact("canonical-weth/build/contracts/WETH9.json"));
    factory = await deploy(core("UniswapV3Factory"));
    await write(factory, "enableFeeAmount", [100, 1]);
    const admin = await deploy(openZeppelin("ProxyAdmin"));
    await deploy(periphery("lens/TickLens"));
    const { address: NFTDescriptor } = await deploy(periphery("libraries/NFTDescriptor"));
    const descriptor = await deploy(
      periphery("NonfungibleTokenPositionDescriptor", { NFTDescriptor }),
      weth.address,
      LABEL,
    );
    const proxy = await deploy(
      openZeppelin("TransparentUpgradeableProxy"),
      descriptor.address,
      admin.address,
      "0x",
    );
    positions = await deploy(
      periphery("NonfungiblePositionManager"),
      factory.address,
      weth.address,
      proxy.address,
    );
    await deploy(periphery("V3Migrator"), factory.address, weth.address, positions.address);
    quoter = await deploy(periphery("lens/QuoterV2"), factory.address, weth.address);
    router = await deploy(periphery("SwapRouter"), factory.address, weth.address);
    await write(factory, "setOwner", [OTHER]);
    await write(admin, "transferOwnership", [OTHER]);
    assert.deepEqual(await Promise.all([read(factory, "owner"), read(admin, "owner")]), [OTHER, OTHER]);
    await assert.rejects(write(factory, "enableFeeAmount", [7, 1]), /reverted/);
  });

  it("has a pool, whose liquidity costs both tokens alike at a price of one", async () => {
    const supply = parseEther("1000000");
    const make = (symbol: string) =>
      deploy(openZeppelin("ERC20PresetFixedSupply"), symbol, symbol, supply, account.address);
    const pair = [await make("AAA"), await make("BBB")] as [Deployed, Deployed];
    tokens = BigInt(pair[0].address) < BigInt(pair[1].address) ? pair : [pair[1], pair[0]];
    const [token0, token1] = [tokens[0].address, tokens[1].address];
    for (const token of tokens) {
      for (const spender of [positions, router]) await write(token, "approve", [spender.address, supply]);
    }
    // Pool and position in one transaction, as its interface does.
    const amount = parseEther("1000");
    const calls = [
      encodeFunctionData({
        abi: positions.abi,
        functionName: "createAndInitializePoolIfNecessary",
        args: [token0, token1, FEE, Q96],
      }),
      encodeFunctionData({
        abi: positions.abi,
        functionName: "mint",
        args: [
          {
            token0,
            token1,
            fee: FEE,
            ...WIDEST,
            amount0Desired: amount,
            amount1Desired: amount,
            amount0Min: 0n,
            amount1Min: 0n,
            recipient: account.address,
            deadline: DEADLINE,
          },
        ],
      }),
    ];
    const { receipt } = await write(positions, "multicall", [calls]);
    const address = (await read(factory, "getPool", token0, token1, FEE)) as Address;
    assert.notEqual(address, zeroAddress);
    pool = { address, abi: core("UniswapV3Pool").abi };
    const [increased] = parseEventLogs({ ...positions, logs: receipt.logs, eventName: "IncreaseLiquidity" });
    const given = increased!.args as unknown as { liquidity: bigint; amount0: bigint; amount1: bigint };
    liquidity = given.liquidity;
    assert.equal(await read(pool, "liquidity"), liquidity);
    assert.equal(given.amount0, given.amount1);
    // All but the part beyond the last ticks, which is less than a billionth.
    assert.ok(given.amount0 <= amount && amount - given.amount0 < amount / 10n ** 9n);
    for (const token of tokens) assert.equal(await read(token, "balanceOf", address), given.amount0);
    assert.equal(((await read(pool, "slot0")) as unknown[])[0], Q96);
  });

  it("swaps for exactly what its whitepaper computes and its quoter said", async () => {
    const amountIn = parseEther("3");
    const [token0, token1] = [tokens[0].address, tokens[1].address];
    const [expected, price] = swapOfToken0(amountIn, liquidity, Q96);
    const quoted = await connect().simulateContract({
      ...quoter,
      functionName: "quoteExactInputSingle",
      args: [{ tokenIn: token0, tokenOut: token1, amountIn, fee: FEE, sqrtPriceLimitX96: 0n }],
    });
    assert.deepEqual((quoted.result as unknown[]).slice(0, 2), [expected, price]);
    const held = (await read(tokens[1], "balanceOf", account.address)) as bigint;
    const swap = {
      tokenIn: token0,
      tokenOut: token1,
      fee: FEE,
      recipient: account.address,
      deadline: DEADLINE,
      amountIn,
      amountOutMinimum: expected,
      sqrtPriceLimitX96: 0n,
    };
    const { result, receipt } = await write(router, "exactInputSingle", [swap]);
    assert.equal(result, expected);
    assert.equal(await read(tokens[1], "balanceOf", account.address), held + expected);
    const [swapped] = parseEventLogs({ ...pool, logs: receipt.logs, eventName: "Swap" });
    const { amount0, amount1, sqrtPriceX96 } = swapped!.args as unknown as Record<string, bigint>;
    assert.deepEqual([amount0, amount1, sqrtPriceX96], [amountIn, -expected, price]);
    const [second] = swapOfToken0(amountIn, liquidity, price);
    assert.ok(second < expected);
    await assert.rejects(
      write(router, "exactInputSingle", [{ ...swap, amountOutMinimum: second + 1n }]),
      /Too little received/,
    );
  });

  it("draws its position, and gives back what was put in and the fees", async () => {
    const uri = (await read(positions, "tokenURI", 1n)) as string;
    const { name, image } = JSON.parse(Buffer.from(uri.split(",")[1]!, "base64").toString()) as {
      name: string;
      image: string;
    };
    assert.match(name, /^Uniswap - 0\.3% - (AAA\/BBB|BBB\/AAA)/);
    assert.match(Buffer.from(image.split(",")[1]!, "base64").toString(), /^<svg .*<\/svg>$/s);
    const before = await Promise.all(tokens.map((token) => read(token, "balanceOf", pool.address)));
    const calls = [
      encodeFunctionData({
        abi: positions.abi,
        functionName: "decreaseLiquidity",
        args: [{ tokenId: 1n, liquidity, amount0Min: 0n, amount1Min: 0n, deadline: DEADLINE }],
      }),
      encodeFunctionData({
        abi: positions.abi,
        functionName: "collect",
        args: [{ tokenId: 1n, recipient: account.address, amount0Max: maxUint128, amount1Max: maxUint128 }],
      }),
    ];
    const { receipt } = await write(positions, "multicall", [calls]);
    const [decreased] = parseEventLogs({ ...positions, logs: receipt.logs, eventName: "DecreaseLiquidity" });
    const [collected] = parseEventLogs({ ...positions, logs: receipt.logs, eventName: "Collect" });
    const put = decreased!.args as unknown as { amount0: bigint; amount1: bigint };
    const got = collected!.args as unknown as { amount0: bigint; amount1: bigint };
    // The fee is of the token that was paid; rounding leaves the pool a unit or two.
    const fee = (parseEther("3") * BigInt(FEE)) / MILLION;
    assert.ok(fee - (got.amount0 - put.amount0) <= 1n);
    assert.equal(got.amount1, put.amount1);
    const left = await Promise.all(tokens.map((token) => read(token, "balanceOf", pool.address)));
    assert.deepEqual(left, [(before[0] as bigint) - got.amount0, (before[1] as bigint) - got.amount1]);
    for (const dust of left) assert.ok((dust as bigint) <= 2n, String(dust));
    await write(positions, "burn", [1n]);
    await assert.rejects(read(positions, "ownerOf", 1n), /nonexistent token/);
  });
});
