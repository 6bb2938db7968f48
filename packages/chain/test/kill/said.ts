// What a process under load says of its chain, and what the next one makes of it.

import type { Hex } from "@heddle/engine";

/** All of a chain that must survive. */
export interface Sight {
  number: number;
  hash: Hex;
  root: Hex;
  /** Changes from outside on top of the head. */
  edits: number;
  waiting: Hex[];
  clock: string[];
  mining: string;
  impersonated: boolean[];
  snapshots: number[];
}

/** Something that is being done. */
export interface Work {
  kind:
    | "send"
    | "mine"
    | "edit"
    | "impersonate"
    | "time"
    | "mining"
    | "snapshot"
    | "revert"
    | "rollback"
    | "reorg"
    | "drop";
  /** The block that it goes back to. */
  base?: Hex;
  drops?: Hex;
}

/** What was acknowledged last, and what was being done after that. */
export interface Said {
  done: Sight;
  tried?: Work;
}

const BLOCK = ["number", "hash", "root", "edits", "waiting", "clock"] as const;

/** What each kind of work may change. */
export const TOUCHED: Record<Work["kind"], readonly (keyof Sight)[]> = {
  send: BLOCK,
  mine: BLOCK,
  edit: ["root", "edits"],
  impersonate: ["impersonated"],
  time: ["clock"],
  mining: [...BLOCK, "mining"],
  snapshot: ["snapshots"],
  revert: [...BLOCK, "snapshots"],
  rollback: [...BLOCK, "snapshots"],
  reorg: [...BLOCK, "snapshots"],
  drop: ["waiting"],
};

/** Numbers that look random and are the same every time. */
export function sequence(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
