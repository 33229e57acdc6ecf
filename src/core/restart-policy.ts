// When a worker that failed to start is tried again, and when no more.
import {
  START_BACKOFF_MS,
  START_BACKOFF_MS_MAX,
  START_FAILURES_MAX,
  START_LIMIT_MS_MIN,
  START_LIMIT_TIMES,
} from './limits.ts';

/** Pause in ms after the n-th failed start in a row, n from 1; undefined: no further try. */
export function startBackoffMs(failuresInARow: number): number | undefined {
  if (failuresInARow >= START_FAILURES_MAX) return undefined;
  return Math.min(START_BACKOFF_MS * 2 ** (failuresInARow - 1), START_BACKOFF_MS_MAX);
}

/**
 * Counts failures in a row. A start that succeeds proves little, because a handler may die right
 * after it: only an invocation that a worker has served ends the row.
 */
export class RestartPolicy {
  #failuresInARow = 0;
  #slowestStartMs = 0;

  get hasGivenUp(): boolean {
    return this.#failuresInARow >= START_FAILURES_MAX;
  }

  /** How long a replacement may take to start, in ms: by what starts have taken so far. */
  get startLimitMs(): number {
    return Math.max(START_LIMIT_MS_MIN, this.#slowestStartMs * START_LIMIT_TIMES);
  }

  started(durationMs: number): void {
    this.#slowestStartMs = Math.max(this.#slowestStartMs, durationMs);
  }

  served(): void {
    this.#failuresInARow = 0;
  }

  /** Returns the pause before the next try in ms, or undefined: no further one. */
  failed(): number | undefined {
    this.#failuresInARow += 1;
    return startBackoffMs(this.#failuresInARow);
  }
}
