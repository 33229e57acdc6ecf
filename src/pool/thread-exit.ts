// The wait for the end of a thread, with an end to the patience.
import { TERMINATE_CALLS, TERMINATE_MS_MAX } from '../core/limits.ts';
import type { Cancel, Clock } from '../core/ports.ts';
import { afterRunning } from './running-time.ts';

export class ThreadExit {
  readonly #clock: Clock;
  readonly #terminateAgain: () => void;
  readonly #onStuck: () => void;
  #cancelTimer: Cancel = () => {};

  /** `onStuck` may be followed by the exit after all. */
  constructor(clock: Clock, terminateAgain: () => void, onStuck: () => void) {
    this.#clock = clock;
    this.#terminateAgain = terminateAgain;
    this.#onStuck = onStuck;
  }

  /** The thread has died by itself, and is joined in no time; that is watched as well. */
  afterDeath(): void {
    this.#after(TERMINATE_MS_MAX, this.#onStuck);
  }

  /** It was asked to leave; `onLate` when it has not in that time, ms. */
  afterRequest(ms: number, onLate: () => void): void {
    this.#after(ms, onLate);
  }

  /** It was terminated. It is told again while it stays: one that answers a question in the middle
   * of its work takes the first call for the end of that answer. */
  afterTermination(calls: number = TERMINATE_CALLS): void {
    this.#after(TERMINATE_MS_MAX / TERMINATE_CALLS, () => {
      if (calls === 1) {
        this.#onStuck();
        return;
      }
      this.#terminateAgain();
      this.afterTermination(calls - 1);
    });
  }

  /** It is there. */
  come(): void {
    this.#cancelTimer();
  }

  /** One thing is waited for at a time. */
  #after(ms: number, run: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = afterRunning(this.#clock, ms, run);
  }
}
