// Accounts that are contracts: Safes with several owners, and operations that bundlers carry (ERC-4337).

import { Hash, Hex, TypedData } from "ox";
import { entryPoint, erc1967Proxy, safe, safeProxy, safeProxyFactory, simpleAccount } from "../artifacts.ts";
import { CHAIN_ID, encoder, type HexString, type Script, saltedAddress, withArguments } from "../script.ts";
import { NOBODY } from "./arguments.ts";
import { owner, user, usersOf } from "./cast.ts";
import { deployErc20, TOKEN_GAS, transfer } from "./tokens.ts";
import type { Workload } from "./workload.ts";

const createProxy = encoder(
  "function createProxyWithNonce(address singleton, bytes initializer, uint256 saltNonce)",
);
const setupSafe = encoder(
  "function setup(address[] owners, uint256 threshold, address to, bytes data, address fallbackHandler, address paymentToken, uint256 payment, address paymentReceiver)",
);
const execTransaction = encoder(
  "function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures)",
);

/** What the owners of a Safe sign (EIP-712). */
const SAFE_TX = {
  SafeTx: [
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "data", type: "bytes" },
    { name: "operation", type: "uint8" },
    { name: "safeTxGas", type: "uint256" },
    { name: "baseGas", type: "uint256" },
    { name: "gasPrice", type: "uint256" },
    { name: "gasToken", type: "address" },
    { name: "refundReceiver", type: "address" },
    { name: "nonce", type: "uint256" },
  ],
} as const;

/** Owners of a Safe, and how many of them must sign. */
const OWNERS = 3;
const THRESHOLD = 2;
const SAFES = 500;

/** Creates a Safe of these owners; returns its address. */
function createSafe(
  script: Script,
  factory: HexString,
  singleton: HexString,
  owners: HexString[],
): HexString {
  const initializer = setupSafe(owners, BigInt(THRESHOLD), NOBODY, "0x", NOBODY, NOBODY, 0n, NOBODY);
  script.call(owners[0]!, factory, createProxy(singleton, initializer, 0n), { gas: 400_000n });
  const salt = Hash.keccak256(Hex.concat(Hash.keccak256(initializer), Hex.fromNumber(0, { size: 32 })));
  return saltedAddress(factory, salt, withArguments(safeProxy(), "address", [singleton]));
}

/** The call of a Safe that has it call `to`, signed by as many owners as it asks for. */
function safeCall(
  script: Script,
  account: HexString,
  owners: HexString[],
  nonce: number,
  { to, data }: { to: HexString; data: HexString },
): HexString {
  const digest = TypedData.getSignPayload({
    domain: { chainId: CHAIN_ID, verifyingContract: account },
    types: SAFE_TX,
    primaryType: "SafeTx",
    message: {
      to,
      value: 0n,
      data,
      operation: 0,
      safeTxGas: 0n,
      baseGas: 0n,
      gasPrice: 0n,
      gasToken: NOBODY,
      refundReceiver: NOBODY,
      nonce: BigInt(nonce),
    },
  });
  // Signatures stand in the order of their owners' addresses.
  const signers = owners.slice(0, THRESHOLD).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const signatures = Hex.concat(...signers.map((signer) => script.sign(signer, digest)));
  return execTransaction(to, 0n, data, 0, 0n, 0n, 0n, NOBODY, NOBODY, signatures);
}

export const safeTransactions: Workload = {
  name: "safe",
  title: "Safes with two of three owners pay in ERC-20",
  kind: "independent",
  shape: { accounts: SAFES },
  write(script, size, { accounts = SAFES }) {
    const from = owner(script);
    const token = deployErc20(script, "Token");
    const singleton = script.deploy(from, safe(), 8_000_000n);
    const factory = script.deploy(from, safeProxyFactory());
    const safes = Array.from({ length: usersOf(size, accounts) }, (_, s) => {
      const owners = Array.from({ length: OWNERS }, (_, i) => user(script, OWNERS * s + i));
      const address = createSafe(script, factory, singleton, owners);
      script.call(from, token, transfer(address, 10n ** 18n), TOKEN_GAS);
      return { address, owners };
    });
    const setup = [script.take()];
    for (let i = 0; i < size; i++) {
      const { address, owners } = safes[i % safes.length]!;
      const call = { to: token, data: transfer(script.stranger(i), 1n) };
      const data = safeCall(script, address, owners, Math.floor(i / safes.length), call);
      script.call(owners[0]!, address, data, { gas: 250_000n });
    }
    return { setup, block: script.take() };
  },
};

const depositTo = encoder("function depositTo(address account)");
const initialize = encoder("function initialize(address owner)");
const execute = encoder("function execute(address dest, uint256 value, bytes func)");
const handleOps = encoder(
  "function handleOps((address sender, uint256 nonce, bytes initCode, bytes callData, bytes32 accountGasLimits, uint256 preVerificationGas, bytes32 gasFees, bytes paymasterAndData, bytes signature)[] ops, address beneficiary)",
);

/** What the owner of an account signs (ERC-4337 with EntryPoint 0.8, EIP-712). */
const OPERATION = {
  PackedUserOperation: [
    { name: "sender", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "initCode", type: "bytes" },
    { name: "callData", type: "bytes" },
    { name: "accountGasLimits", type: "bytes32" },
    { name: "preVerificationGas", type: "uint256" },
    { name: "gasFees", type: "bytes32" },
    { name: "paymasterAndData", type: "bytes" },
  ],
} as const;

/** Operations of a bundle, which is one transaction. */
const BUNDLE = 4;
const BUNDLERS = 64;
const SMART_ACCOUNTS = 2_000;

/** Two numbers of 128 bits in a word. */
const pair = (high: bigint, low: bigint): HexString => Hex.fromNumber((high << 128n) | low, { size: 32 });

/** An operation as the bundle holds it, signed by the account's owner. */
function operation(
  script: Script,
  entry: HexString,
  by: HexString,
  sender: HexString,
  nonce: number,
  callData: HexString,
): readonly unknown[] {
  const message = {
    sender,
    nonce: BigInt(nonce),
    initCode: "0x",
    callData,
    accountGasLimits: pair(100_000n, 100_000n),
    preVerificationGas: 50_000n,
    gasFees: pair(10n ** 9n, 10n ** 9n),
    paymasterAndData: "0x",
  } as const;
  const digest = TypedData.getSignPayload({
    domain: { name: "ERC4337", version: "1", chainId: CHAIN_ID, verifyingContract: entry },
    types: OPERATION,
    primaryType: "PackedUserOperation",
    message,
  });
  return [...Object.values(message), script.sign(by, digest)];
}

export const bundles: Workload = {
  name: "erc4337",
  title: `Account abstraction: bundles of ${BUNDLE} operations through the EntryPoint`,
  kind: "mixed",
  shape: { accounts: SMART_ACCOUNTS },
  write(script, size, { accounts = SMART_ACCOUNTS }) {
    const from = owner(script);
    const token = deployErc20(script, "Token");
    const entry = script.deploy(from, entryPoint(), 8_000_000n);
    const implementation = script.deploy(from, withArguments(simpleAccount(), "address", [entry]));
    const wallets = Array.from({ length: usersOf(size * BUNDLE, accounts) }, (_, i) => {
      const by = user(script, BUNDLERS + i);
      const code = withArguments(erc1967Proxy(), "address, bytes", [implementation, initialize(by)]);
      const address = script.deploy(by, code, 500_000n);
      script.call(by, entry, depositTo(address), { gas: 80_000n, value: 10n ** 18n });
      script.call(from, token, transfer(address, 10n ** 18n), TOKEN_GAS);
      return { by, address };
    });
    const setup = [script.take()];
    for (let i = 0; i < size; i++) {
      const bundler = user(script, i % BUNDLERS);
      const operations = Array.from({ length: BUNDLE }, (_, k) => {
        const number = i * BUNDLE + k;
        const { by, address } = wallets[number % wallets.length]!;
        const call = execute(token, 0n, transfer(script.stranger(number), 1n));
        return operation(script, entry, by, address, Math.floor(number / wallets.length), call);
      });
      script.call(bundler, entry, handleOps(operations, bundler), { gas: 1_500_000n });
    }
    return { setup, block: script.take() };
  },
};
