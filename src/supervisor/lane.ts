// One loop: worker ready -> next -> dispatch -> respond. The whole natural way in one screen.
import type { Invocation } from '../core/invocation.ts';
import { REPOLL_GUARD_MS } from '../core/limits.ts';
import type { Acquired, Clock, InitFailure, RuntimeApi } from '../core/ports.ts';
import { type Decision, type DispatchOptions, dispatch } from './dispatch.ts';

export type LaneOptions = DispatchOptions & {
  readonly api: RuntimeApi;
  readonly clock: Clock;
  /** Called each time a poll is on the wire. */
  readonly onPoll: () => void;
};

/** Why a lane ended; it throws RuntimeError when the Runtime API says that it is over. */
export type LaneEnd =
  | { readonly kind: 'drained' }
  | { readonly kind: 'no_worker'; readonly failure: InitFailure; readonly reason: string };

export async function runLane(options: LaneOptions): Promise<LaneEnd> {
  const { clock, drain, telemetry } = options;
  let pollByEpochMs: number | undefined;
  /** The answer that is on its way; it is in before the next event can be. */
  let posted: Promise<void> = Promise.resolve();
  while (!drain.hasBegun) {
    const reservation = await reserve(options, pollByEpochMs);
    if (reservation === 'drained') break;
    if (reservation.noWorker !== undefined) {
      await posted;
      return { kind: 'no_worker', ...reservation.noWorker };
    }
    const polledAtMs = clock.nowMonotonicMs();
    const invocation = await poll(options, posted);
    if (invocation === undefined) break;

    const waitMs = clock.nowMonotonicMs() - polledAtMs;
    telemetry.invocationStarted(invocation);
    const decision = await dispatch(invocation, reservation.acquired, options);
    posted = respond(invocation, decision, waitMs, options);
    // Whoever waits for it next sees it fail; until then it is nobody's unhandled rejection.
    posted.catch(() => {});
    handBack(decision);
    // What ends a worker is written to the log before the poll, after which the platform may
    // freeze the process. A result is followed by the poll at once: its lines are out already.
    if (decision.cause !== 'result') await posted;
    pollByEpochMs = pollBy(decision);
  }
  await posted;
  return { kind: 'drained' };
}

/**
 * The platform counts an invocation as running until the next poll. After a timeout there is no
 * time left to wait for a worker; otherwise there is until shortly before the deadline.
 */
function pollBy({ cause, deadlineEpochMs }: Decision): number | undefined {
  if (deadlineEpochMs === undefined) return undefined;
  return cause === 'deadline' ? 0 : deadlineEpochMs - REPOLL_GUARD_MS;
}

async function respond(
  invocation: Invocation,
  decision: Decision,
  waitMs: number,
  { api, clock, telemetry }: LaneOptions,
): Promise<void> {
  const { outcome, handlerMs, roundTripMs } = decision;
  const startedAtMs = clock.nowMonotonicMs();
  const receipt = await api.respond(invocation, outcome);
  telemetry.invocationEnded({
    key: invocation,
    outcome,
    receipt,
    waitMs,
    dispatchMs: Math.max(0, roundTripMs - handlerMs),
    handlerMs,
    respondMs: clock.nowMonotonicMs() - startedAtMs,
    slotId: decision.slot?.id,
    watchdogLateMs: decision.watchdogLateMs,
    profilePath: decision.profilePath,
  });
}

type Reservation = {
  readonly acquired: Promise<Acquired>;
  /** Set when there will be no worker any more. */
  readonly noWorker?: { readonly failure: InitFailure; readonly reason: string };
};

/**
 * A parked poll promises a ready worker. One exception: the platform counts an invocation as
 * running until the next poll, so a lane that lost its worker late polls before the last deadline
 * and lets the next event wait for the replacement (docs/adr/0005-poll-before-the-deadline.md).
 */
async function reserve(
  options: LaneOptions,
  pollByEpochMs: number | undefined,
): Promise<Reservation | 'drained'> {
  const { clock, drain, pool } = options;
  const slot = pool.tryAcquire();
  if (slot !== undefined) return { acquired: Promise.resolve({ kind: 'slot', slot }) };
  for (;;) {
    const acquired = pool.acquire();
    const first = await new Promise<Acquired | 'due' | 'drained'>((resolve) => {
      const stopListening = drain.onBegun(() => resolve('drained'));
      const cancel =
        pollByEpochMs === undefined
          ? undefined
          : clock.scheduleAt(pollByEpochMs, () => resolve('due'));
      void acquired.then((one) => {
        stopListening();
        cancel?.();
        resolve(one);
      });
    });
    if (first === 'drained') return first;
    if (first === 'due' || first.kind === 'slot') return { acquired };
    const { finalReason: reason } = first;
    if (reason !== undefined) return { acquired, noWorker: { failure: first, reason } };
  }
}

/** The next event, or undefined when the environment is told to stop while the poll is parked. */
async function poll(options: LaneOptions, posted: Promise<void>): Promise<Invocation | undefined> {
  const { api, drain } = options;
  if (drain.hasBegun) return undefined;
  // Nothing but the parked poll is given up: an answer on the same connection is delivered first.
  const closeAfterAnswer = (): void => void posted.then(() => api.close()).catch(() => {});
  const stopListening = drain.onLimited(closeAfterAnswer);
  try {
    const polled = api.next(options.onPoll);
    // Replies come in the order of the requests; an answer that ends the service ends the poll.
    const [, invocation] = await Promise.all([posted, polled]);
    return invocation;
  } catch (error) {
    if (drain.hasBegun) return undefined;
    throw error;
  } finally {
    stopListening();
  }
}

/** The answer is on its way: now the worker may be used again, or ended. */
function handBack({ cause, slot }: Decision): void {
  if (cause === 'result') slot?.release();
  if (cause === 'deadline') slot?.condemn('timeout');
  if (cause === 'drain') slot?.condemn('drain');
}
