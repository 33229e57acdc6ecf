// Virtual time: nothing happens but what is scheduled; ties are broken by a seeded choice.
import type { Cancel, Clock } from '../../src/core/ports.ts';

type Entry = { readonly atMs: number; readonly order: number; readonly run: () => void };

export class SimClock implements Clock {
  #nowMs = 1_700_000_000_000;
  #entries: Entry[] = [];
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  nowEpochMs(): number {
    return this.#nowMs;
  }

  nowMonotonicMs(): number {
    return this.#nowMs;
  }

  scheduleAt(epochMs: number, run: () => void): Cancel {
    const entry = { atMs: Math.max(epochMs, this.#nowMs), order: this.#random(), run };
    this.#entries.push(entry);
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
  }

  after(ms: number, run: () => void): Cancel {
    return this.scheduleAt(this.#nowMs + ms, run);
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Runs event after event until `isDone`, nothing is left, or virtual time runs out. */
  async runUntil(isDone: () => boolean, limitMs: number): Promise<void> {
    const endMs = this.#nowMs + limitMs;
    for (;;) {
      await settleMicrotasks();
      if (isDone()) return;
      this.#entries.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      const entry = this.#entries.shift();
      if (entry === undefined || entry.atMs > endMs) return;
      this.#nowMs = entry.atMs;
      entry.run();
    }
  }
}

function settleMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A small seeded generator (mulberry32), so that a run is a function of its seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
