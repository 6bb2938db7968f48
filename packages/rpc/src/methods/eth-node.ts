// eth_*, net_*, web3_*: what node this is.

import type { Chain } from "@heddle/chain";
import * as Hash from "ox/Hash";
import { data } from "../decode/values.ts";
import { quantity } from "../encode/quantity.ts";
import { forkSchedule } from "../fork-schedule.ts";
import { type MethodTable, method, parameter } from "../method.ts";

/** Who answers: name and version. */
export interface NodeIdentity {
  /**
   * Such as "heddle/0.1.0/linux-x64/node26.10.0". Hardhat's network helpers work on a chain only where it begins with `anvil`,
   * `hardhat` or `zksync`.
   */
  clientVersion: string;
}

export function ethNode(chain: Chain, { clientVersion }: NodeIdentity): MethodTable {
  const all = { disabled: false, oldestBlock: quantity(chain.genesis.number) };
  return {
    eth_chainId: method([], () => quantity(chain.chainId)),
    eth_syncing: method([], () => false),
    eth_accounts: method([], () => []),
    eth_config: method([], () => forkSchedule(chain)),
    eth_capabilities: method([], () => ({
      head: { number: quantity(chain.head.number), hash: chain.head.hash },
      state: all,
      tx: all,
      logs: all,
      receipts: all,
      blocks: all,
      stateproofs: all,
    })),
    net_version: method([], () => chain.chainId.toString()),
    eth_networkId: method([], () => chain.chainId.toString()),
    net_listening: method([], () => true),
    net_peerCount: method([], () => "0x0"),
    web3_clientVersion: method([], () => clientVersion),
    web3_sha3: method([parameter("data", data)], ([bytes]) => Hash.keccak256(bytes)),
  };
}
