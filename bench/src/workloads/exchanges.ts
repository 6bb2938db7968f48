// Uniswap: swaps through its routers, one transaction each, that meet in the pools they go through.

import {
  uniswapV2Factory,
  uniswapV2Router,
  uniswapV3Factory,
  uniswapV3Positions,
  uniswapV3Router,
} from "../artifacts.ts";
import { encoder, type HexString, type Script, withArguments } from "../script.ts";
import { NEVER, UNLIMITED } from "./arguments.ts";
import { owner, user, usersOf } from "./cast.ts";
import { approve, deployErc20, deployWeth, TOKEN_GAS, transfer } from "./tokens.ts";
import type { Scene, Workload } from "./workload.ts";

const addLiquidity = encoder(
  "function addLiquidity(address tokenA, address tokenB, uint256 amountADesired, uint256 amountBDesired, uint256 amountAMin, uint256 amountBMin, address to, uint256 deadline)",
);
const swapExactTokens = encoder(
  "function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline)",
);
const createPool = encoder(
  "function createAndInitializePoolIfNecessary(address token0, address token1, uint24 fee, uint160 sqrtPriceX96)",
);
const mintPosition = encoder(
  "function mint((address token0, address token1, uint24 fee, int24 tickLower, int24 tickUpper, uint256 amount0Desired, uint256 amount1Desired, uint256 amount0Min, uint256 amount1Min, address recipient, uint256 deadline) params)",
);
const exactInputSingle = encoder(
  "function exactInputSingle((address tokenIn, address tokenOut, uint24 fee, address recipient, uint256 deadline, uint256 amountIn, uint256 amountOutMinimum, uint160 sqrtPriceLimitX96) params)",
);

/** Pools where there are many. */
const MANY = 32;
/** Traders, unless another number is asked for. */
const TRADERS = 2_000;
/** What a trader has of the token that they pay with. */
const BUDGET = 10n ** 26n;

/** Two tokens in the order of their addresses, which stand at price 1. */
type Pool = readonly [HexString, HexString];

/** An exchange on which the pools have their liquidity. */
interface Exchange {
  router: HexString;
  pools: readonly Pool[];
  /** Calldata for the router: `by` pays `amount` of one token for at least `least` of the other. */
  swap(pays: HexString, gets: HexString, amount: bigint, least: bigint, by: HexString): HexString;
}

function deployPair(script: Script, name: number): Pool {
  const a = deployErc20(script, `A${name}`);
  const b = deployErc20(script, `B${name}`);
  return BigInt(a) < BigInt(b) ? [a, b] : [b, a];
}

/** Uniswap V2: every swap writes the reserves of its pair. */
function deployV2(script: Script, count: number): Exchange {
  const from = owner(script);
  const factory = script.deploy(from, withArguments(uniswapV2Factory(), "address", [from]));
  const code = withArguments(uniswapV2Router(), "address, address", [factory, deployWeth(script)]);
  const router = script.deploy(from, code);
  const pools = Array.from({ length: count }, (_, i) => {
    const pool = deployPair(script, i);
    for (const token of pool) script.call(from, token, approve(router, UNLIMITED), TOKEN_GAS);
    const amount = 10n ** 30n;
    // Creates the pair.
    const data = addLiquidity(...pool, amount, amount, amount, amount, from, NEVER);
    script.call(from, router, data, { gas: 4_000_000n });
    return pool;
  });
  const swap: Exchange["swap"] = (pays, gets, amount, least, by) =>
    swapExactTokens(amount, least, [pays, gets], by, NEVER);
  return { router, pools, swap };
}

/** 0.3 %, whose ticks are 60 apart. */
const FEE = 3000;
const SPACING = 60;
/** Price 1. */
const SQRT_PRICE = 2n ** 96n;

/** Uniswap V3: each pool has a wide position and two narrow ones, so that some swaps cross a tick. */
function deployV3(script: Script, count: number): Exchange {
  const from = owner(script);
  const wrapped = deployWeth(script);
  const factory = script.deploy(from, uniswapV3Factory(), 8_000_000n);
  const periphery = (code: HexString, types: string, values: HexString[]) =>
    script.deploy(from, withArguments(code, types, values), 10_000_000n);
  const positions = periphery(uniswapV3Positions(), "address, address, address", [factory, wrapped, wrapped]);
  const router = periphery(uniswapV3Router(), "address, address", [factory, wrapped]);
  const pools = Array.from({ length: count }, (_, i) => {
    const pool = deployPair(script, i);
    for (const token of pool) script.call(from, token, approve(positions, UNLIMITED), TOKEN_GAS);
    script.call(from, positions, createPool(...pool, FEE, SQRT_PRICE), { gas: 6_000_000n });
    for (const [width, amount] of [
      [1000, 10n ** 27n],
      [10, 10n ** 26n],
      [1, 10n ** 24n],
    ] as const) {
      const ticks = [-width * SPACING, width * SPACING];
      const data = mintPosition([...pool, FEE, ...ticks, amount, amount, 0n, 0n, from, NEVER]);
      script.call(from, positions, data, { gas: 800_000n });
    }
    return pool;
  });
  const swap: Exchange["swap"] = (pays, gets, amount, least, by) =>
    exactInputSingle([pays, gets, FEE, by, NEVER, amount, least, 0n]);
  return { router, pools, swap };
}

/** Every trader has a pool and a direction in it, half of them each way, so that prices stay about where they are. */
function swapScene(script: Script, size: number, accounts: number, { router, pools, swap }: Exchange): Scene {
  const traders = usersOf(size, accounts);
  const routeOf = (trader: number): Pool => {
    const [token0, token1] = pools[trader % pools.length]!;
    return Math.floor(trader / pools.length) % 2 === 0 ? [token0, token1] : [token1, token0];
  };
  for (let t = 0; t < traders; t++) {
    const [pays] = routeOf(t);
    script.call(owner(script), pays, transfer(user(script, t), BUDGET), TOKEN_GAS);
    script.call(user(script, t), pays, approve(router, UNLIMITED), TOKEN_GAS);
  }
  const setup = [script.take()];
  for (let i = 0; i < size; i++) {
    const trader = i % traders;
    const by = user(script, trader);
    const amount = 10n ** 18n * BigInt(1 + (i % 100));
    // The fee and what others move the price by are well below 10 %.
    const least = (amount * 9n) / 10n;
    script.call(by, router, swap(...routeOf(trader), amount, least, by), { gas: 300_000n });
  }
  return { setup, block: script.take() };
}

type Deployment = (script: Script, pools: number) => Exchange;

/** A workload of swaps on so many pools. */
const swaps = (
  about: Pick<Workload, "name" | "title" | "kind">,
  deploy: Deployment,
  pools: number,
): Workload => ({
  ...about,
  shape: { accounts: TRADERS },
  write: (script, size, { accounts = TRADERS }) => swapScene(script, size, accounts, deploy(script, pools)),
});

export const swapsManyV2 = swaps(
  { name: "swaps-32", title: "Uniswap V2 swaps on 32 pools", kind: "mixed" },
  deployV2,
  MANY,
);

export const swapsOneV2 = swaps(
  { name: "swaps-1", title: "Uniswap V2 swaps on one pool", kind: "dependent" },
  deployV2,
  1,
);

export const swapsManyV3 = swaps(
  { name: "swaps-v3-32", title: "Uniswap V3 swaps on 32 pools", kind: "mixed" },
  deployV3,
  MANY,
);

export const swapsOneV3 = swaps(
  { name: "swaps-v3-1", title: "Uniswap V3 swaps on one pool", kind: "dependent" },
  deployV3,
  1,
);
