// The least gas with which a transaction does what it does with all there is: a search by halves, as geth's.

import type { Chain } from "@heddle/chain";
import { Fork, IntrinsicGasError } from "@heddle/engine";
import { CALL_GAS_CAP, type CallWatcher, failureOf, type PreparedCall, runCall } from "./call.ts";
import { ErrorCode, RpcError } from "./errors.ts";

const TRANSFER_GAS = 21_000n;
/** EIP-7825: most gas of one transaction from Osaka on. */
export const MAX_TRANSACTION_GAS = 16_777_216n;
const STIPEND = 2300n;
/** geth's: an estimate may be too high by so much of itself. */
const TOLERANCE = 0.015;

/** Gas that the sender can pay for and the block can hold. */
async function allowance(chain: Chain, call: PreparedCall, given: bigint | undefined): Promise<bigint> {
  const { header, feeCap, message, overrides } = call;
  let most = given !== undefined && given >= TRANSFER_GAS ? given : (call.block.gasLimit ?? header.gasLimit);
  const block = chain.block(call.reference)!;
  if (chain.rulesOf(block).fork >= Fork.Osaka && most > MAX_TRANSACTION_GAS) most = MAX_TRANSACTION_GAS;
  if (feeCap > 0n) {
    const from = message.from ?? `0x${"00".repeat(20)}`;
    const overridden = overrides.find(({ address }) => address === from)?.balance;
    const balance = overridden ?? (await chain.state(call.reference).account(from))?.balance ?? 0n;
    const value = message.value ?? 0n;
    if (balance < value) {
      throw new RpcError(
        ErrorCode.server,
        `insufficient funds for gas * price + value: have ${balance} want ${value}`,
      );
    }
    const affordable = (balance - value) / feeCap;
    if (affordable < most) most = affordable;
  }
  return most > CALL_GAS_CAP ? CALL_GAS_CAP : most;
}

/**
 * The least gas for a call.
 * @throws RpcError: code 3 where it reverts whatever gas it gets, -32000 where no gas is enough
 */
export async function estimateGas(
  chain: Chain,
  call: PreparedCall,
  given: bigint | undefined,
  signal: AbortSignal,
  watch?: CallWatcher,
): Promise<bigint> {
  const most = await allowance(chain, call, given);
  /** Undefined = it does not even cover what the data costs. */
  const tryWith = async (gas: bigint) => {
    try {
      return await runCall(chain, call, signal, gas);
    } catch (error) {
      if (error instanceof IntrinsicGasError) return undefined;
      throw error;
    }
  };
  const best = await tryWith(most);
  if (best === undefined || best.halt === "OutOfGas" || best.halt === "CodeDepositOutOfGas") {
    throw new RpcError(ErrorCode.server, `gas required exceeds allowance (${most})`);
  }
  const failure = await failureOf({ method: "eth_estimateGas", call, result: best }, watch);
  if (failure !== undefined) throw failure;
  let high = most;
  let low = best.gasUsed - 1n;
  // Most calls need what they used, and what 1/64th held back and a stipend make of it (EIP-150).
  const likely = ((best.gasUsed + STIPEND) * 64n) / 63n;
  for (const guess of [best.gasUsed, likely]) {
    if (guess >= high || guess <= low) continue;
    if ((await tryWith(guess))?.success) {
      high = guess;
      break;
    }
    low = guess;
  }
  while (low + 1n < high) {
    if (Number(high - low) / Number(high) < TOLERANCE) break;
    let middle = (high + low) / 2n;
    // Most that is needed is near the low end.
    if (middle > low * 2n) middle = low * 2n;
    if ((await tryWith(middle))?.success) high = middle;
    else low = middle;
  }
  return high;
}
