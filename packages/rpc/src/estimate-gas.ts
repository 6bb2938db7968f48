// The least gas with which a transaction does what it does with all there is: a search by halves, as geth's.

import type { Chain } from "@heddle/chain";
import { type CallResult, Fork, IntrinsicGasError, type MaybePromise } from "@heddle/engine";
import { after } from "./at-once.ts";
import { CALL_GAS_CAP, type CallWatcher, failureOf, type PreparedCall, runCall } from "./call.ts";
import { ErrorCode, RpcError } from "./errors.ts";
import type { CallContext } from "./method.ts";

const TRANSFER_GAS = 21_000n;
/** EIP-7825: most gas of one transaction from Osaka on. */
export const MAX_TRANSACTION_GAS = 16_777_216n;
const STIPEND = 2300n;
/** geth's: an estimate may be too high by so much of itself. */
const TOLERANCE = 0.015;

/** Gas that the sender can pay for and the block can hold. */
function allowance(chain: Chain, call: PreparedCall, given: bigint | undefined): MaybePromise<bigint> {
  const { header, feeCap, message, overrides } = call;
  let most = given !== undefined && given >= TRANSFER_GAS ? given : (call.block.gasLimit ?? header.gasLimit);
  if (most > MAX_TRANSACTION_GAS) {
    if (chain.rulesOf(call.state.block).fork >= Fork.Osaka) most = MAX_TRANSACTION_GAS;
  }
  const bounded = most > CALL_GAS_CAP ? CALL_GAS_CAP : most;
  if (feeCap === 0n) return bounded;
  const from = message.from ?? `0x${"00".repeat(20)}`;
  const overridden = overrides.find(({ address }) => address === from)?.balance;
  const affordable = (balance: bigint) => {
    const value = message.value ?? 0n;
    if (balance < value) {
      throw new RpcError(
        ErrorCode.server,
        `insufficient funds for gas * price + value: have ${balance} want ${value}`,
      );
    }
    const gas = (balance - value) / feeCap;
    return gas < bounded ? gas : bounded;
  };
  if (overridden !== undefined) return affordable(overridden);
  return call.state.account(from).then((account) => affordable(account?.balance ?? 0n));
}

/** A try: undefined = the gas does not even cover what the data costs. */
type Tried = CallResult | undefined;

/** The least gas up to `most`, with which it did what `best` says: yields the gas to try next and is told what it gave. */
function* search(most: bigint, best: CallResult): Generator<bigint, bigint, Tried> {
  let high = most;
  let low = best.gasUsed - 1n;
  // Most calls need what they used, and what 1/64th held back and a stipend make of it (EIP-150).
  const likely = ((best.gasUsed + STIPEND) * 64n) / 63n;
  for (const guess of [best.gasUsed, likely]) {
    if (guess >= high || guess <= low) continue;
    if ((yield guess)?.success) {
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
    if ((yield middle)?.success) high = middle;
    else low = middle;
  }
  return high;
}

/** Goes on with a search; at once as long as its tries are. */
function goOn(
  tries: Generator<bigint, bigint, Tried>,
  begun: IteratorResult<bigint, bigint>,
  tryWith: (gas: bigint) => MaybePromise<Tried>,
): MaybePromise<bigint> {
  let step = begun;
  while (!step.done) {
    const tried = tryWith(step.value);
    if (tried instanceof Promise) return tried.then((later) => goOn(tries, tries.next(later), tryWith));
    step = tries.next(tried);
  }
  return step.value;
}

/**
 * The least gas for a call.
 * @throws RpcError: code 3 where it reverts whatever gas it gets, -32000 where no gas is enough
 */
export function estimateGas(
  chain: Chain,
  call: PreparedCall,
  given: bigint | undefined,
  context: Pick<CallContext, "signal">,
  watch?: CallWatcher,
): MaybePromise<bigint> {
  const uncovered = (error: unknown): undefined => {
    if (!(error instanceof IntrinsicGasError)) throw error;
    return undefined;
  };
  const tryWith = (gas: bigint): MaybePromise<Tried> => {
    try {
      const result = runCall(call, context, gas);
      return result instanceof Promise ? result.catch(uncovered) : result;
    } catch (error) {
      return uncovered(error);
    }
  };
  return after(allowance(chain, call, given), (most) =>
    after(tryWith(most), (best) => {
      if (best === undefined || best.halt === "OutOfGas" || best.halt === "CodeDepositOutOfGas") {
        throw new RpcError(ErrorCode.server, `gas required exceeds allowance (${most})`);
      }
      return after(failureOf({ method: "eth_estimateGas", call, result: best }, watch), (failure) => {
        if (failure !== undefined) throw failure;
        const tries = search(most, best);
        return goOn(tries, tries.next(), tryWith);
      });
    }),
  );
}
