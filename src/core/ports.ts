// The seams between decisions (supervisor/) and effects (the other rooms); one more is in
// telemetry-port.ts. The simulation in test/sim implements all of them on a virtual clock.
import type { Deadline } from './deadline.ts';
import type { ErrorPayload } from './error-payload.ts';
import type { EvidenceReport } from './evidence.ts';
import type { Invocation, InvocationKey } from './invocation.ts';
import type { ErrorOutcome, Outcome } from './outcome.ts';
import type { Measured } from './phases.ts';
import type { StopMoment } from './telemetry-port.ts';
import type { HookMoment, ReceivedSignal } from './thread-protocol.ts';

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
  /** Opens the answer of a handler that makes it piece by piece (contract, section 1.6). */
  openStream(key: InvocationKey, options: StreamOptions): ResponseStream;
  /** Posts the init error, at most once per process; never throws. */
  initError(error: ErrorPayload, headerType: string): Promise<void>;
  /** Drops the connection, a parked poll with it. Only when the process is about to end. */
  close(): Promise<void>;
}

export type StreamOptions = {
  /** Undefined: bytes of no particular type. */
  readonly contentType: string | undefined;
  /** Nobody takes any more of it, why in words; at most once, and only before its end. */
  readonly onClosed: (reason: string) => void;
};

/** An answer on its way. Nothing here throws, and what comes after its end is dropped. */
export interface ResponseStream {
  /** What it has been given. */
  readonly bytes: number;
  /** What the platform made of it; rejects as `respond` does. */
  readonly ended: Promise<Receipt>;
  /** `onTaken` runs when they are in the kernel's hands. */
  write(bytes: Uint8Array, onTaken: () => void): void;
  end(): void;
  /** Ends it as one that has failed: the platform finds the error behind the body. */
  fail(outcome: ErrorOutcome): void;
  /** Drops the connection; why in words. */
  abort(reason: string): void;
}

/** Undefined: its invocation is decided already, and there is no answer to be opened. */
export type OpenStream = (options: StreamOptions) => ResponseStream | undefined;

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

/** SnapStart: what is asked of the platform around the snapshot of an environment. */
export interface SnapshotApi {
  /** Says that the snapshot may be taken; resolves in an environment that was restored from it,
   * after whatever time. To be called once.
   * @throws RuntimeError when there will be no restore for this process. */
  untilRestored(): Promise<void>;
  /** Posts why the environment cannot serve although it was restored; never throws. */
  restoreError(error: ErrorPayload, headerType: string): Promise<void>;
  /** Drops the connection, a parked request with it. */
  close(): Promise<void>;
}

/** What stands between Init and the first poll. */
export interface SnapshotStep {
  /** Resolves when the lanes may poll, or with the reason why they never may. */
  pass(): Promise<StopMoment | undefined>;
  close(): Promise<void>;
}

/** Workers that take part in a snapshot. */
export interface SnapshotPool {
  /** Runs the hooks of that moment in every worker, none of which may be lent. Before the snapshot
   * all that there are to be are started first. Never rejects. */
  runHooks(moment: HookMoment): Promise<InitResult>;
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

/** What there is of threads and invocations at one moment. */
export type Census = {
  /** Polls that are parked, or about to be. */
  readonly parkedCount: number;
  readonly runningCount: number;
  /** Events so far that found no thread to go to. */
  readonly queuedCount: number;
  /** How many threads are in which state. */
  readonly states: ReadonlyMap<string, number>;
  readonly threads: readonly ThreadCensus[];
};

export type ThreadCensus = {
  readonly slotId: number;
  /** Invocations that it has. */
  readonly load: number;
  /** How long its loop took to answer, ms; of one that does not turn, how long it was waited. */
  readonly loopDelayMs: number;
};

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
  /** Runs one invocation. Resolves with the result, or with the crash that ended the thread; after
   * anything but a result the slot is nobody's any more.
   * `deadline` is what the handler is told of; undefined: it has none. `openStream` is called for
   * the first piece of a streamed answer, all of which is handed over before this resolves. */
  invoke(
    invocation: Invocation,
    deadline: Deadline | undefined,
    openStream: OpenStream,
  ): Promise<SlotResult>;
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

export type SlotResult =
  | {
      readonly kind: 'result';
      readonly outcome: Outcome;
      readonly handlerMs: number;
      /** Undefined: nobody has asked for it. */
      readonly measured?: Measured | undefined;
      readonly worker?: WorkerAge | undefined;
    }
  /** It has ended the thread: how long the handler itself has run, nobody has measured. */
  | { readonly kind: 'crash'; readonly outcome: Outcome }
  /** The thread was lost before it had begun: another one may run it. */
  | { readonly kind: 'unbegun' };

/** Of the worker that has run an invocation, as that began. */
export type WorkerAge = { readonly ageMs: number; readonly invocationCount: number };

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
  /** Milliseconds on a clock that never jumps and that all threads share, for durations. */
  nowMonotonicMs(): number;
  /** Runs once at or after that time, in ms of Unix time; never early. */
  scheduleAt(epochMs: number, run: () => void): Cancel;
}
export type Cancel = () => void;
