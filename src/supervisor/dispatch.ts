// One invocation -> exactly one outcome. Result, crash, deadline and drain race; the first decides.
import { Arbiter } from '../core/arbiter.ts';
import type { Invocation } from '../core/invocation.ts';
import { type Cause, drainOutcome, type Outcome, timeoutOutcome } from '../core/outcome.ts';
import type { Acquired, HandlerPool, Slot, Telemetry } from '../core/ports.ts';
import type { Drain } from './drain.ts';
import { type WatchdogOptions, watch } from './watchdog.ts';

export type DispatchOptions = {
  readonly pool: HandlerPool;
  readonly watchdog: WatchdogOptions;
  readonly drain: Drain;
  readonly telemetry: Telemetry;
};

export type Decision = {
  readonly cause: Cause;
  readonly outcome: Outcome;
  /** The worker that had the invocation; undefined when none could be had. */
  readonly slot: Slot | undefined;
  readonly handlerMs: number;
  /** From the arrival of the event to the decision. */
  readonly roundTripMs: number;
  readonly watchdogLateMs: number | undefined;
  readonly deadlineEpochMs: number | undefined;
};

type Verdict = Pick<Decision, 'outcome'> & Partial<Pick<Decision, 'handlerMs' | 'watchdogLateMs'>>;

/** `reservation` is the worker the lane has, or still waits for. */
export function dispatch(
  invocation: Invocation,
  reservation: Promise<Acquired>,
  options: DispatchOptions,
): Promise<Decision> {
  const { pool, drain, telemetry } = options;
  const { clock } = options.watchdog;
  const { requestId } = invocation;
  const arrivedAtMs = clock.nowMonotonicMs();
  return new Promise((resolve, reject) => {
    let slot: Slot | undefined;
    const arbiter = new Arbiter<Cause, Verdict>(
      (cause, verdict) => {
        watching.cancel();
        stopListening();
        const deadlineEpochMs = watching.deadline?.epochMs;
        const { outcome, watchdogLateMs } = verdict;
        const roundTripMs = clock.nowMonotonicMs() - arrivedAtMs;
        // A handler that did not come back has had all the time there was.
        const handlerMs = verdict.handlerMs ?? (slot === undefined ? 0 : roundTripMs);
        resolve({ cause, outcome, slot, handlerMs, roundTripMs, watchdogLateMs, deadlineEpochMs });
      },
      (cause) => telemetry.lateCause(invocation, cause),
    );
    const watching = watch(invocation, options.watchdog, (deadline, watchdogLateMs) => {
      const outcome = timeoutOutcome(requestId, deadline.budgetMs, []);
      arbiter.settle('deadline', { outcome, watchdogLateMs });
    });
    const stopListening = drain.onExpired(() => {
      arbiter.settle('drain', { outcome: drainOutcome(requestId) });
    });

    const run = async (): Promise<void> => {
      for (let waiting = reservation; ; waiting = pool.acquire()) {
        const acquired = await waiting;
        if (acquired.kind === 'failure') {
          const { error, headerType } = acquired;
          arbiter.settle('crash', { outcome: { kind: 'crash', error, headerType } });
          return;
        }
        if (arbiter.isDecided) return acquired.slot.release();
        slot = acquired.slot;
        if (slot.isReady) break;
        // The thread died while the poll was parked; its replacement takes over.
        slot = undefined;
      }
      const { kind, outcome, handlerMs } = await slot.invoke(invocation);
      arbiter.settle(kind, kind === 'crash' ? { outcome } : { outcome, handlerMs });
    };
    // An event that arrives after its deadline is answered by the watchdog, not run.
    if (watching.isOverdue) void reservation.then(giveBack);
    else run().catch(reject);
  });
}

function giveBack(acquired: Acquired): void {
  if (acquired.kind === 'slot') acquired.slot.release();
}
