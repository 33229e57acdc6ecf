// Turns an invocation's deadline into one call, in time.
import { type Deadline, planDeadline, withLateness } from '../core/deadline.ts';
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

export type WatchCalls = {
  /** The soft deadline: the answer is near. Not called for an event that came too late. */
  readonly onSoft: (deadline: Deadline) => void;
  /** The deadline minus the margin, with how late the call is, in ms. */
  readonly onFire: (deadline: Deadline, lateMs: number) => void;
};

/** One timer for both: the second is set when the first is over. */
export function watch(
  invocation: Invocation,
  options: WatchdogOptions,
  { onSoft, onFire }: WatchCalls,
): Watch {
  const { clock, marginMs, isEnabled } = options;
  const { deadlineEpochMs } = invocation;
  const cancelNothing = (): void => {};
  if (deadlineEpochMs === undefined) {
    return { deadline: undefined, isOverdue: false, cancel: cancelNothing };
  }
  const deadline = planDeadline(deadlineEpochMs, clock.nowEpochMs(), marginMs);
  if (!isEnabled) return { deadline, isOverdue: false, cancel: cancelNothing };
  const fireFor = (plan: Deadline) => (): void => {
    onFire(plan, Math.max(0, clock.nowEpochMs() - plan.fireEpochMs));
  };
  if (deadline.budgetMs === 0) {
    const cancel = clock.scheduleAt(deadline.fireEpochMs, fireFor(deadline));
    return { deadline, isOverdue: true, cancel };
  }
  let cancel = clock.scheduleAt(deadline.softEpochMs, () => {
    const plan = withLateness(deadline, clock.nowEpochMs() - deadline.softEpochMs);
    cancel = clock.scheduleAt(plan.fireEpochMs, fireFor(plan));
    onSoft(plan);
  });
  return { deadline, isOverdue: false, cancel: () => cancel() };
}
