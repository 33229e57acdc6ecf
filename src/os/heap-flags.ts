// V8's flags belong to the whole process and beat what a thread is given.
import { setFlagsFromString } from 'node:v8';

/** Each means "not set" with 0. The last two are the young generation's. */
const LIMITS = [
  '--max-old-space-size=0',
  '--max-heap-size=0',
  '--max-semi-space-size=0',
  '--min-semi-space-size=0',
];

/**
 * Makes the heap limits of threads that start from now on count: `--max-old-space-size` and the
 * like, in NODE_OPTIONS or on Node's command line, would replace them, and so would a handler that
 * calls `v8.setFlagsFromString`. Heaps that exist keep their limits. Takes some microseconds; to be
 * called before each thread that has a limit of its own.
 */
export function letThreadLimitsCount(): void {
  for (const flag of LIMITS) setFlagsFromString(flag);
}

/**
 * While it is on, each collection of garbage in any thread is a full one; otherwise most look at
 * young objects only. For moments, when memory is short.
 */
export function collectFully(isOn: boolean): void {
  setFlagsFromString(isOn ? '--gc-global' : '--no-gc-global');
}
