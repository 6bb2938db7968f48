// Authorizations of a call that is not sent (EIP-7702): what they would delegate, as edits of the state.

import type { Chain, StateView } from "@heddle/chain";
import { EMPTY_CODE_HASH, type Hex, type StateEdit } from "@heddle/engine";
import * as Authorization from "ox/Authorization";
import * as HexOf from "ox/Hex";
import * as Secp256k1 from "ox/Secp256k1";
import type { CallObject } from "./decode/call-object.ts";

type AuthorizationObject = NonNullable<CallObject["authorizationList"]>[number];

/** EIP-7702: what the code of an account that delegates begins with. */
const DESIGNATOR = "0xef0100";
const ZERO_ADDRESS = `0x${"00".repeat(20)}`;

/** Who signed it; undefined where nobody can have. */
function authority({ address, chainId, nonce, r, s, yParity }: AuthorizationObject): Hex | undefined {
  if (r === undefined || s === undefined || yParity === undefined || yParity > 1n) return undefined;
  try {
    const payload = Authorization.getSignPayload(
      Authorization.from({ address, chainId: Number(chainId), nonce }),
    );
    const signature = {
      r: HexOf.fromNumber(r, { size: 32 }),
      s: HexOf.fromNumber(s, { size: 32 }),
      yParity: Number(yParity),
    };
    return Secp256k1.recoverAddress({ payload, signature }).toLowerCase() as Hex;
  } catch {
    return undefined;
  }
}

/** The delegations of a call's authorizations; those that are not valid delegate nothing, as in a transaction. */
export async function delegations(
  chain: Chain,
  { authorizationList = [] }: CallObject,
  state: StateView,
  overrides: readonly StateEdit[],
): Promise<StateEdit[]> {
  const edits = new Map<Hex, StateEdit>();
  for (const authorization of authorizationList) {
    const { chainId, nonce, address } = authorization;
    if (chainId !== 0n && chainId !== chain.chainId) continue;
    const signer = authority(authorization);
    // What the caller says of an account is what he wants it to be.
    if (signer === undefined || overrides.some((edit) => edit.address === signer)) continue;
    const account = await state.account(signer);
    if ((edits.get(signer)?.nonce ?? account?.nonce ?? 0n) !== nonce) continue;
    if (account !== undefined && account.codeHash !== EMPTY_CODE_HASH) {
      const code = HexOf.fromBytes(await state.code(signer));
      if (!code.startsWith(DESIGNATOR)) continue;
    }
    const code: Hex = address === ZERO_ADDRESS ? "0x" : `${DESIGNATOR}${address.slice(2)}`;
    edits.set(signer, { address: signer, nonce: nonce + 1n, code });
  }
  return [...edits.values()];
}
