// The seam between the service and those who operate it: what there is to see of it, and when.
import type { ErrorPayload } from './error-payload.ts';
import type { InvocationKey } from './invocation.ts';
import type { Cause, Outcome } from './outcome.ts';
import type { InvocationTimes, Measured } from './phases.ts';
import type { Census, Receipt, WorkerAge, WorkerEndCause } from './ports.ts';

/** The moments operators see. Called synchronously, never throws. */
export interface Telemetry {
  initEnded(moment: InitMoment): void;
  invocationStarted(invocation: InvocationKey): void;
  /** How it ends is decided, and the answer is on its way; unless the handler has ended it, when
   * there is no time for a moment between answer and poll. */
  invocationDecided(moment: DecisionMoment): void;
  /** The platform has the answer. */
  invocationEnded(moment: InvocationMoment): void;
  /** Somebody wants to know where the time of each invocation goes. */
  readonly isMeasuring: boolean;
  /** All is known of it; only with `isMeasuring`. */
  invocationMeasured(moment: InvocationMoment, times: InvocationTimes): void;
  /** A cause that came after the invocation was decided. */
  lateCause(key: InvocationKey, cause: Cause): void;
  workerStarted(moment: WorkerStartMoment): void;
  workerEnded(moment: WorkerEndMoment): void;
  /** The platform's replies that are worth a line (refused answers, reconnects). */
  runtimeApi(moment: RuntimeApiMoment): void;
  /** Where to ask what there is of threads and invocations; before Init is over. */
  useCensus(take: () => Promise<Census>): void;
  /** A line will be due when time is short: what it takes is loaded now. */
  warmUp(): void;
  /** Something beside the service did not work, in words: the service goes on without it. */
  problem(detail: string): void;
  /** A process has died, and this one has answered in its place. */
  restarted(moment: RestartMoment): void;
  stopped(moment: StopMoment): void;
}

export type InitMoment = {
  readonly ok: boolean;
  readonly durationMs: number;
  readonly error?: ErrorPayload;
};
export type DecisionMoment = {
  readonly key: InvocationKey;
  readonly outcome: Outcome;
  /** Each phase in ms: poll parked, hop to the worker and back, handler. */
  readonly waitMs: number;
  readonly dispatchMs: number;
  readonly handlerMs: number;
  readonly slotId: number | undefined;
  /** How long after its due time the watchdog fired; undefined unless it did. */
  readonly watchdogLateMs: number | undefined;
  /** File of the CPU profile that was kept; undefined when there is none. */
  readonly profilePath: string | undefined;
  /** Bytes that had gone out before that; undefined: the answer was not begun. */
  readonly streamedBytes?: number | undefined;
  readonly eventBytes: number;
  /** Of the worker's own telling. */
  readonly measured?: Measured | undefined;
  readonly worker?: WorkerAge | undefined;
};
export type InvocationMoment = DecisionMoment & {
  readonly receipt: Receipt;
  /** The post of the answer, ms. */
  readonly respondMs: number;
};
export type WorkerStartMoment = {
  readonly slotId: number;
  readonly role: 'active' | 'standby';
  readonly ok: boolean;
  readonly durationMs: number;
  readonly error?: ErrorPayload;
  /** When its thread's own code began, and when it was ready, where that is reported. */
  readonly bootedAtMs?: number | undefined;
  readonly readyAtMs?: number | undefined;
};
export type WorkerEndMoment = {
  readonly slotId: number;
  readonly cause: WorkerEndCause;
  readonly invocations: number;
  /** The thread survived `terminate()`. */
  readonly stuck: boolean;
  /** Why, in words, where the cause alone does not say it. */
  readonly detail?: string;
};
export type RuntimeApiMoment = {
  readonly event: 'refused' | 'retry' | 'unreachable' | 'init_error_failed';
  readonly status?: number;
  readonly requestId?: string;
  readonly detail: string;
};
export type RestartMoment = {
  /** How the process before this one ended, in the platform's words. */
  readonly death: string;
  /** It ended on purpose and asked for this one. */
  readonly isWanted: boolean;
  readonly answered: readonly Recovered[];
  /** Invocations that may have been in flight and cannot be named. */
  readonly damagedCount: number;
};
/** An invocation of a dead process; `status`: the reply to its answer; undefined: none came. */
export type Recovered = { readonly key: InvocationKey; readonly status: number | undefined };
export type StopMoment = {
  readonly reason: string;
  readonly exitCode: number;
  readonly error?: ErrorPayload;
  /** The environment is sound, this process is not: whoever guards it may start another. */
  readonly wantsRestart?: boolean;
};
