// Limits on what a thread may take, counted in the time in which this process has run: the platform
// freezes it between two invocations, and the threads with it.
import type { Cancel, Clock } from '../core/ports.ts';

/** A limit is counted in steps of this length, ms: a pause costs at most one of them, whichever of
 * the clocks have gone on during it. */
const STEP_MS = 200;

/** Runs once, when so much time has passed. */
export function afterRunning(clock: Clock, ms: number, run: () => void): Cancel {
  let leftMs = ms;
  let cancel: Cancel = () => {};
  const step = (): void => {
    const stepMs = Math.min(STEP_MS, leftMs);
    const beganMs = clock.nowMonotonicMs();
    cancel = clock.scheduleAt(clock.nowEpochMs() + stepMs, () => {
      leftMs -= Math.min(stepMs, clock.nowMonotonicMs() - beganMs);
      // Two clocks never agree to the last bit.
      if (leftMs < 1) run();
      else step();
    });
  };
  step();
  return () => cancel();
}

/** What the clock on the wall says of a monotonic time, counted back from now: the time in between
 * that was spent frozen is left out, as it is in the ages of processes. */
export function countedBack(clock: Clock, monotonicMs: number): number {
  return clock.nowEpochMs() - (clock.nowMonotonicMs() - monotonicMs);
}
