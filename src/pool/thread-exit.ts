// The wait for the end of a thread, with an end to the patience.
import { STARVED_MS_MAX, TERMINATE_CALLS, TERMINATE_MS_MAX } from '../core/limits.ts';
import type { Cancel, Clock } from '../core/ports.ts';
import { type ThreadUsage, threadUsage } from '../os/thread-usage.ts';
import { afterRunning } from './running-time.ts';

const STEP_MS: number = TERMINATE_MS_MAX / TERMINATE_CALLS;
/** Of a step, ms: with less a thread has not asked for a processor. */
const WANTED_MS_MIN = 1;

/** Whose thread it is. */
export type ExitingSlot = {
  readonly thread: { terminateAgain(): void };
  readonly osThreadId?: number | undefined;
};

/** What is known of a thread that was terminated and is still there. */
type Stay = {
  readonly ranBeforeMs: number;
  stepCount: number;
  /** Time that counts against it, ms. */
  countedMs: number;
  last: ThreadUsage | undefined;
};

export class ThreadExit {
  readonly #clock: Clock;
  readonly #slot: ExitingSlot;
  readonly #onStuck: () => void;
  readonly #usageOf: typeof threadUsage;
  #cancelTimer: Cancel = () => {};

  /** `onStuck` may be followed by the exit after all. */
  constructor(
    clock: Clock,
    slot: ExitingSlot,
    onStuck: () => void,
    usageOf: typeof threadUsage = threadUsage,
  ) {
    this.#clock = clock;
    this.#slot = slot;
    this.#onStuck = onStuck;
    this.#usageOf = usageOf;
  }

  /** The thread has died by itself, and is joined in no time; that is watched as well. */
  afterDeath(): void {
    this.#after(TERMINATE_MS_MAX, this.#onStuck);
  }

  /** It was asked to leave; `onLate` when it has not in that time, ms. */
  afterRequest(ms: number, onLate: () => void): void {
    this.#after(ms, onLate);
  }

  /**
   * It was terminated. It is told again while it stays: one that answers a question in the middle
   * of its work takes the first call for the end of that answer. A thread that wants a processor
   * and gets too little of it is not stuck, it is starved: what counts is the time that it has had.
   */
  afterTermination(): void {
    const last = this.#usageOf(this.#slot.osThreadId);
    this.#wait({ ranBeforeMs: last?.ranMs ?? 0, stepCount: 0, countedMs: 0, last });
  }

  /** It is there. */
  come(): void {
    this.#cancelTimer();
  }

  #wait(stay: Stay): void {
    this.#after(STEP_MS, () => {
      if (this.#isStuck(stay)) {
        this.#onStuck();
        return;
      }
      this.#slot.thread.terminateAgain();
      this.#wait(stay);
    });
  }

  #isStuck(stay: Stay): boolean {
    const now = this.#usageOf(this.#slot.osThreadId);
    const { last } = stay;
    stay.stepCount += 1;
    stay.last = now;
    const wantedMs =
      now === undefined || last === undefined
        ? 0
        : now.ranMs - last.ranMs + now.waitedMs - last.waitedMs;
    if (wantedMs < WANTED_MS_MIN) stay.countedMs += STEP_MS;
    else stay.countedMs = Math.max(stay.countedMs, (now?.ranMs ?? 0) - stay.ranBeforeMs);
    const isOver = stay.countedMs >= TERMINATE_MS_MAX - 1;
    return isOver || stay.stepCount * STEP_MS >= STARVED_MS_MAX;
  }

  /** One thing is waited for at a time. */
  #after(ms: number, run: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = afterRunning(this.#clock, ms, run);
  }
}
