// The wait for the end of a thread, with an end to the patience.
import { STARVED_MS_MAX, TERMINATE_CALLS, TERMINATE_MS_MAX } from '../core/limits.ts';
import type { Cancel, Clock } from '../core/ports.ts';
import { type ThreadUsage, threadUsage } from '../os/thread-usage.ts';
import { afterRunning } from './running-time.ts';

const STEP_MS: number = TERMINATE_MS_MAX / TERMINATE_CALLS;
/** Whose thread it is. */
export type ExitingSlot = {
  readonly thread: { terminateAgain(): void };
  readonly osThreadId?: number | undefined;
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
   * and gets too little of it is not stuck, it is starved: time in which it waits for one does not
   * count.
   */
  afterTermination(): void {
    this.#wait(this.#usageOf(this.#slot.osThreadId), STEP_MS);
  }

  /** It is there. */
  come(): void {
    this.#cancelTimer();
  }

  /** `before`: of its termination; `elapsedMs` since then at the end of this step. */
  #wait(before: ThreadUsage | undefined, elapsedMs: number): void {
    this.#after(STEP_MS, () => {
      const now = this.#usageOf(this.#slot.osThreadId);
      const waitedMs =
        now === undefined || before === undefined ? 0 : now.waitedMs - before.waitedMs;
      // The kernel's clock and this one differ by a little.
      if (elapsedMs - waitedMs >= TERMINATE_MS_MAX - 1 || elapsedMs >= STARVED_MS_MAX) {
        this.#onStuck();
        return;
      }
      this.#slot.thread.terminateAgain();
      this.#wait(before, elapsedMs + STEP_MS);
    });
  }

  /** One thing is waited for at a time. */
  #after(ms: number, run: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = afterRunning(this.#clock, ms, run);
  }
}
