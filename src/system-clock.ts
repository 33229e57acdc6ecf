// Clock of the real world.
import type { Cancel, Clock } from './core/ports.ts';
import { clockShiftMs } from './core/shared-clock.ts';

/** Timers run on a clock that stands still while the environment is frozen; Unix time jumps. No
 * wait is longer, so that a jump is noticed within this time, ms. */
const STEP_MS_MAX = 1000;
const NOT_THERE = -1;

type Entry = { readonly epochMs: number; readonly run: () => void; at: number };

/**
 * One timer for all that is scheduled. Each invocation schedules its deadline and cancels it again:
 * that enters and leaves a list, and the timer, which looks at it now and then, stays as it is.
 */
class Schedule {
  readonly #entries: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When the timer looks, on the clock that never jumps. */
  #looksAtMs = 0;

  add(epochMs: number, run: () => void): Cancel {
    const entry: Entry = { epochMs, run, at: this.#entries.length };
    this.#entries.push(entry);
    this.#lookIn(epochMs - Date.now());
    if (this.#entries.length === 1) this.#timer?.ref();
    return () => this.#remove(entry);
  }

  #lookIn(leftMs: number): void {
    const waitMs = Math.max(1, Math.min(Math.ceil(leftMs), STEP_MS_MAX));
    const nowMs = performance.now();
    if (this.#timer !== undefined) {
      if (this.#looksAtMs <= nowMs + waitMs) return;
      clearTimeout(this.#timer);
    }
    this.#looksAtMs = nowMs + waitMs;
    this.#timer = setTimeout(this.#look, waitMs);
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    const nowEpochMs = Date.now();
    const due = this.#entries.filter(({ epochMs }) => epochMs <= nowEpochMs);
    try {
      for (const entry of due.sort((one, other) => one.epochMs - other.epochMs)) {
        // Cancelled by one that was called before.
        if (entry.at === NOT_THERE) continue;
        this.#remove(entry);
        entry.run();
      }
    } finally {
      // Of one that throws those behind it are still there, and due.
      this.#lookAgain();
    }
  };

  #lookAgain(): void {
    if (this.#entries.length === 0) return;
    let next = Number.POSITIVE_INFINITY;
    for (const { epochMs } of this.#entries) next = Math.min(next, epochMs);
    this.#lookIn(next - Date.now());
  }

  #remove(entry: Entry): void {
    const { at } = entry;
    entry.at = NOT_THERE;
    if (at === NOT_THERE) return;
    const last = this.#entries.pop();
    if (last !== undefined && last !== entry) {
      this.#entries[at] = last;
      last.at = at;
    }
    // Nothing is waited for: a handler on this thread may find out that nothing is pending.
    if (this.#entries.length === 0) this.#timer?.unref();
  }
}

const schedule = new Schedule();
const shiftMs = clockShiftMs(process.hrtime, () => performance.now());

export const systemClock: Clock = {
  nowEpochMs: () => Date.now(),
  nowMonotonicMs: () => performance.now() + shiftMs,
  scheduleAt: (epochMs, run) => schedule.add(epochMs, run),
};
