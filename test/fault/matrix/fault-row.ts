// One row of the fault matrix: what is done to the runtime, and what has to become of it.
import type { FaultRule } from '../../../src/emulator/emulator.ts';

export const GROUPS = [
  'never answers',
  'ends the thread or the process',
  'errors',
  'promises that cannot settle',
  'memory',
  'payload',
  'environment',
  'Runtime API',
  'time',
] as const;

export type Group = (typeof GROUPS)[number];

/** `during`: the fault is the handler's way through its event. `after`: it begins when the event
 * has been answered, and the next event comes once it has begun. `init`: it is part of Init. */
export type When = 'during' | 'after' | 'init';

export type FaultRow = {
  /** With `when` the row's own name; also the fixture, unless `fixture` says otherwise. */
  readonly name: string;
  readonly group: Group;
  readonly when: When;
  /** The fault in README's words. */
  readonly does: string;
  /** In README rows of one family that come out alike go by this name. */
  readonly family?: string;
  /** File of test/fixtures/faults; null: the handler is healthy, and something else is not. */
  readonly fixture?: string | null;
  /** Fields of the event beside the fault, or the whole event as bytes. */
  readonly event?: Readonly<Record<string, unknown>> | Uint8Array;
  /** What the Runtime API does wrong while the event is under way. */
  readonly api?: FaultRule;
  /** What is done to the process from outside. */
  readonly outside?: Outside;
  readonly setup?: Setup;
  /** The fault has begun when its child process runs. */
  readonly startsChild?: boolean;
  readonly expect: Expected;
  /** Right as well, where V8 or a race decides. */
  readonly orElse?: readonly Expected[];
};

/** `deadlineIsPast`: the event says so. `freeze…`: SIGSTOP, `ms` later SIGCONT, as a platform
 * freezes an environment between two events, or a host does in the middle of one. */
export type Outside =
  | { readonly kind: 'deadlineIsPast' }
  | { readonly kind: 'freezeBetween'; readonly ms: number }
  | { readonly kind: 'freezeDuring'; readonly ms: number };

export type Setup = {
  /** Default 512, which brings one standby. */
  readonly memoryMb?: number;
  /** Default 1000. */
  readonly timeoutMs?: number;
  /** How long the platform gives Init. */
  readonly initTimeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** How long it may take until all is in its place again, ms; default 5000. */
  readonly settleMs?: number;
  /** Under the guardian, as deployments start it. */
  readonly isGuarded?: boolean;
};

export type SeenError = {
  readonly type: string;
  /** `Lambda-Runtime-Function-Error-Type`; undefined for what the platform says itself. */
  readonly header?: string;
  readonly message: RegExp;
  /** Some line of the trace; undefined: nothing is expected of it. */
  readonly trace?: RegExp;
};

export type Expected = {
  /** What the caller of the faulty event gets: the handler's result, or an error. */
  readonly caller: 'result' | SeenError;
  /** Who says so. The watchdog answers before the deadline; the platform answers for a process
   * that is gone. */
  readonly by: 'handler' | 'runtime' | 'watchdog' | 'guardian' | 'platform';
  /** With `after`: what the event gets that comes next; a result unless said. */
  readonly follower?: SeenError;
  /** `same`: the fault is contained. `restarted`: the guardian starts a new process in the same
   * environment. `ends`: the process ends on purpose, and the platform starts a new environment. */
  readonly process: 'same' | 'restarted' | 'ends';
  /** With `after`: the fault is the end of its worker, and the next event comes after that. */
  readonly endsWorker?: boolean;
  /** With `init`: exit status of the process; undefined: the platform has to end it. */
  readonly exitStatus?: number;
  /** Longest time from the next event's arrival to its correct answer, ms. */
  readonly nextMsMax?: number;
  /** What may be left when all has settled; nothing is, unless said. */
  readonly left?: {
    readonly children?: number;
    readonly descriptors?: number;
    readonly rssMb?: number;
  };
};

export const DEFAULT_TIMEOUT_MS = 1000;
export const DEFAULT_MEMORY_MB = 512;

/** `time/busy-loop`: what a row is called on the command line and in results. */
export function rowId({ name, when }: Pick<FaultRow, 'name' | 'when'>): string {
  return `${name}/${when}`;
}
