// A clock whose process can be frozen: nothing runs but what a test lets pass.
import type { Cancel, Clock } from '../../../src/core/ports.ts';

type Entry = { readonly atMs: number; readonly run: () => void };

export class PausedClock implements Clock {
  #epochMs = 1_700_000_000_000;
  #monotonicMs = 5000;
  #entries: Entry[] = [];

  nowEpochMs(): number {
    return this.#epochMs;
  }

  nowMonotonicMs(): number {
    return this.#monotonicMs;
  }

  scheduleAt(atMs: number, run: () => void): Cancel {
    const entry = { atMs, run };
    this.#entries.push(entry);
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
  }

  /** Time in which the process runs. */
  pass(ms: number): void {
    const endMs = this.#epochMs + ms;
    for (;;) {
      const next = this.#nextUntil(endMs);
      const toMs = next?.atMs ?? endMs;
      this.#jump(Math.max(0, toMs - this.#epochMs), true);
      if (next === undefined) return;
      this.#runEntry(next);
    }
  }

  /** Time in which it does not; whether the monotonic clock goes on is up to who froze it. */
  freeze(ms: number, isMonotonicOn = false): void {
    this.#jump(ms, isMonotonicOn);
    this.pass(0);
  }

  #jump(ms: number, isMonotonicOn: boolean): void {
    this.#epochMs += ms;
    if (isMonotonicOn) this.#monotonicMs += ms;
  }

  #nextUntil(endMs: number): Entry | undefined {
    const due = this.#entries.filter(({ atMs }) => atMs <= endMs);
    return due.sort((a, b) => a.atMs - b.atMs)[0];
  }

  #runEntry(entry: Entry): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
    entry.run();
  }
}
