// Turns an invocation's deadline into one call, in time.
import { type Deadline, planDeadline } from '../core/deadline.ts';
import type { Invocation } from '../core/invocation.ts';
import type { Cancel, Clock } from '../core/ports.ts';

export type WatchdogOptions = {
  readonly clock: Clock;
  readonly marginMs: number;
  /** False in single-thread mode: a watchdog on the handler's own thread could not fire. */
  readonly isEnabled: boolean;
};

export type Watch = {
  /** Undefined: the invocation carries no readable deadline and nothing is timed. */
  readonly deadline: Deadline | undefined;
  /** The deadline was past when the event arrived, and the watchdog will say so. */
  readonly isOverdue: boolean;
  readonly cancel: Cancel;
};

/** Calls `onFire` at the deadline minus the margin, with how late that was, in ms. */
export function watch(
  invocation: Invocation,
  options: WatchdogOptions,
  onFire: (deadline: Deadline, lateMs: number) => void,
): Watch {
  const { clock, marginMs, isEnabled } = options;
  const { deadlineEpochMs } = invocation;
  const cancelNothing = (): void => {};
  if (deadlineEpochMs === undefined) {
    return { deadline: undefined, isOverdue: false, cancel: cancelNothing };
  }
  const deadline = planDeadline(deadlineEpochMs, clock.nowEpochMs(), marginMs);
  if (!isEnabled) return { deadline, isOverdue: false, cancel: cancelNothing };
  const cancel = clock.scheduleAt(deadline.fireEpochMs, () => {
    onFire(deadline, Math.max(0, clock.nowEpochMs() - deadline.fireEpochMs));
  });
  return { deadline, isOverdue: deadline.budgetMs === 0, cancel };
}
