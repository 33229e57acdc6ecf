// One loop: worker ready -> next -> dispatch -> respond. The whole natural way in one screen.
import type { Invocation } from '../core/invocation.ts';
import { REPOLL_GUARD_MS } from '../core/limits.ts';
import type {
  Acquired,
  Cancel,
  Clock,
  InitFailure,
  Receipt,
  ResponseStream,
  RuntimeApi,
} from '../core/ports.ts';
import type { DecisionMoment } from '../core/telemetry-port.ts';
import { type Decision, type DispatchOptions, dispatch } from './dispatch.ts';
import { Measure } from './measure.ts';

export type LaneOptions = DispatchOptions & {
  readonly api: RuntimeApi;
  readonly clock: Clock;
  readonly isMultiConcurrent: boolean;
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
  /** Of the invocation before, and of the one that the poll is for. */
  let [last, next] = [measureOf(options), measureOf(options)];
  const onPoll = (): void => {
    const nowMs = clock.nowMonotonicMs();
    if (next !== undefined) next.times.polledAtMs = nowMs;
    last?.followed(nowMs);
    options.onPoll();
  };
  while (!drain.hasBegun) {
    const reservation = await reserve(options, pollByEpochMs);
    if (reservation === 'drained') break;
    if (reservation.noWorker !== undefined) {
      await posted;
      last?.followed();
      return { kind: 'no_worker', ...reservation.noWorker };
    }
    const polledAtMs = clock.nowMonotonicMs();
    const invocation = await poll(options, posted, onPoll);
    if (invocation === undefined) break;

    const waitMs = clock.nowMonotonicMs() - polledAtMs;
    telemetry.invocationStarted(invocation);
    const decision = await dispatch(invocation, reservation.acquired, options);
    const moment = toMoment(invocation, decision, waitMs);
    [last, next] = [next, measureOf(options)];
    note(last, invocation, decision);
    const own = last;
    const sent = new Promise<void>((onSent) => {
      posted = respond(moment, decision, options, own, onSent);
    });
    // Whoever waits for it next sees it fail; until then it is nobody's unhandled rejection.
    posted.catch(() => {});
    if (decision.cause !== 'result') {
      // First the answer is on the wire, then the log has it, then comes the poll, after which the
      // platform may freeze the process. Of a result the worker has written what there is to say.
      await Promise.race([sent, posted]);
      telemetry.invocationDecided(moment);
    }
    handBack(decision);
    // Several events at once: an invocation is over with its answer (contract, section 3.2).
    pollByEpochMs = options.isMultiConcurrent ? undefined : pollBy(decision);
    // It is on a connection of its own: a poll could overtake its end (row A8.14).
    if (decision.stream !== undefined) await posted;
  }
  await posted;
  last?.followed();
  return { kind: 'drained' };
}

function measureOf({ telemetry }: LaneOptions): Measure | undefined {
  return telemetry.isMeasuring ? new Measure(telemetry) : undefined;
}

function note(measure: Measure | undefined, invocation: Invocation, decision: Decision): void {
  if (measure === undefined) return;
  const { times } = measure;
  times.firstByteAtMs = invocation.firstByteAtMs;
  times.arrivedAtMs = decision.arrivedAtMs;
  times.thread = decision.measured?.times;
  times.decidedAtMs = decision.arrivedAtMs + decision.roundTripMs;
}

/**
 * The platform counts an invocation as running until the next poll. After a timeout there is no
 * time left to wait for a worker; otherwise there is until shortly before the deadline.
 */
function pollBy({ cause, deadlineEpochMs }: Decision): number | undefined {
  if (deadlineEpochMs === undefined) return undefined;
  return cause === 'deadline' ? 0 : deadlineEpochMs - REPOLL_GUARD_MS;
}

function toMoment(key: Invocation, decision: Decision, waitMs: number): DecisionMoment {
  const { outcome, handlerMs, roundTripMs, slot, stream, watchdogLateMs, profilePath } = decision;
  const { eventBytes, measured, worker } = decision;
  return {
    key,
    slotId: slot?.id,
    outcome,
    waitMs,
    dispatchMs: Math.max(0, roundTripMs - handlerMs),
    handlerMs,
    watchdogLateMs,
    profilePath,
    streamedBytes: stream?.bytes,
    eventBytes,
    measured,
    worker,
  };
}

async function respond(
  moment: DecisionMoment,
  decision: Decision,
  options: LaneOptions,
  measure: Measure | undefined,
  onSent: () => void,
): Promise<void> {
  const { api, clock, telemetry } = options;
  const { stream } = decision;
  const startedAtMs = clock.nowMonotonicMs();
  const onWire = (): void => {
    if (measure !== undefined) measure.times.sentAtMs = clock.nowMonotonicMs();
    onSent();
  };
  const receipt =
    stream === undefined
      ? await api.respond(moment.key, moment.outcome, onWire)
      : await endStream(stream, decision, clock, onWire);
  const ended = { ...moment, receipt, respondMs: clock.nowMonotonicMs() - startedAtMs };
  telemetry.invocationEnded(ended);
  measure?.ended(ended);
}

/** The handler has begun the answer, and it ends as the invocation does. Who reads it may be slow,
 * and has time until the deadline; the platform gives no more either. */
async function endStream(
  stream: ResponseStream,
  { outcome, deadlineEpochMs }: Decision,
  clock: Clock,
  onSent: () => void,
): Promise<Receipt> {
  if (outcome.kind === 'success') stream.end();
  else stream.fail(outcome);
  onSent();
  if (deadlineEpochMs === undefined) return stream.ended;
  const cancel = clock.scheduleAt(deadlineEpochMs, () => stream.abort('the deadline is over'));
  try {
    return await stream.ended;
  } finally {
    cancel();
  }
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
      let cancel: Cancel | undefined;
      void acquired.then((one) => {
        stopListening();
        cancel?.();
        resolve(one);
      });
      if (pollByEpochMs === undefined) return;
      // At once means before anything that has been put off until this turn is over.
      if (pollByEpochMs <= clock.nowEpochMs()) queueMicrotask(() => resolve('due'));
      else cancel = clock.scheduleAt(pollByEpochMs, () => resolve('due'));
    });
    if (first === 'drained') return first;
    if (first === 'due' || first.kind === 'slot') return { acquired };
    const { finalReason: reason } = first;
    if (reason !== undefined) return { acquired, noWorker: { failure: first, reason } };
  }
}

/** The next event, or undefined when the environment is told to stop while the poll is parked. */
async function poll(
  options: LaneOptions,
  posted: Promise<void>,
  onPoll: () => void,
): Promise<Invocation | undefined> {
  const { api, drain } = options;
  if (drain.hasBegun) return undefined;
  // Nothing but the parked poll is given up: an answer on the same connection is delivered first.
  const closeAfterAnswer = (): void => void posted.then(() => api.close()).catch(() => {});
  const stopListening = drain.onLimited(closeAfterAnswer);
  try {
    const polled = api.next(onPoll);
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
