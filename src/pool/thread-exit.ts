// The wait for the end of a thread, with an end to the patience.
import { STARVED_MS_MAX, TERMINATE_CALLS, TERMINATE_MS_MAX } from '../core/limits.ts';
import type { Cancel, Clock } from '../core/ports.ts';
import { threadState } from '../os/thread-state.ts';
import { type ThreadUsage, threadUsage } from '../os/thread-usage.ts';
import { afterRunning } from './running-time.ts';

const STEP_MS: number = TERMINATE_MS_MAX / TERMINATE_CALLS;
/** Less is no starvation, ms. */
const WAITED_MS_MIN = 10;

type SystemView = { readonly usageOf: typeof threadUsage; readonly stateOf: typeof threadState };

const SYSTEM: SystemView = { usageOf: threadUsage, stateOf: threadState };

/** Whose thread it is. */
export type ExitingSlot = {
  readonly thread: { terminateAgain(): void };
  readonly osThreadId?: number | undefined;
};

/** What is known of a thread that is over and still there: its use of a processor when that was
 * last looked at, and how much of the time since its end speaks against it, ms. */
type Stay = {
  readonly usage: ThreadUsage | undefined;
  readonly elapsedMs: number;
  readonly countedMs: number;
};

export class ThreadExit {
  readonly #clock: Clock;
  readonly #slot: ExitingSlot;
  readonly #onStuck: () => void;
  readonly #system: SystemView;
  #cancelTimer: Cancel = () => {};

  /** `onStuck` may be followed by the exit after all. */
  constructor(clock: Clock, slot: ExitingSlot, onStuck: () => void, system: SystemView = SYSTEM) {
    this.#clock = clock;
    this.#slot = slot;
    this.#onStuck = onStuck;
    this.#system = system;
  }

  /** The thread has died by itself, and is joined in no time; that is watched as well. */
  afterDeath(): void {
    this.#wait({ usage: this.#usage(), elapsedMs: 0, countedMs: 0 }, () => {});
  }

  /** It was asked to leave; `onLate` when it has not in that time, ms. */
  afterRequest(ms: number, onLate: () => void): void {
    this.#after(ms, onLate);
  }

  /** It was terminated. It is told again while it stays: one that answers a question in the middle
   * of its work takes the first call for the end of that answer. */
  afterTermination(): void {
    const again = (): void => this.#slot.thread.terminateAgain();
    this.#wait({ usage: this.#usage(), elapsedMs: 0, countedMs: 0 }, again);
  }

  /** It is there. */
  come(): void {
    this.#cancelTimer();
  }

  #wait(stay: Stay, onStep: () => void): void {
    this.#after(STEP_MS, () => {
      const usage = this.#usage();
      const elapsedMs = stay.elapsedMs + STEP_MS;
      const countedMs = stay.countedMs + this.#countedMs(stay.usage, usage);
      // The kernel's clock and this one differ by a little.
      if (countedMs >= TERMINATE_MS_MAX - 1 || elapsedMs >= STARVED_MS_MAX) {
        this.#onStuck();
        return;
      }
      onStep();
      this.#wait({ usage, elapsedMs, countedMs }, onStep);
    });
  }

  /**
   * How much of a step speaks against the thread, ms. One that wants a processor and gets too
   * little of it is not stuck, it is starved: then that is what it has had. Should it sleep as
   * well, that may be for a thread of V8's, which is starved, too.
   */
  #countedMs(before: ThreadUsage | undefined, now: ThreadUsage | undefined): number {
    if (now === undefined || before === undefined) return STEP_MS;
    const ranMs = now.ranMs - before.ranMs;
    const waitedMs = now.waitedMs - before.waitedMs;
    if (waitedMs > WAITED_MS_MIN && waitedMs > ranMs / 2) return ranMs;
    // The kernel tells of a wait when it is over.
    const isWaiting = ranMs < STEP_MS / 2 && this.#isRunnable();
    return isWaiting ? ranMs : STEP_MS;
  }

  #usage(): ThreadUsage | undefined {
    return this.#system.usageOf(this.#slot.osThreadId);
  }

  #isRunnable(): boolean {
    return this.#system.stateOf(this.#slot.osThreadId) === 'running';
  }

  /** One thing is waited for at a time. */
  #after(ms: number, run: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = afterRunning(this.#clock, ms, run);
  }
}
