// One invocation -> exactly one outcome. Result, crash, deadline and drain race; the first decides.
import { Arbiter } from '../core/arbiter.ts';
import { type Deadline, evidenceBudgetMs, leavesTimeToLook } from '../core/deadline.ts';
import { type Evidence, type EvidenceReport, unstartedEvidence } from '../core/evidence.ts';
import type { Invocation } from '../core/invocation.ts';
import { type Cause, drainOutcome, type Outcome, timeoutOutcome } from '../core/outcome.ts';
import type { Measured } from '../core/phases.ts';
import type {
  Acquired,
  HandlerPool,
  OpenStream,
  ResponseStream,
  RuntimeApi,
  Slot,
  WorkerAge,
} from '../core/ports.ts';
import type { Telemetry } from '../core/telemetry-port.ts';
import { runAttempts } from './attempts.ts';
import type { Drain } from './drain.ts';
import { type WatchdogOptions, watch } from './watchdog.ts';

export type DispatchOptions = {
  readonly api: Pick<RuntimeApi, 'openStream'>;
  readonly pool: HandlerPool;
  readonly watchdog: WatchdogOptions;
  readonly drain: Drain;
  readonly telemetry: Telemetry;
  /** An invocation whose thread another one has ended runs again, once, if it has not streamed. */
  readonly retryNeighbours: boolean;
};

export type Decision = {
  readonly cause: Cause;
  readonly outcome: Outcome;
  /** The worker that had the invocation; undefined when none could be had. */
  readonly slot: Slot | undefined;
  /** The answer that the handler has begun by itself. */
  readonly stream: ResponseStream | undefined;
  readonly handlerMs: number;
  /** From the arrival of the event to the decision. */
  readonly roundTripMs: number;
  readonly watchdogLateMs: number | undefined;
  readonly deadlineEpochMs: number | undefined;
  readonly profilePath: string | undefined;
  /** Size of the event. */
  readonly eventBytes: number;
  readonly arrivedAtMs: number;
  readonly measured: Measured | undefined;
  readonly worker: WorkerAge | undefined;
};

type Verdict = Pick<Decision, 'outcome'> &
  Partial<Omit<Decision, 'cause' | 'outcome' | 'slot' | 'stream'>>;

const NO_TIME: Evidence = { kind: 'none', reason: 'the event came too late to look' };

/** `reservation` is the worker the lane has, or still waits for. */
export function dispatch(
  invocation: Invocation,
  reservation: Promise<Acquired>,
  options: DispatchOptions,
): Promise<Decision> {
  const { api, pool, drain, telemetry } = options;
  const { clock } = options.watchdog;
  const { requestId } = invocation;
  // Before its memory is handed on.
  const eventBytes = invocation.event.byteLength;
  const arrivedAtMs = clock.nowMonotonicMs();
  return new Promise((resolve, reject) => {
    let slot: Slot | undefined;
    let isRunning = false;
    let stream: ResponseStream | undefined;
    const arbiter = new Arbiter<Cause, Verdict>(
      (cause, verdict) => {
        watching.cancel();
        stopListening();
        const deadlineEpochMs = watching.deadline?.epochMs;
        const roundTripMs = clock.nowMonotonicMs() - arrivedAtMs;
        const facts = { slot, stream, roundTripMs, deadlineEpochMs, eventBytes, arrivedAtMs };
        resolve(toDecision(cause, verdict, facts));
      },
      (cause) => telemetry.lateCause(invocation, cause),
    );
    const openStream: OpenStream = (head) => {
      if (!arbiter.isDecided) stream = api.openStream(invocation, head);
      return stream;
    };
    const look = async (deadline: Deadline): Promise<EvidenceReport> => {
      if (slot === undefined || !isRunning) {
        return toReport(unstartedEvidence(watching.isOverdue, pool.startProblem));
      }
      if (!leavesTimeToLook(deadline)) return toReport(NO_TIME);
      return slot.collectEvidence(evidenceBudgetMs(deadline, clock.nowEpochMs()));
    };
    const onFire = async (deadline: Deadline, watchdogLateMs: number): Promise<void> => {
      // The handler still runs while it is looked at: a result that comes now counts.
      const { evidence, profilePath } = await look(deadline);
      if (arbiter.isDecided) return;
      const outcome = timeoutOutcome(requestId, deadline.budgetMs, evidence);
      arbiter.settle('deadline', { outcome, watchdogLateMs, profilePath });
    };
    const watching = watch(invocation, options.watchdog, {
      onSoft: (deadline) => {
        if (isRunning && leavesTimeToLook(deadline)) slot?.prepareEvidence();
        // Between a timeout's answer and the next poll there is no time to load a logger.
        telemetry.warmUp();
      },
      onFire: (deadline, lateMs) => void onFire(deadline, lateMs).catch(reject),
    });
    const stopListening = drain.onExpired(() => {
      arbiter.settle('drain', { outcome: drainOutcome(requestId) });
    });

    const run = async (): Promise<void> => {
      const end = await runAttempts({
        invocation,
        pool,
        reservation,
        isDecided: () => arbiter.isDecided,
        mayRetry: () => options.retryNeighbours && stream === undefined,
        async run(found) {
          slot = found;
          isRunning = true;
          return await found.invoke(invocation, watching.deadline, openStream);
        },
        onLost() {
          isRunning = false;
          slot = undefined;
        },
      });
      if (end !== undefined) arbiter.settle(end.kind, end);
    };
    // An event that arrives after its deadline is answered by the watchdog, not run.
    if (watching.isOverdue) void reservation.then(giveBack);
    else run().catch(reject);
  });
}

type Facts = Pick<
  Decision,
  'slot' | 'stream' | 'roundTripMs' | 'deadlineEpochMs' | 'eventBytes' | 'arrivedAtMs'
>;

function toDecision(cause: Cause, verdict: Verdict, facts: Facts): Decision {
  const { slot, roundTripMs } = facts;
  return {
    cause,
    outcome: verdict.outcome,
    slot,
    stream: facts.stream,
    // A handler that did not come back has had all the time there was.
    handlerMs: verdict.handlerMs ?? (slot === undefined ? 0 : roundTripMs),
    roundTripMs,
    watchdogLateMs: verdict.watchdogLateMs,
    deadlineEpochMs: facts.deadlineEpochMs,
    profilePath: verdict.profilePath,
    eventBytes: facts.eventBytes,
    arrivedAtMs: facts.arrivedAtMs,
    measured: verdict.measured,
    worker: verdict.worker,
  };
}

function toReport(evidence: Evidence): EvidenceReport {
  return { evidence, profilePath: undefined };
}

function giveBack(acquired: Acquired): void {
  if (acquired.kind === 'slot') acquired.slot.release();
}
