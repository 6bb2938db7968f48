// Votes on proposals: one tally for all who vote alike.

import { governorAlpha, timelock, uni } from "../artifacts.ts";
import { encoder, withArguments } from "../script.ts";
import { NEVER, NOTHING } from "./arguments.ts";
import { owner, user, usersOf } from "./cast.ts";
import { TOKEN_GAS, transfer } from "./tokens.ts";
import type { Workload } from "./workload.ts";

const delegate = encoder("function delegate(address delegatee)");
const propose = encoder(
  "function propose(address[] targets, uint256[] values, string[] signatures, bytes[] calldatas, string description)",
);
const castVote = encoder("function castVote(uint256 proposalId, bool support)");

const VOTERS = 10_000;
/** A proposer has one proposal at a time and more than 1 % of all votes. */
const MOST_PROPOSALS = 90;
const STAKE = 10n ** 25n + 1n;
const TWO_DAYS = 172_800n;

export const votes: Workload = {
  name: "governor",
  title: "Governor votes (GovernorAlpha, UNI)",
  kind: "dependent",
  shape: { accounts: VOTERS },
  write(script, size, { accounts = VOTERS }) {
    const from = owner(script);
    const token = script.deploy(from, withArguments(uni(), "address, address, uint256", [from, from, NEVER]));
    const lock = script.deploy(from, withArguments(timelock(), "address, uint256", [from, TWO_DAYS]));
    const governor = script.deploy(from, withArguments(governorAlpha(), "address, address", [lock, token]));
    // Nobody votes twice on a proposal.
    const voters = Math.max(usersOf(size, accounts), Math.ceil(size / MOST_PROPOSALS));
    const proposals = Math.ceil(size / voters);
    for (let i = 0; i < voters; i++) {
      const amount = i < proposals ? STAKE : 10n ** 18n;
      script.call(from, token, transfer(user(script, i), amount), { gas: 120_000n });
      script.call(user(script, i), token, delegate(user(script, i)), { gas: 150_000n });
    }
    const setup = [script.take()];
    for (let p = 0; p < proposals; p++) {
      const data = propose([token], [0n], ["balanceOf(address)"], [NOTHING], `Proposal ${p}`);
      script.call(user(script, p), governor, data, { gas: 600_000n });
    }
    setup.push(script.take());
    // Votes count from the second block after the proposal on.
    script.call(from, token, transfer(from, 0n), TOKEN_GAS);
    setup.push(script.take());
    for (let i = 0; i < size; i++) {
      const data = castVote(BigInt(1 + Math.floor(i / voters)), i % 3 !== 0);
      script.call(user(script, i % voters), governor, data, { gas: 150_000n });
    }
    return { setup, block: script.take() };
  },
};
