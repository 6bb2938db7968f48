// Mixed traffic on a node with many subscribers, each compared with what the chain did.

import { Feed, KINDS, type Kind, Subscriber } from "./feeds.ts";
import { type Memory, Node } from "./node.ts";
import { Witness } from "./witness.ts";
import { type Counts, type Step, Work } from "./work.ts";

export interface TrafficOptions {
  seconds: number;
  subscribers: number;
  seed: number;
  /** What is to be told meanwhile. */
  tell: (line: string) => void;
}

export interface TrafficReport extends Counts {
  seconds: number;
  subscribers: number;
  /** How often the main line lost blocks. */
  reorgsSeen: number;
  /** Of all subscribers together. */
  notifications: number;
  /** Subscribers that left and were replaced. */
  left: number;
  cpuSeconds: number;
  /** Megabytes, at the half and at the end: the least of some samples, since what was not collected yet is no growth. */
  memory: Record<keyof Memory, { half: number; end: number }>;
}

/** Milliseconds from one return to the beginning to the next. */
const ROUND = 15_000;
/** Milliseconds that a notification may take. */
const PATIENCE = 20_000;
/** Milliseconds between two looks at the memory. */
const SAMPLE = 1_000;

/** Numbers that look random and are the same every time. */
function sequence(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Waits until every subscriber has heard what any has, and as much as there is to hear. */
async function allThere(subscribers: readonly Subscriber[], isTold: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE;
  // What is missing then, the comparison tells.
  while (!(isTold() && subscribers.every(({ isThere }) => isThere)) && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const late = subscribers.filter(({ isThere }) => !isThere).length;
  if (late > 0) throw new Error(`${late} of ${subscribers.length} subscribers miss notifications`);
}

/** The least of the samples in the fifth of them that ends at `part` of all. Megabytes. */
function least(samples: readonly Memory[], field: keyof Memory, part: number): number {
  const end = Math.max(1, Math.floor(samples.length * part));
  const window = samples.slice(Math.max(0, end - Math.ceil(samples.length / 5)), end);
  return Math.round(Math.min(...window.map((sample) => sample[field])) / 1e5) / 10;
}

/** Runs traffic. @throws AssertionError where a subscriber missed something, or heard it twice or in another order */
export async function runTraffic(options: TrafficOptions): Promise<TrafficReport> {
  const { seconds, tell } = options;
  const random = sequence(options.seed);
  const node = await Node.start();
  try {
    const work = new Work(node, random);
    const witness = new Witness(node);
    await work.begin();
    await witness.begin();
    const kinds = Object.keys(KINDS) as Kind[];
    const feeds = Object.fromEntries(kinds.map((kind) => [kind, new Feed(kind)])) as Record<Kind, Feed>;
    const heard = () => kinds.reduce((sum, kind) => sum + feeds[kind].length, 0) / kinds.length;
    const join = (i: number) => Subscriber.join(node.url, feeds[kinds[i % kinds.length]!]);
    const subscribers: Subscriber[] = [];
    for (let i = 0; i < options.subscribers; i++) subscribers.push(await join(i));

    let base = witness.head;
    let left = 0;
    const compare = async ({ sent, replaced }: Step) => {
      await work.rest();
      const expected = await witness.look(replaced);
      const isTold = () =>
        Object.entries(expected).every(([kind, { length }]) => feeds[kind as Kind].fresh >= length) &&
        feeds.pending.fresh >= sent.length;
      await allThere(subscribers, isTold);
      witness.compare(feeds, expected, sent);
    };
    const samples: Memory[] = [];
    const begun = performance.now();
    let round = begun + ROUND;
    let sample = begun;
    while (performance.now() < begun + seconds * 1000) {
      await compare(await work.step(witness.head, base));
      if (random(10) === 0) {
        const i = random(subscribers.length);
        subscribers[i]!.leave();
        subscribers[i] = await join(i);
        left++;
      }
      const now = performance.now();
      if (now > sample) {
        samples.push(await node.memory());
        sample = now + SAMPLE;
      }
      if (now > round) {
        await work.beginAgain();
        await compare({ sent: [], replaced: 0 });
        await witness.beginAgain();
        base = witness.head;
        round = now + ROUND;
        const { resident, heap } = samples.at(-1)!;
        const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
        tell(
          `${Math.round((now - begun) / 1000)} s: ${work.counts.steps} steps, ${work.counts.sent} sent, ` +
            `${witness.reorgs} reorgs, ${megabytes(resident)} resident, ${megabytes(heap)} of objects`,
        );
      }
    }
    const cpuSeconds = node.cpu;
    for (const subscriber of subscribers) subscriber.leave();
    await node.stop();
    const memory = (field: keyof Memory) => ({
      half: least(samples, field, 0.5),
      end: least(samples, field, 1),
    });
    return {
      seconds: Math.round((performance.now() - begun) / 1000),
      subscribers: subscribers.length,
      ...work.counts,
      reorgsSeen: witness.reorgs,
      notifications: Math.round(heard() * subscribers.length),
      left,
      cpuSeconds,
      memory: { resident: memory("resident"), heap: memory("heap"), external: memory("external") },
    };
  } finally {
    node.kill();
  }
}
