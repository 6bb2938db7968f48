// A lending market: Aave V3, set up as its authors do.

import { aave } from "../artifacts.ts";
import { createdAddress, encoder, type HexString, type Script, withArguments } from "../script.ts";
import { NOBODY, UNLIMITED } from "./arguments.ts";
import { owner, user, usersOf } from "./cast.ts";
import { approve, deployErc20, TOKEN_GAS, transfer } from "./tokens.ts";
import type { Workload } from "./workload.ts";

const setAclAdmin = encoder("function setACLAdmin(address admin)");
const setAclManager = encoder("function setACLManager(address manager)");
const setPoolImpl = encoder("function setPoolImpl(address implementation)");
const setConfiguratorImpl = encoder("function setPoolConfiguratorImpl(address implementation)");
const setPriceOracle = encoder("function setPriceOracle(address oracle)");
const addPoolAdmin = encoder("function addPoolAdmin(address admin)");
const initReserves = encoder(
  "function initReserves((address aTokenImpl, address stableDebtTokenImpl, address variableDebtTokenImpl, uint8 underlyingAssetDecimals, address interestRateStrategyAddress, address underlyingAsset, address treasury, address incentivesController, string aTokenName, string aTokenSymbol, string variableDebtTokenName, string variableDebtTokenSymbol, string stableDebtTokenName, string stableDebtTokenSymbol, bytes params)[] inputs)",
);
const configureCollateral = encoder(
  "function configureReserveAsCollateral(address asset, uint256 loanToValue, uint256 liquidationThreshold, uint256 liquidationBonus)",
);
const setBorrowing = encoder("function setReserveBorrowing(address asset, bool enabled)");
const supply = encoder(
  "function supply(address asset, uint256 amount, address onBehalfOf, uint16 referralCode)",
);
const borrow = encoder(
  "function borrow(address asset, uint256 amount, uint256 interestRateMode, uint16 referralCode, address onBehalfOf)",
);
const repay = encoder(
  "function repay(address asset, uint256 amount, uint256 interestRateMode, address onBehalfOf)",
);
const withdraw = encoder("function withdraw(address asset, uint256 amount, address to)");

/** A ten-thousandth of 1 in Aave's 27 digits. */
const BASIS_POINT = 10n ** 23n;
/** A dollar in the oracle's 8 digits. */
const DOLLAR = 10n ** 8n;
const VARIABLE_RATE = 2n;

const ASSETS = 4;
const ACCOUNTS = 1_000;
const UNIT = 10n ** 18n;
const CALL = { gas: 600_000n };

interface Market {
  pool: HexString;
  assets: HexString[];
}

/** The pool and its configurator behind their proxies; the owner is their administrator. */
function deployPool(script: Script) {
  const from = owner(script);
  const deploy = (code: HexString) => script.deploy(from, code, 8_000_000n);
  const logic = (name: string, libraries: Record<string, HexString> = {}) =>
    deploy(aave(`protocol/libraries/logic/${name}`, libraries));
  const provider = deploy(
    withArguments(aave("protocol/configuration/PoolAddressesProvider"), "string, address", ["Market", from]),
  );
  script.call(from, provider, setAclAdmin(from));
  const aclManager = deploy(withArguments(aave("protocol/configuration/ACLManager"), "address", [provider]));
  script.call(from, provider, setAclManager(aclManager));
  script.call(from, aclManager, addPoolAdmin(from));
  const BorrowLogic = logic("BorrowLogic");
  const libraries = {
    BorrowLogic,
    SupplyLogic: logic("SupplyLogic"),
    LiquidationLogic: logic("LiquidationLogic"),
    EModeLogic: logic("EModeLogic"),
    BridgeLogic: logic("BridgeLogic"),
    PoolLogic: logic("PoolLogic"),
    FlashLoanLogic: logic("FlashLoanLogic", { BorrowLogic }),
  };
  const poolCode = aave("protocol/pool/Pool", libraries);
  script.call(from, provider, setPoolImpl(deploy(withArguments(poolCode, "address", [provider]))), {
    gas: 2_000_000n,
  });
  const ConfiguratorLogic = logic("ConfiguratorLogic");
  const configuratorCode = aave("protocol/pool/PoolConfigurator", { ConfiguratorLogic });
  script.call(from, provider, setConfiguratorImpl(deploy(configuratorCode)), { gas: 2_000_000n });
  // The provider creates the proxies; a contract's nonce begins at 1.
  return { provider, pool: createdAddress(provider, 1n), configurator: createdAddress(provider, 2n) };
}

/** A market of some assets, each worth a dollar, with enough of each lent out to be borrowed. */
function deployMarket(script: Script): Market {
  const from = owner(script);
  const { provider, pool, configurator } = deployPool(script);
  const token = (name: string) =>
    script.deploy(from, withArguments(aave(`protocol/tokenization/${name}`), "address", [pool]), 5_000_000n);
  const [aToken, stableDebt, variableDebt] = [
    token("AToken"),
    token("StableDebtToken"),
    token("VariableDebtToken"),
  ];
  // Aave's usual curve: 4 % at 80 % of use, then steeply up.
  const curve = [8000n, 0n, 400n, 6000n, 50n, 6000n, 100n, 800n, 2000n].map((points) => points * BASIS_POINT);
  const strategy = script.deploy(
    from,
    withArguments(
      aave("protocol/pool/DefaultReserveInterestRateStrategy"),
      "address, uint256, uint256, uint256, uint256, uint256, uint256, uint256, uint256, uint256",
      [provider, ...curve],
    ),
  );
  const assets = Array.from({ length: ASSETS }, (_, i) => deployErc20(script, `S${i}`));
  const feeds = assets.map(() => {
    const code = aave("mocks/oracle/CLAggregators/MockAggregator");
    return script.deploy(from, withArguments(code, "int256", [DOLLAR]));
  });
  const oracle = script.deploy(
    from,
    withArguments(aave("misc/AaveOracle"), "address, address[], address[], address, address, uint256", [
      provider,
      assets,
      feeds,
      NOBODY,
      NOBODY,
      DOLLAR,
    ]),
  );
  script.call(from, provider, setPriceOracle(oracle));
  for (const [i, asset] of assets.entries()) {
    const names = ["a", "v", "s"].flatMap((kind) => [`${kind}S${i}`, `${kind}S${i}`]);
    const reserve = [aToken, stableDebt, variableDebt, 18, strategy, asset, from, NOBODY, ...names, "0x"];
    script.call(from, configurator, initReserves([reserve]), { gas: 5_000_000n });
    script.call(from, configurator, configureCollateral(asset, 8000n, 8250n, 10_500n));
    script.call(from, configurator, setBorrowing(asset, true));
    script.call(from, asset, approve(pool, UNLIMITED), TOKEN_GAS);
    script.call(from, pool, supply(asset, 10n ** 27n, from, 0), CALL);
  }
  return { pool, assets };
}

export const lending: Workload = {
  name: "lending",
  title: `Lending market (Aave V3): supply, borrow, repay and withdraw ${ASSETS} assets`,
  kind: "mixed",
  shape: { accounts: ACCOUNTS },
  write(script, size, { accounts = ACCOUNTS }) {
    const from = owner(script);
    const { pool, assets } = deployMarket(script);
    const users = usersOf(size, accounts);
    /** What a user has lent and what they owe. */
    const sidesOf = (u: number) => [assets[u % ASSETS]!, assets[(u + 1) % ASSETS]!] as const;
    for (let u = 0; u < users; u++) {
      const by = user(script, u);
      const [lent, owed] = sidesOf(u);
      for (const asset of [lent, owed]) {
        script.call(from, asset, transfer(by, 10n * UNIT), TOKEN_GAS);
        script.call(by, asset, approve(pool, UNLIMITED), TOKEN_GAS);
      }
      script.call(by, pool, supply(lent, 5n * UNIT, by, 0), CALL);
      script.call(by, pool, borrow(owed, UNIT, VARIABLE_RATE, 0, by), CALL);
    }
    const setup = [script.take()];
    for (let i = 0; i < size; i++) {
      const u = i % users;
      const by = user(script, u);
      const [lent, owed] = sidesOf(u);
      const amount = UNIT / 1000n;
      const steps = [
        supply(lent, amount, by, 0),
        borrow(owed, amount, VARIABLE_RATE, 0, by),
        repay(owed, amount, VARIABLE_RATE, by),
        withdraw(lent, amount, by),
      ];
      script.call(by, pool, steps[(u + Math.floor(i / users)) % steps.length]!, CALL);
    }
    return { setup, block: script.take() };
  },
};
