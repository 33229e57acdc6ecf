// When a worker that was lost is replaced, and when no more.
import {
  RESTART_PERIOD_S,
  START_BACKOFF_MS,
  START_BACKOFF_MS_MAX,
  START_FAILURES_MAX,
  START_JITTER_SHARE,
  START_LIMIT_MS_MIN,
  START_LIMIT_TIMES,
  START_REST_MS,
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

/** Failed starts with no invocation served by a worker of later date. */
type FailureRow = { readonly count: number; readonly lastWorkerId: number };

const NO_FAILURES: FailureRow = { count: 0, lastWorkerId: 0 };

/**
 * Two things end the replacing. Starts that fail in a row with nobody left to serve: a start that
 * succeeds proves little, because a handler may die right after it, so only an invocation served by
 * a worker of later date ends the row. Starts that fail while another worker serves are a row of
 * their own, which only slows the tries down. And workers that keep dying with nothing to do: each
 * was ready, none of it shows in an answer, and it would go on for ever.
 */
export class RestartPolicy {
  readonly #options: RestartPolicyOptions;
  /** With nobody left to serve, and beside another worker. */
  #bare = NO_FAILURES;
  #beside = NO_FAILURES;
  #slowestStartMs = 0;
  /** Monotonic times in ms, the oldest first. */
  #idleDeaths: number[] = [];

  constructor(options: RestartPolicyOptions) {
    this.#options = options;
  }

  /** Too many starts have failed in a row, with nobody left to serve. */
  get hasGivenUp(): boolean {
    return this.#bare.count >= START_FAILURES_MAX;
  }

  /** Too many workers have died between invocations of late: why nothing is replaced now, in
   * words. */
  exhaustion(nowMonotonicMs: number): string | undefined {
    const { restartLimit } = this.#options;
    const fromMs = nowMonotonicMs - RESTART_PERIOD_S * 1000;
    this.#idleDeaths = this.#idleDeaths.filter((atMs) => atMs > fromMs);
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
    if (workerId > this.#bare.lastWorkerId) this.#bare = NO_FAILURES;
    if (workerId > this.#beside.lastWorkerId) this.#beside = NO_FAILURES;
  }

  /** Returns the pause before the next try in ms, or undefined: no further one. `isBare`: there is
   * no other worker. */
  failed(workerId: number, isBare: boolean): number | undefined {
    const random = this.#options.random();
    if (isBare) {
      this.#bare = withFailure(this.#bare, workerId);
      return startBackoffMs(this.#bare.count, random);
    }
    this.#beside = withFailure(this.#beside, workerId);
    return startBackoffMs(this.#beside.count, random) ?? START_REST_MS;
  }

  /** A ready worker died between two invocations. */
  diedIdle(nowMonotonicMs: number): void {
    this.#idleDeaths.push(nowMonotonicMs);
    // Nobody may ask for a long time.
    if (this.#idleDeaths.length > this.#options.restartLimit + 1) this.#idleDeaths.shift();
  }
}

function withFailure({ count, lastWorkerId }: FailureRow, workerId: number): FailureRow {
  return { count: count + 1, lastWorkerId: Math.max(lastWorkerId, workerId) };
}
