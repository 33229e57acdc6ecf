// The clock of the function: what happens when the time of an invocation is up.
import { setImmediate as turn } from 'node:timers/promises';

import type { Invocation } from './invocation.ts';

/** Returns what stops the clock. */
export function startClock({ request }: Invocation, onTimeUp: () => void): () => void {
  // Behind a turn of the loop: what has come in time counts, even if it is still to be read.
  const timer = setTimeout(() => void turn().then(onTimeUp), request.timeoutMs);
  return () => clearTimeout(timer);
}
