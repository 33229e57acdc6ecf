// The four seams between decisions (supervisor/) and effects (the other rooms). The simulation
// in test/sim implements all of them on a virtual clock.
import type { Deadline } from './deadline.ts';
import type { ErrorPayload } from './error-payload.ts';
import type { EvidenceReport } from './evidence.ts';
import type { Invocation, InvocationKey } from './invocation.ts';
import type { Cause, Outcome } from './outcome.ts';
import type { ReceivedSignal } from './thread-protocol.ts';

/** One lane's connection to the Runtime API. */
export interface RuntimeApi {
  /** Parks a poll; resolves with the next event. Never times out (contract, section 3.1).
   * `onSent` runs once the poll is on the wire.
   * @throws RuntimeError when the platform says that going on is pointless. */
  next(onSent: () => void): Promise<Invocation>;
  /** Posts the answer and resolves with what the platform made of it. `onSent` runs once it is on
   * the wire, also when it then has to be sent again.
   * @throws RuntimeError on 403, 500 and protocol confusion: the process has to end. */
  respond(key: InvocationKey, outcome: Outcome, onSent?: () => void): Promise<Receipt>;
  /** Posts the init error, at most once per process; never throws. */
  initError(error: ErrorPayload, headerType: string): Promise<void>;
  /** Drops the connection, a parked poll with it. Only when the process is about to end. */
  close(): Promise<void>;
}

/** What a process asks of the Runtime API in the place of one that has died before it. Both throw
 * when there is no reply. */
export interface RecoveryApi {
  /** Posts an answer and resolves with the status of the reply, whatever it is. */
  answer(key: InvocationKey, outcome: Outcome): Promise<number>;
  /** The platform's name for where it is (contract, section 3.1), or undefined when it does not
   * say: `Ready` waits for an event, with a poll that is parked. It is read from the refusal of an
   * init error, which changes nothing once there has been a poll; before, it would be taken. */
  askState(error: ErrorPayload, headerType: string): Promise<string | undefined>;
  close(): Promise<void>;
}

/** `refused`: the invocation is over for the platform (400, 410, 413); the loop goes on. */
export type Receipt = { readonly kind: 'accepted' | 'refused'; readonly status: number };

/** The supervised workers. Knows threads, not the Runtime API. */
export interface HandlerPool {
  /** Starts the first worker and runs Init; resolves when it can take an event, or cannot. */
  start(): Promise<InitResult>;
  /** A ready worker, which is then the caller's alone; undefined when there is none just now. */
  tryAcquire(): Slot | undefined;
  /** Waits for a ready worker, which is then the caller's alone. `failure`: the replacement that
   * was waited for could not start; `finalReason` when no other will be tried. With an invocation:
   * one that accepts it. */
  acquire(invocation?: Invocation): Promise<Acquired>;
  /** Why the last start failed, in a few words; undefined: it did not, or there was none. */
  readonly startProblem: string | undefined;
  /** Starts what is missing, standbys above all: called each time a poll is on the wire, when
   * nobody waits for this thread's attention. */
  replenish(): void;
  /** The environment is shutting down: handlers in flight are told (`context.signal`), and so are
   * the listeners for the signal that the process was told by. */
  announceShutdown(signal: ReceivedSignal | undefined): void;
  /** Nothing comes any more: workers that listen for the signal end by themselves when they are
   * done. Resolves when they have, or with the limit; at once when nobody listens. */
  windDown(limit: Promise<void>): Promise<void>;
  /** Ends every thread and says how many survived that. */
  close(): Promise<{ readonly stuck: number }>;
}

export type InitResult = { readonly kind: 'ready' } | InitFailure;
export type InitFailure = {
  readonly kind: 'failure';
  readonly error: ErrorPayload;
  readonly headerType: string;
};
export type Acquired =
  | { readonly kind: 'slot'; readonly slot: Slot }
  | (InitFailure & {
      /** Why there will be no worker any more, in words; undefined: another is tried. */
      readonly finalReason: string | undefined;
    });

/** One ready worker, lent to one invocation at a time. */
export interface Slot {
  readonly id: number;
  /** Still able to take an invocation; turns false when the thread dies between two of them. */
  readonly isReady: boolean;
  /** Whether this worker may run it: one that has served a tenant serves no other tenant, when
   * that is asked for. */
  accepts(invocation: Invocation): boolean;
  /** Runs one invocation. Resolves with the result, or with the crash that ended the thread.
   * `deadline` is what the handler is told of; undefined: it has none. */
  invoke(invocation: Invocation, deadline: Deadline | undefined): Promise<SlotResult>;
  /** The soft deadline is there: gets ready to say where the handler is, and looks once. */
  prepareEvidence(): void;
  /** Where the handler is now. Resolves within about `budgetMs`; never rejects. The thread must
   * still be alive: before `condemn`. */
  collectEvidence(budgetMs: number): Promise<EvidenceReport>;
  /** Gives a healthy slot back. */
  release(): void;
  /** Ends the thread without waiting for it and orders a replacement; the slot is never used
   * again. Its pending `invoke` stays pending. */
  condemn(cause: WorkerEndCause): void;
}

export type SlotResult = {
  readonly kind: 'result' | 'crash';
  readonly outcome: Outcome;
  readonly handlerMs: number;
};

/** `recycle`: retired after a replacement was ready, or because its one invocation or tenant is
 * over; `memory`: it used more than its share. */
export type WorkerEndCause =
  | 'timeout'
  | 'crash'
  | 'idle_crash'
  | 'init'
  | 'drain'
  | 'recycle'
  | 'memory';

/** All time comes from here. */
export interface Clock {
  nowEpochMs(): number;
  /** Milliseconds on a clock that never jumps, for durations. */
  nowMonotonicMs(): number;
  /** Runs once at or after that time, in ms of Unix time; never early. */
  scheduleAt(epochMs: number, run: () => void): Cancel;
}
export type Cancel = () => void;

/** The moments operators see. Called synchronously, never throws. */
export interface Telemetry {
  initEnded(moment: InitMoment): void;
  invocationStarted(invocation: InvocationKey): void;
  /** How it ends is decided, and the answer is on its way; unless the handler has ended it, when
   * there is no time for a moment between answer and poll. */
  invocationDecided(moment: DecisionMoment): void;
  /** The platform has the answer. */
  invocationEnded(moment: InvocationMoment): void;
  /** A cause that came after the invocation was decided. */
  lateCause(key: InvocationKey, cause: Cause): void;
  workerStarted(moment: WorkerStartMoment): void;
  workerEnded(moment: WorkerEndMoment): void;
  /** The platform's replies that are worth a line (refused answers, reconnects). */
  runtimeApi(moment: RuntimeApiMoment): void;
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
