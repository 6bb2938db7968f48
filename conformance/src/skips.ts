// The committed reasons for not running an entry. A skip that has none makes the run fail.

import { readFileSync } from "node:fs";
import { Fields, FixtureError, parseJson } from "@heddle/cli";

export interface SkipRule {
  /** Matches an entry's key (`suite/archive/path#fork#n`). */
  key: RegExp;
  reason: string;
}

/** Reads skips.json: [{"key": "regular expression", "reason": "…"}]. */
export function readSkipRules(file: string, bytes: Uint8Array = readFileSync(file)): SkipRule[] {
  const list = parseJson(file, bytes);
  if (!Array.isArray(list)) throw new FixtureError(file, "the file", "a JSON array", list);
  return list.map((value, i) => {
    const fields = new Fields(file, `[${i}]`, value);
    const reason = fields.text("reason");
    if (reason.trim() === "") return fields.fail("reason", "a reason in words");
    return { key: new RegExp(fields.text("key")), reason };
  });
}

/** The reason why this entry is not run, if there is one. */
export function skipReason(rules: readonly SkipRule[], key: string): string | undefined {
  return rules.find((rule) => rule.key.test(key))?.reason;
}

/** True where a rule gives just this reason for this entry. */
export function isCommittedSkip(rules: readonly SkipRule[], skip: { key: string; reason: string }): boolean {
  return rules.some((rule) => rule.reason === skip.reason && rule.key.test(skip.key));
}
