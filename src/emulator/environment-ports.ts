// What the two modes of an environment have in common: standard, one invocation at a time, and
// Managed Instances, many. The Runtime API, the Invoke API and the emulator know them as this.
import type { EnvironmentLoad } from './environment-load.ts';
import type { RuntimeCall, StateName } from './environment-state.ts';
import type { Reply } from './http-reply.ts';
import type { Answer, Invocation } from './invocation.ts';
import type { RuntimeControl } from './runtime-control.ts';
import type { RuntimeExit } from './runtime-process.ts';
import type { Snapshot } from './snapshot.ts';

export type EnvironmentOptions = {
  readonly runtime: RuntimeControl;
  readonly memoryMb: number;
  readonly initMsMax: number;
  /** Time for a restore, ms; undefined: there is no snapshot. */
  readonly restoreMsMax: number | undefined;
  readonly writeLine: (line: string, requestId: string | undefined) => void;
};

/** The two ways to answer an invocation. */
export type AnswerKind = 'response' | 'error';

/** An answer of which only the head has come. */
export type AnswerHead = {
  readonly kind: AnswerKind;
  /** The one in the path. */
  readonly requestId: string;
  /** The invocation id that came back; undefined when none did, or when none is checked. */
  readonly echo: string | undefined;
};

export type BegunAnswer =
  | { readonly kind: 'taken'; readonly invocation: Invocation }
  | { readonly kind: 'refused'; readonly reply: Reply };

/** An environment as the endpoints of the Runtime API see it. */
export interface RuntimeSide {
  /** Undefined without SnapStart. */
  readonly snapshot: Snapshot | undefined;
  /** Changes when the environment starts anew; what began before is then void. */
  readonly resetCount: number;
  /** Largest body of `/error`, bytes. */
  readonly errorBytesMax: number;
  /** The reply to a call that is not legal now; undefined when it is. */
  refusalOf(call: RuntimeCall): Reply | undefined;
  /** Takes a legal `/next`: resolves to the invocation to hand out, or to undefined when the
   * environment was reset and the connection has to be dropped. */
  poll(): Promise<Invocation | undefined>;
  /** The runtime has begun an answer; its body is still to be read. */
  beginAnswer(head: AnswerHead): BegunAnswer;
  /** The answer was read to its end; a reply says why it does not count. */
  finishAnswer(invocation: Invocation, answer: Answer): Reply | undefined;
  /** The runtime's answer is of no use, the caller gets this one. */
  spoilAnswer(invocation: Invocation, answer: Answer): void;
  /** The body of an answer will not be read to its end. */
  loseAnswer(invocation: Invocation, kind: AnswerKind): void;
  /** `/init/error` or `/restore/error` arrived; its body is still to be read. */
  beginFailure(call: 'initError' | 'restoreError'): void;
  /** A legal `/init/error` or `/restore/error`. */
  failInit(body: Uint8Array, errorType: string): void;
}

/** The way in for invocations. */
export interface Intake {
  /** Invocations that wait or run. */
  readonly openCount: number;
  /** Takes an invocation, or returns what its caller is refused with. */
  submit(invocation: Invocation): Answer | undefined;
  /** Runs a job when nothing runs; what comes meanwhile waits. */
  between(job: () => Promise<void>): Promise<void>;
}

/** An environment as the emulator sees it. */
export interface ExecutionEnvironment extends RuntimeSide {
  readonly stateName: StateName;
  readonly load: EnvironmentLoad;
  /** Resolves when so many polls wait for an event; at once if they do already. */
  whenParked(count: number): Promise<void>;
  /** Starts the runtime and its Init ahead of the first invocation. */
  warmUp(): void;
  /** One line of the runtime's output; returns the id of the invocation that it belongs to. */
  recordLine(line: string): string | undefined;
  /** The managed process ended by itself. */
  runtimeExited(exit: RuntimeExit): void;
  /** Ends the runtime and starts a new one, for changed code; call it between invocations. */
  restart(): Promise<void>;
  /** Answers what is open and ends the runtime; with `drains` the other way round, so that what
   * the runtime still answers on its way out reaches the callers. */
  close(drains: boolean): Promise<void>;
}
