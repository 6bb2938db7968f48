// Local chains that are closed when the tests of a file are over.

import { after } from "node:test";
import type { Hex } from "@heddle/engine";
import { type DevChain, type DevChainOptions, openDevChain } from "../../src/index.ts";
import { person } from "./people.ts";

const opened: DevChain[] = [];
after(() => Promise.all(opened.map((dev) => dev.close())));

export async function open(options: DevChainOptions = {}): Promise<DevChain> {
  const dev = await openDevChain({ workers: 0, memoryLimit: 2 ** 27, ...options });
  opened.push(dev);
  return dev;
}

export const stranger = person(77).address;
export const pay = (to: Hex = stranger, value = 1n) => ({ to, value, gas: 21_000n });

/** Wei of the stranger, or of another account. */
export const balanceOf = async (dev: DevChain, address: Hex = stranger): Promise<bigint> =>
  (await dev.chain.state().account(address))?.balance ?? 0n;
