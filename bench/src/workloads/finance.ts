// Exchange, staking and collections: transactions that share some of what they touch.

import { seededRandom } from "@heddle/engine/testing";
import { AbiParameters, Address, ContractAddress, Hash } from "ox";
import { erc20, erc721, stakingRewards, uniswapV2Factory, uniswapV2Pair } from "../artifacts.ts";
import { encoder, type Script, withArguments } from "../script.ts";
import type { Scene, Workload } from "./workload.ts";

type HexString = `0x${string}`;

const transfer = encoder("function transfer(address to, uint256 value)");
const approve = encoder("function approve(address spender, uint256 value)");
const createPair = encoder("function createPair(address a, address b)");
const addLiquidity = encoder("function mint(address to)");
const swap = encoder("function swap(uint256 out0, uint256 out1, address to, bytes data)");
const stake = encoder("function stake(uint256 amount)");
const mint721 = encoder("function mint(address to)");
const transferFrom = encoder("function transferFrom(address from, address to, uint256 id)");

const OWNER = 0;
const FIRST_USER = 1;
const RECEIVERS = 1_000_000;

function deployToken(script: Script, name: string): HexString {
  const owner = script.actor(OWNER);
  return script.deploy(
    owner,
    withArguments(erc20(), "string, string, uint256, address", [name, name, 10n ** 36n, owner]),
  );
}

/** Address of a Uniswap V2 pair: CREATE2 by the factory, salted with its sorted tokens. */
function pairAddress(factory: HexString, a: HexString, b: HexString, pairCode: HexString): HexString {
  const [token0, token1] = BigInt(a) < BigInt(b) ? [a, b] : [b, a];
  const salt = Hash.keccak256(AbiParameters.encodePacked(["address", "address"], [token0, token1]));
  return ContractAddress.fromCreate2({
    from: Address.checksum(factory),
    salt,
    bytecode: pairCode,
  }).toLowerCase() as HexString;
}

/**
 * Swaps on `pairs` pools. A trader pays with one transaction and takes with the next, as routers do within one,
 * so every swap reads and writes its pool's reserves: swaps of one pool depend on each other.
 */
function swapScene(script: Script, size: number, pairs: number, pairCode: HexString): Scene {
  const owner = script.actor(OWNER);
  const factory = script.deploy(owner, withArguments(uniswapV2Factory(), "address", [owner]));
  const pools: { pair: HexString; pays: HexString; zeroForOne: boolean }[] = [];
  for (let i = 0; i < pairs; i++) {
    const a = deployToken(script, `A${i}`);
    const b = deployToken(script, `B${i}`);
    script.call(owner, factory, createPair(a, b), { gas: 4_000_000n });
    const pair = pairAddress(factory, a, b, pairCode);
    script.call(owner, a, transfer(pair, 10n ** 30n));
    script.call(owner, b, transfer(pair, 10n ** 30n));
    script.call(owner, pair, addLiquidity(owner), { gas: 500_000n });
    pools.push({ pair, pays: a, zeroForOne: BigInt(a) < BigInt(b) });
  }
  const swaps = Math.ceil(size / 2);
  const traders = Math.min(swaps, 2_000);
  for (let t = 0; t < traders; t++) {
    const pool = pools[t % pairs]!;
    script.call(owner, pool.pays, transfer(script.actor(FIRST_USER + t), 10n ** 24n), { gas: 80_000n });
  }
  const setup = [script.take()];
  for (let i = 0; i < swaps; i++) {
    const trader = i % traders;
    const pool = pools[trader % pairs]!;
    const from = script.actor(FIRST_USER + trader);
    script.call(from, pool.pays, transfer(pool.pair, 10n ** 12n), { gas: 80_000n });
    const out = 9n * 10n ** 11n;
    const data = pool.zeroForOne ? swap(0n, out, from, "0x") : swap(out, 0n, from, "0x");
    script.call(from, pool.pair, data, { gas: 200_000n });
  }
  return { setup, block: script.take() };
}

export const tradingManyPools: Workload = {
  name: "swaps-32",
  title: "Uniswap V2 swaps on 32 pools",
  kind: "mixed",
  write: (script, size) => swapScene(script, size, 32, uniswapV2Pair()),
};

export const tradingOnePool: Workload = {
  name: "swaps-1",
  title: "Uniswap V2 swaps on one pool",
  kind: "dependent",
  write: (script, size) => swapScene(script, size, 1, uniswapV2Pair()),
};

export const staking: Workload = {
  name: "staking",
  title: "Synthetix staking: one total for all",
  kind: "dependent",
  write(script, size) {
    const owner = script.actor(OWNER);
    const reward = deployToken(script, "RWD");
    const staked = deployToken(script, "STK");
    const pool = script.deploy(
      owner,
      withArguments(stakingRewards(), "address, address, address", [owner, reward, staked]),
    );
    const users = Math.min(size, 2_000);
    for (let u = 0; u < users; u++) {
      const user = script.actor(FIRST_USER + u);
      script.call(owner, staked, transfer(user, 10n ** 18n), { gas: 80_000n });
      script.call(user, staked, approve(pool, 10n ** 18n), { gas: 80_000n });
    }
    const setup = [script.take()];
    for (let i = 0; i < size; i++) {
      script.call(script.actor(FIRST_USER + (i % users)), pool, stake(1000n), { gas: 250_000n });
    }
    return { setup, block: script.take() };
  },
};

export const collectibles: Workload = {
  name: "erc721",
  title: "NFTs (ERC-721, enumerable) change hands",
  kind: "independent",
  write(script, size) {
    const owner = script.actor(OWNER);
    const nft = script.deploy(
      owner,
      withArguments(erc721(), "string, string, string", ["Art", "ART", "ipfs://art/"]),
    );
    const holders = Math.min(size, 2_000);
    for (let i = 0; i < size; i++) {
      script.call(owner, nft, mint721(script.actor(FIRST_USER + (i % holders))), { gas: 300_000n });
    }
    const setup = [script.take()];
    const next = seededRandom(721);
    for (let i = 0; i < size; i++) {
      const from = script.actor(FIRST_USER + (i % holders));
      const to = script.actor(RECEIVERS + next(1_000_000));
      script.call(from, nft, transferFrom(from, to, BigInt(i)), { gas: 300_000n });
    }
    return { setup, block: script.take() };
  },
};
