// A fixture's `config`: chain id and blob schedule.

import type { Fields } from "@heddle/cli";
import type { BlobSchedule, networkConfig } from "@heddle/engine/testing";

type NetworkOptions = NonNullable<Parameters<typeof networkConfig>[1]>;

export function networkOptions(config: Fields): NetworkOptions {
  const options: NetworkOptions = {};
  if (config.has("chainid")) options.chainId = config.quantity("chainid", 64);
  if (config.has("blobSchedule")) options.blobSchedule = blobSchedule(config.object("blobSchedule"));
  return options;
}

/**
 * Which revision of an EIP that still moves a test was made by. The blocks that come with witnesses are older than those
 * that come with access lists: in between EIP-8037 learnt to give state gas back.
 */
export function revisionOptions(test: Fields): NetworkOptions {
  const info = test.has("_info") ? test.object("_info") : null;
  const isOlder = info?.has("url") && /\/tests-zkevm@v0\.3\./.test(info.text("url"));
  return isOlder ? { stateGasKept: true } : {};
}

function blobSchedule(fields: Fields): Record<string, BlobSchedule> {
  const entries = fields.keys().map((fork) => {
    const schedule = fields.object(fork);
    const number = (name: string): number => Number(schedule.quantity(name, 53));
    const [target, max] = [number("target"), number("max")];
    return [fork, { target, max, baseFeeUpdateFraction: number("baseFeeUpdateFraction") }] as const;
  });
  return Object.fromEntries(entries);
}
