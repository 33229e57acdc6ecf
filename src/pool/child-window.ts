// Which child processes a thread may wait for, by the time of their start.
import type { Clock } from '../core/ports.ts';
import { countedBack } from './running-time.ts';

export class ChildWindow {
  /** Of the thread, on the monotonic clock. */
  readonly startedMs: number;
  readonly #clock: Clock;
  #lastBegunMs: number | undefined;
  #sinceMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.startedMs = clock.nowMonotonicMs();
  }

  /** An invocation is handed to the thread. */
  begin(): void {
    const nowMs = this.#clock.nowMonotonicMs();
    this.#sinceMs = this.#lastBegunMs ?? nowMs;
    this.#lastBegunMs = nowMs;
  }

  /** Since the invocation before the last: what that one has left behind may block the thread as
   * well. On the monotonic clock. */
  get sinceMs(): number {
    return this.#sinceMs ?? this.startedMs;
  }

  /** As Unix time, ms; only for now, because it moves with each freeze. */
  get sinceEpochMs(): number {
    return countedBack(this.#clock, this.sinceMs);
  }
}
