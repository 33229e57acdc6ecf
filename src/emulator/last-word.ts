// A connection to the runtime was lost in the middle of an answer. When the process ends with it,
// its end is the answer, and it may be known only in a moment.
import { setTimeout as sleep } from 'node:timers/promises';

import { LAST_WORD_MS_MAX } from './emulator-limits.ts';
import type { Invocation } from './invocation.ts';

/** Resolves when the invocation has an answer, or will not get one from the process's end. */
export async function untilAnswered(invocation: Invocation): Promise<void> {
  const patience = new AbortController();
  const timer = sleep(LAST_WORD_MS_MAX, undefined, { signal: patience.signal });
  await Promise.race([invocation.answered, timer.catch(() => {})]);
  patience.abort();
}
