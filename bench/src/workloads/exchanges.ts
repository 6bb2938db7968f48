// Uniswap: swaps that meet in the pools they go through.

import { AbiParameters, Address, ContractAddress, Hash } from "ox";
import {
  uniswapV2Factory,
  uniswapV2Pair,
  uniswapV3Factory,
  uniswapV3Positions,
  uniswapV3Router,
} from "../artifacts.ts";
import { encoder, type Script, withArguments } from "../script.ts";
import { owner, user, usersOf } from "./cast.ts";
import { approve, deployErc20, deployWeth, TOKEN_GAS, transfer } from "./tokens.ts";
import type { Scene, Workload } from "./workload.ts";

type HexString = `0x${string}`;

const createPair = encoder("function createPair(address a, address b)");
const addLiquidity = encoder("function mint(address to)");
const swap = encoder("function swap(uint256 out0, uint256 out1, address to, bytes data)");
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
/** What a trader has of the token that he pays with. */
const BUDGET = 10n ** 24n;

const inOrder = (a: HexString, b: HexString) =>
  BigInt(a) < BigInt(b) ? ([a, b] as const) : ([b, a] as const);

/** Address of a Uniswap V2 pair: CREATE2 by the factory, salted with its sorted tokens. */
function pairAddress(factory: HexString, a: HexString, b: HexString, pairCode: HexString): HexString {
  const salt = Hash.keccak256(AbiParameters.encodePacked(["address", "address"], inOrder(a, b)));
  const from = Address.checksum(factory);
  return ContractAddress.fromCreate2({ from, salt, bytecode: pairCode }).toLowerCase() as HexString;
}

/**
 * Swaps on `pairs` pools. A trader pays with one transaction and takes with the next, as routers do within one,
 * so every swap reads and writes its pool's reserves: swaps of one pool depend on each other.
 */
function v2Scene(script: Script, size: number, accounts: number, pairs: number): Scene {
  const from = owner(script);
  const factory = script.deploy(from, withArguments(uniswapV2Factory(), "address", [from]));
  const pairCode = uniswapV2Pair();
  const pools = Array.from({ length: pairs }, (_, i) => {
    const a = deployErc20(script, `A${i}`);
    const b = deployErc20(script, `B${i}`);
    script.call(from, factory, createPair(a, b), { gas: 4_000_000n });
    const pair = pairAddress(factory, a, b, pairCode);
    script.call(from, a, transfer(pair, 10n ** 30n), TOKEN_GAS);
    script.call(from, b, transfer(pair, 10n ** 30n), TOKEN_GAS);
    script.call(from, pair, addLiquidity(from), { gas: 500_000n });
    return { pair, pays: a, zeroForOne: BigInt(a) < BigInt(b) };
  });
  const swaps = Math.ceil(size / 2);
  const traders = usersOf(swaps, accounts);
  for (let t = 0; t < traders; t++) {
    script.call(from, pools[t % pairs]!.pays, transfer(user(script, t), BUDGET), TOKEN_GAS);
  }
  const setup = [script.take()];
  for (let i = 0; i < swaps; i++) {
    const trader = i % traders;
    const { pair, pays, zeroForOne } = pools[trader % pairs]!;
    const by = user(script, trader);
    script.call(by, pays, transfer(pair, 10n ** 12n), TOKEN_GAS);
    const out = 9n * 10n ** 11n;
    const data = zeroForOne ? swap(0n, out, by, "0x") : swap(out, 0n, by, "0x");
    script.call(by, pair, data, { gas: 200_000n });
  }
  return { setup, block: script.take() };
}

/** 0.3 %, whose ticks are 60 apart. */
const FEE = 3000;
const SPACING = 60;
const NEVER = 2n ** 40n;
/** Price 1. */
const SQRT_PRICE = 2n ** 96n;

/**
 * Swaps through the router on `pools` pools, one trader one way and the next the other. Each pool has a wide position
 * and two narrow ones, so that some swaps cross a tick.
 */
function v3Scene(script: Script, size: number, accounts: number, pools: number): Scene {
  const from = owner(script);
  const wrapped = deployWeth(script);
  const factory = script.deploy(from, uniswapV3Factory(), 8_000_000n);
  const periphery = (code: HexString, types: string, values: HexString[]) =>
    script.deploy(from, withArguments(code, types, values), 10_000_000n);
  const positions = periphery(uniswapV3Positions(), "address, address, address", [factory, wrapped, wrapped]);
  const router = periphery(uniswapV3Router(), "address, address", [factory, wrapped]);
  const tokens = Array.from({ length: pools }, (_, i) => {
    const [token0, token1] = inOrder(deployErc20(script, `A${i}`), deployErc20(script, `B${i}`));
    for (const token of [token0, token1]) script.call(from, token, approve(positions, 2n ** 255n), TOKEN_GAS);
    script.call(from, positions, createPool(token0, token1, FEE, SQRT_PRICE), { gas: 6_000_000n });
    for (const [width, amount] of [
      [1000, 10n ** 27n],
      [10, 10n ** 26n],
      [1, 10n ** 24n],
    ] as const) {
      const ticks = [-width * SPACING, width * SPACING];
      const data = mintPosition([token0, token1, FEE, ...ticks, amount, amount, 0n, 0n, from, NEVER]);
      script.call(from, positions, data, { gas: 800_000n });
    }
    return [token0, token1] as const;
  });
  const traders = usersOf(size, accounts);
  const routeOf = (trader: number) => {
    const [token0, token1] = tokens[trader % pools]!;
    return Math.floor(trader / pools) % 2 === 0 ? [token0, token1] : [token1, token0];
  };
  for (let t = 0; t < traders; t++) {
    const [pays] = routeOf(t) as [HexString, HexString];
    script.call(from, pays, transfer(user(script, t), BUDGET), TOKEN_GAS);
    script.call(user(script, t), pays, approve(router, BUDGET), TOKEN_GAS);
  }
  const setup = [script.take()];
  for (let i = 0; i < size; i++) {
    const trader = i % traders;
    const by = user(script, trader);
    const amount = 10n ** 18n * BigInt(1 + (i % 100));
    const data = exactInputSingle([...routeOf(trader), FEE, by, NEVER, amount, 0n, 0n]);
    script.call(by, router, data, { gas: 300_000n });
  }
  return { setup, block: script.take() };
}

const TRADERS = 2_000;

export const swapsManyV2: Workload = {
  name: "swaps-32",
  title: "Uniswap V2 swaps on 32 pools",
  kind: "mixed",
  shape: { accounts: TRADERS },
  write: (script, size, { accounts = TRADERS }) => v2Scene(script, size, accounts, MANY),
};

export const swapsOneV2: Workload = {
  name: "swaps-1",
  title: "Uniswap V2 swaps on one pool",
  kind: "dependent",
  shape: { accounts: TRADERS },
  write: (script, size, { accounts = TRADERS }) => v2Scene(script, size, accounts, 1),
};

export const swapsManyV3: Workload = {
  name: "swaps-v3-32",
  title: "Uniswap V3 swaps on 32 pools",
  kind: "mixed",
  shape: { accounts: TRADERS },
  write: (script, size, { accounts = TRADERS }) => v3Scene(script, size, accounts, MANY),
};

export const swapsOneV3: Workload = {
  name: "swaps-v3-1",
  title: "Uniswap V3 swaps on one pool",
  kind: "dependent",
  shape: { accounts: TRADERS },
  write: (script, size, { accounts = TRADERS }) => v3Scene(script, size, accounts, 1),
};
