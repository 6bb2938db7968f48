// A source of cold values for a crew: drains the kernel's requests and answers each after a while.

import type * as Address from "ox/Address";
import * as Hash from "ox/Hash";
import type { Crew } from "./crew.ts";
import type { Accounts } from "./crew-block.ts";

const FIELD_CODE = 2;
const FIELD_SLOT = 4;
const EMPTY_ROOT = "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";
/** The task of a worker that does a phase alone. */
export const SOLE = 0xffffffff;

interface Request {
  location: number;
  task: number;
  due: number;
}

export class CrewSource {
  private readonly crew: Crew;
  private readonly accounts: Accounts;
  private readonly next: () => number;
  private readonly late: number;
  private waiting: Request[] = [];
  /** Tasks that asked, in the order of their requests. */
  readonly asked: number[] = [];
  /** Most requests that waited for an answer at once. */
  most = 0;
  /** While true nothing is answered. */
  held = false;

  /** Answers come up to `late` milliseconds later. */
  constructor(crew: Crew, accounts: Accounts, next: () => number, late: number) {
    this.crew = crew;
    this.accounts = accounts;
    this.next = next;
    this.late = late;
  }

  /** Takes new requests, answers those that are due. */
  attend(): void {
    const { memory } = this.crew;
    const s = memory.at("SCHEDULER");
    const ring = memory.u32(s, "Scheduler_ring");
    if (ring === 0) return;
    const words = new Uint32Array(memory.memory.buffer);
    for (;;) {
      const head = memory.u32(s, "Scheduler_ringHead");
      const entry = (ring >>> 2) + (head & memory.u32(s, "Scheduler_ringMask")) * 2;
      const location = Atomics.load(words, entry);
      if (location === 0) break;
      const task = words[entry + 1]!;
      Atomics.store(words, entry, 0);
      Atomics.store(words, (s + memory.at("Scheduler_ringHead")) >>> 2, head + 1);
      this.asked.push(task);
      this.waiting.push({
        location,
        task,
        due: performance.now() + (this.next() % 1000) * (this.late / 1000),
      });
    }
    this.most = Math.max(this.most, this.waiting.length);
    if (this.held) return;
    const now = performance.now();
    const due = this.waiting.filter((request) => request.due <= now);
    this.waiting = this.waiting.filter((request) => request.due > now);
    for (const request of due) this.answer(request);
  }

  private answer({ location, task }: Request): void {
    const { memory } = this.crew;
    const { x } = memory;
    const field = location & 7;
    const record = location - field;
    const owner = field === FIELD_SLOT ? memory.u32(record, "SlotRecord_account") : record;
    const number = memory.word(owner + memory.at("AccountRecord_address")) & (2n ** 160n - 1n);
    const address: Address.Address = `0x${number.toString(16).padStart(40, "0")}`;
    const account = this.accounts.get(address);
    // The host's own arena: it has no part in the workers'.
    const first = memory.allocate(128);
    memory.setWord(first, number);
    if (field === FIELD_SLOT) {
      const key = memory.word(record + memory.at("SlotRecord_key"));
      const value = account?.storage?.find(([slot]) => slot === key)?.[1] ?? 0n;
      memory.setWord(first + 32, key);
      memory.setWord(first + 64, value);
      x.stateLoadSlot(first, first + 32, first + 64);
    } else if (field === FIELD_CODE && memory.u32(record, "AccountRecord_loaded") === 2) {
      const code = account?.code ?? new Uint8Array(0);
      const bytes = memory.allocate(code.length + 8);
      memory.write(bytes, code);
      x.codeIntern(bytes, code.length, 0);
    } else {
      const code = account?.code ?? new Uint8Array(0);
      memory.setWord(first + 32, account?.balance ?? 0n);
      memory.write(first + 64, Hash.keccak256(code, { as: "Bytes" }));
      memory.write(first + 96, Buffer.from(EMPTY_ROOT, "hex"));
      x.stateLoadAccount(first, account?.nonce ?? 0n, first + 32, first + 64, first + 96, account ? 1 : 0);
    }
    x.resume(task);
  }
}
