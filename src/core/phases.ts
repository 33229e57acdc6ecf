// Where the time of an invocation goes, phase by phase, on one clock that all threads share.

/**
 * In their order. `wait`: the poll is parked, which is the platform's time. `receive`: from the
 * first byte of the event until it is an invocation. `dispatch`: the hop to the worker. `parse`:
 * JSON, the context. `handler`: the user's own. `stringify`: JSON, one turn of the loop. `return`:
 * the hop back. `respond`: until the answer is on the wire. `repoll`: until the next poll is.
 */
export const PHASES = [
  'wait',
  'receive',
  'dispatch',
  'parse',
  'handler',
  'stringify',
  'return',
  'respond',
  'repoll',
] as const;
export type Phase = (typeof PHASES)[number];

/** Microseconds; a phase whose beginning or end is not known is left out. */
export type PhaseTimes = Readonly<Partial<Record<Phase, number>>>;

/** Of an invocation in its thread: moments, ms on the clock that all threads share. */
export type ThreadTimes = {
  /** The task is there. */
  readonly begunAtMs: number;
  readonly calledAtMs: number;
  readonly returnedAtMs: number;
  /** The result is about to be sent. */
  readonly repliedAtMs: number;
};

/** What a thread has used for an invocation. */
export type ThreadUse = {
  /** Processor time, ms; undefined: this Node does not tell it of a thread. */
  readonly cpuMs: number | undefined;
  /** From 0 to 1: the part of the time in which the loop was not idle. */
  readonly loopUtilization: number;
  readonly heapBytesBefore: number;
  readonly heapBytesAfter: number;
};

export type Measured = { readonly times: ThreadTimes; readonly use: ThreadUse | undefined };

/** Moments of a cold start, ms on the clock that all threads share. */
export type StartTimes = {
  readonly processAtMs: number;
  /** The first line of the runtime runs. */
  readonly loadedAtMs: number;
  /** The first thread begins to start. */
  readonly launchedAtMs: number;
  /** All else is loaded. */
  readonly servingAtMs: number;
};

/** Moments of one invocation, ms; undefined: it has not come, or nobody has looked. */
export type InvocationTimes = {
  /** The poll that brought it is on the wire. */
  polledAtMs: number | undefined;
  firstByteAtMs: number | undefined;
  /** It is handed to a worker. */
  arrivedAtMs: number | undefined;
  thread: ThreadTimes | undefined;
  /** How it ends is known. */
  decidedAtMs: number | undefined;
  /** The answer is on the wire. */
  sentAtMs: number | undefined;
  /** The next poll is. */
  repolledAtMs: number | undefined;
};

/** Whoever has used up its time: what is the user's or the platform's is no overhead. */
export const OVERHEAD_PHASES: readonly Phase[] = PHASES.filter(
  (phase) => phase !== 'wait' && phase !== 'handler',
);

/** They tell the lines of a report from all others: one for each invocation, one for the start. */
export const REPORT_TYPE = 'bulkhead.report';
export const START_TYPE = 'bulkhead.start';

/** @param handlerMs counts where the thread has told no times; 0: no handler has run. */
export function toPhases(times: InvocationTimes, handlerMs: number): PhaseTimes {
  const { polledAtMs, firstByteAtMs, arrivedAtMs, thread, decidedAtMs } = times;
  const { sentAtMs, repolledAtMs } = times;
  // A handler that was never called has no time of its own.
  const { begunAtMs, calledAtMs, returnedAtMs, repliedAtMs } = thread ?? {};
  const moments = [
    polledAtMs,
    firstByteAtMs,
    arrivedAtMs,
    begunAtMs,
    calledAtMs,
    returnedAtMs,
    repliedAtMs,
    decidedAtMs,
    sentAtMs,
    repolledAtMs,
  ];
  const phases: Partial<Record<Phase, number>> = {};
  PHASES.forEach((phase, index) => {
    const [from, to] = [moments[index], moments[index + 1]];
    // User code shares the thread that tells its times.
    if (from !== undefined && to !== undefined) phases[phase] = Math.max(0, (to - from) * 1000);
  });
  if (thread === undefined && handlerMs > 0) phases.handler = handlerMs * 1000;
  return phases;
}
