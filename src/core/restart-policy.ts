// When a worker that failed to start is tried again.
import { START_BACKOFF_MS, START_BACKOFF_MS_MAX, START_FAILURES_MAX } from './limits.ts';

/** Pause in ms after the n-th failed start in a row, n from 1; undefined: no further try. */
export function startBackoffMs(failuresInARow: number): number | undefined {
  if (failuresInARow >= START_FAILURES_MAX) return undefined;
  return Math.min(START_BACKOFF_MS * 2 ** (failuresInARow - 1), START_BACKOFF_MS_MAX);
}
