// When a worker that was lost is replaced, and when no more.
import {
  RESTART_PERIOD_S,
  START_BACKOFF_MS,
  START_BACKOFF_MS_MAX,
  START_FAILURES_MAX,
  START_JITTER_SHARE,
  START_LIMIT_MS_MIN,
  START_LIMIT_TIMES,
} from './limits.ts';

export type RestartPolicyOptions = {
  /** Workers that may die between invocations within RESTART_PERIOD_S. */
  readonly restartLimit: number;
  /** From 0 to 1, for the jitter: environments that fail together must not retry together. */
  readonly random: () => number;
};

/**
 * Pause in ms after the n-th failed start in a row, n from 1; undefined: no further try.
 * `random` from 0 to 1 takes up to START_JITTER_SHARE off.
 */
export function startBackoffMs(failuresInARow: number, random: number): number | undefined {
  if (failuresInARow >= START_FAILURES_MAX) return undefined;
  const wholeMs = Math.min(START_BACKOFF_MS * 2 ** (failuresInARow - 1), START_BACKOFF_MS_MAX);
  return wholeMs * (1 - START_JITTER_SHARE * random);
}

/**
 * Two things end the replacing. Starts that fail in a row: a start that succeeds proves little,
 * because a handler may die right after it, so only an invocation served by a worker of later
 * date ends the row. And workers that keep dying with nothing to do: each was ready, none of it
 * shows in an answer, and it would go on for ever.
 */
export class RestartPolicy {
  readonly #options: RestartPolicyOptions;
  #failuresInARow = 0;
  #lastFailedId = 0;
  #slowestStartMs = 0;
  /** Monotonic times in ms, the oldest first. */
  #idleDeaths: number[] = [];

  constructor(options: RestartPolicyOptions) {
    this.#options = options;
  }

  /** Too many starts have failed in a row. */
  get hasGivenUp(): boolean {
    return this.#failuresInARow >= START_FAILURES_MAX;
  }

  /** Too many workers have died between invocations: why nothing is replaced any more, in words. */
  get exhaustion(): string | undefined {
    const { restartLimit } = this.#options;
    if (this.#idleDeaths.length <= restartLimit) return undefined;
    return (
      `More than ${restartLimit} workers died between invocations within ${RESTART_PERIOD_S} s ` +
      '(BULKHEAD_RESTART_LIMIT): work that the handler leaves behind ends its thread'
    );
  }

  /** How long a replacement may take to start, in ms: by what starts have taken so far. */
  get startLimitMs(): number {
    return Math.max(START_LIMIT_MS_MIN, this.#slowestStartMs * START_LIMIT_TIMES);
  }

  started(durationMs: number): void {
    this.#slowestStartMs = Math.max(this.#slowestStartMs, durationMs);
  }

  /** An invocation was served by that worker; numbers count up in the order of starts. */
  served(workerId: number): void {
    if (workerId > this.#lastFailedId) this.#failuresInARow = 0;
  }

  /** Returns the pause before the next try in ms, or undefined: no further one. */
  failed(workerId: number): number | undefined {
    this.#lastFailedId = Math.max(this.#lastFailedId, workerId);
    this.#failuresInARow += 1;
    return startBackoffMs(this.#failuresInARow, this.#options.random());
  }

  /** A ready worker died between two invocations. */
  diedIdle(nowMonotonicMs: number): void {
    const fromMs = nowMonotonicMs - RESTART_PERIOD_S * 1000;
    this.#idleDeaths = this.#idleDeaths.filter((atMs) => atMs > fromMs);
    this.#idleDeaths.push(nowMonotonicMs);
  }
}
