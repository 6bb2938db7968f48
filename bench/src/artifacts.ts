// Contracts as their authors compiled them, from their npm packages: deployed as they are, never copied.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { HexString } from "./script.ts";

interface Artifact {
  bytecode?: string;
  deployedBytecode?: string;
  evm?: { bytecode: { object: string } };
  /** By source file and library: where the library's address goes. */
  linkReferences?: Record<string, Record<string, { start: number; length: number }[]>>;
}

const require = createRequire(import.meta.url);

/** A file of an npm package. `require` would look at what the package exports, and few export their artifacts. */
function artifact(file: string): Artifact {
  for (const folder of require.resolve.paths(file) ?? []) {
    const path = join(folder, file);
    if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as Artifact;
  }
  throw new Error(`${file} is in no node_modules: run npm install`);
}

function prefixed(code: string, file: string): HexString {
  if (code.length < 4)
    throw new Error(`${file} has no bytecode: is it an abstract contract or an interface?`);
  return (code.startsWith("0x") ? code : `0x${code}`) as HexString;
}

function creationCode(file: string): HexString {
  const { bytecode, evm } = artifact(file);
  return prefixed(bytecode ?? evm?.bytecode.object ?? "", file);
}

/** Creation code with the addresses of libraries put where it calls them. */
function linkedCode(file: string, libraries: Readonly<Record<string, HexString>>): HexString {
  const { bytecode = "", linkReferences = {} } = artifact(file);
  let code = prefixed(bytecode, file) as string;
  for (const [name, places] of Object.values(linkReferences).flatMap((source) => Object.entries(source))) {
    const address = libraries[name];
    if (address === undefined) throw new Error(`${file} needs the address of its library ${name}`);
    for (const { start } of places) {
      const at = 2 + 2 * start;
      code = code.slice(0, at) + address.slice(2) + code.slice(at + 40);
    }
  }
  return code as HexString;
}

const openZeppelin = (name: string) => creationCode(`openzeppelin-contracts-v4/build/contracts/${name}.json`);
const ERC20 = "openzeppelin-contracts-v4/build/contracts/ERC20PresetFixedSupply.json";

/** OpenZeppelin ERC20PresetFixedSupply(name, symbol, supply, owner). */
export const erc20 = () => creationCode(ERC20);
/** The same as it runs, for a genesis: it has no immutable values. */
export const erc20Runtime = () => prefixed(artifact(ERC20).deployedBytecode ?? "", ERC20);
/** OpenZeppelin ERC721PresetMinterPauserAutoId(name, symbol, baseUri). */
export const erc721 = () => openZeppelin("ERC721PresetMinterPauserAutoId");
/** OpenZeppelin 5 ERC1967Proxy(implementation, data). */
export const erc1967Proxy = () => creationCode("openzeppelin-contracts-v5/build/contracts/ERC1967Proxy.json");

/** Sequence's ERC-1155 with 16 balances of 16 bits in a slot, minted by anybody: (name, baseUri). */
export const packedItems = () =>
  creationCode(
    "@0xsequence/erc-1155/artifacts/contracts/mocks/ERC1155MintBurnPackedBalanceMock.sol/ERC1155MintBurnPackedBalanceMock.json",
  );

/** WETH9, no constructor arguments. */
export const weth = () => creationCode("canonical-weth/build/contracts/WETH9.json");

/** Uniswap V2 factory(feeToSetter). */
export const uniswapV2Factory = () => creationCode("@uniswap/v2-core/build/UniswapV2Factory.json");
/** Uniswap V2 Router02(factory, weth): it finds the pairs that this factory creates by the hash of their code. */
export const uniswapV2Router = () => creationCode("@uniswap/v2-periphery/build/UniswapV2Router02.json");
/** Uniswap V3 factory, no constructor arguments. */
export const uniswapV3Factory = () =>
  creationCode("@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json");

const v3Periphery = (name: string) =>
  creationCode(`@uniswap/v3-periphery/artifacts/contracts/${name}.sol/${name}.json`);
/** Uniswap V3 SwapRouter(factory, weth). */
export const uniswapV3Router = () => v3Periphery("SwapRouter");
/** Uniswap V3 NonfungiblePositionManager(factory, weth, tokenDescriptor). */
export const uniswapV3Positions = () => v3Periphery("NonfungiblePositionManager");

/** Synthetix StakingRewards(rewardsDistribution, rewardsToken, stakingToken) in Uniswap's package. */
export const stakingRewards = () => creationCode("@uniswap/liquidity-staker/build/StakingRewards.json");

const governance = (name: string) => creationCode(`@uniswap/governance/build/${name}.json`);
/** Uniswap's UNI(holder, minter, mintingAllowedAfter): votes with checkpoints. */
export const uni = () => governance("Uni");
/** Compound's and Uniswap's GovernorAlpha(timelock, token). */
export const governorAlpha = () => governance("GovernorAlpha");
/** Timelock(admin, delay). */
export const timelock = () => governance("Timelock");

const seaportFolder = "@opensea/seaport-js/src/artifacts/seaport/contracts";
/** Seaport 1.6 (conduitController). */
export const seaport = () => creationCode(`${seaportFolder}/Seaport.sol/Seaport.json`);
/** Seaport's ConduitController, no constructor arguments. */
export const conduitController = () =>
  creationCode(`${seaportFolder}/conduit/ConduitController.sol/LocalConduitController.json`);

const easFolder = "@ethereum-attestation-service/eas-contracts/artifacts/contracts";
/** Ethereum Attestation Service EAS(registry). */
export const eas = () => creationCode(`${easFolder}/EAS.sol/EAS.json`);
/** EAS' SchemaRegistry, no constructor arguments. */
export const schemaRegistry = () => creationCode(`${easFolder}/SchemaRegistry.sol/SchemaRegistry.json`);

const safeFolder = "@safe-global/safe-smart-account/build/artifacts/contracts";
/** Safe singleton, no constructor arguments. */
export const safe = () => creationCode(`${safeFolder}/Safe.sol/Safe.json`);
/** SafeProxyFactory, no constructor arguments. */
export const safeProxyFactory = () =>
  creationCode(`${safeFolder}/proxies/SafeProxyFactory.sol/SafeProxyFactory.json`);
/** SafeProxy(singleton): the factory creates it, its code is needed to know a Safe's address. */
export const safeProxy = () => creationCode(`${safeFolder}/proxies/SafeProxy.sol/SafeProxy.json`);

const accountAbstraction = (name: string) =>
  creationCode(`@account-abstraction/contracts/artifacts/${name}.json`);
/** EntryPoint 0.8 of ERC-4337, no constructor arguments. */
export const entryPoint = () => accountAbstraction("EntryPoint");
/** ERC-4337's SimpleAccount(entryPoint): what its proxies run. */
export const simpleAccount = () => accountAbstraction("SimpleAccount");

/**
 * A contract of Aave V3 by its path in the package without the ending, with its libraries' addresses:
 * `aave("protocol/pool/Pool", { SupplyLogic: "0x…" })`.
 */
export const aave = (path: string, libraries: Readonly<Record<string, HexString>> = {}) =>
  linkedCode(`@aave/core-v3/artifacts/contracts/${path}.sol/${path.split("/").at(-1)}.json`, libraries);
