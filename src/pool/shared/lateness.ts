// Threads whose loop does not turn just now: who is asked, and what their answers say.
import type { Clock } from '../../core/ports.ts';
import type { SharedThread } from './shared-thread.ts';

/** Notes that an event has waited in front of it for too long, until its loop has turned: there may
 * be nobody left in front of it to see that. `onTurn` gets how long it took from now, ms. */
export function markLate(
  thread: SharedThread,
  clock: Pick<Clock, 'nowMonotonicMs'>,
  onTurn: (waitedMs: number) => void,
): void {
  if (thread.isLate) return;
  thread.isLate = true;
  const sinceMs = clock.nowMonotonicMs();
  thread.slot.thread.ping(() => {
    thread.isLate = false;
    onTurn(clock.nowMonotonicMs() - sinceMs);
  });
}
