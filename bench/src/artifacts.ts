// Contracts as their authors compiled them, from their npm packages.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Creation bytecode of a contract as its npm package ships it, 0x-prefixed. Deployed as it is, never copied. */
function creationCode(file: string): `0x${string}` {
  const artifact = require(file) as { bytecode?: string; evm?: { bytecode: { object: string } } };
  const code = artifact.bytecode ?? artifact.evm?.bytecode.object ?? "";
  if (code.length < 4)
    throw new Error(`${file} has no bytecode: is it an abstract contract or an interface?`);
  return (code.startsWith("0x") ? code : `0x${code}`) as `0x${string}`;
}

const openZeppelin = (name: string) => creationCode(`openzeppelin-contracts-v4/build/contracts/${name}.json`);

/** OpenZeppelin ERC20PresetFixedSupply(name, symbol, supply, owner). */
export const erc20 = () => openZeppelin("ERC20PresetFixedSupply");
/** OpenZeppelin ERC721PresetMinterPauserAutoId(name, symbol, baseUri). */
export const erc721 = () => openZeppelin("ERC721PresetMinterPauserAutoId");
/** OpenZeppelin ERC1155PresetMinterPauser(uri). */
export const erc1155 = () => openZeppelin("ERC1155PresetMinterPauser");
/** WETH9, no constructor arguments. */
export const weth = () => creationCode("canonical-weth/build/contracts/WETH9.json");
/** Uniswap V2 factory(feeToSetter). */
export const uniswapV2Factory = () => creationCode("@uniswap/v2-core/build/UniswapV2Factory.json");
/** Uniswap V2 pair; only the factory creates it, its code is needed to know the pair's address. */
export const uniswapV2Pair = () => creationCode("@uniswap/v2-core/build/UniswapV2Pair.json");
/** Synthetix StakingRewards(rewardsDistribution, rewardsToken, stakingToken) in Uniswap's package. */
export const stakingRewards = () => creationCode("@uniswap/liquidity-staker/build/StakingRewards.json");
