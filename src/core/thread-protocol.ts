// The contract between the supervisor thread and a worker thread. Both sides import only this.
import type { CompileCache } from './compile-cache.ts';
import type { ErrorPayload } from './error-payload.ts';
import type { Payload } from './payload.ts';
import type { Measured } from './phases.ts';

/** Everything a worker needs to know before it may load the handler. */
export type WorkerSetup = {
  /** Handler string from the command line; counts when the environment has no `_HANDLER`. */
  readonly handler: string | undefined;
  /** Absolute folders in which the handler is looked for, in this order. */
  readonly taskRoots: readonly string[];
  /** The handler's file may be in TypeScript. */
  readonly typescript: boolean;
  /** What user code finds in `process.argv` behind the path of Node. */
  readonly argv: readonly string[];
  /** NODE_OPTIONS names modules to load first, and the process has been started without them. */
  readonly hasOwnPreloads: boolean;
  /** The thread takes several invocations at once: request context must not sit in `process.env`,
   * nor anywhere else that they share. */
  readonly multiConcurrent: boolean;
  /** Results say when what was done, and with `isReported` what it has used. */
  readonly isMeasured?: boolean;
  readonly isReported?: boolean;
  /** Compiled code that was shipped with the function; undefined: there is none to use. */
  readonly compileCache?: CompileCache | undefined;
  readonly log: LogSetup;
  /** Memory of a ClaimBoard, this thread's alone; undefined: what it is sent is its to run. */
  readonly claims?: SharedArrayBuffer | undefined;
  /** As this thread is started; undefined: there is no snapshot. */
  readonly snapshotPhase?: SnapshotPhase | undefined;
};

/**
 * Where an environment with SnapStart is. `awaited`: its workers start. `prepared`: their hooks
 * have run, the snapshot may be taken at any time. `restored`: it goes on from the snapshot.
 */
export type SnapshotPhase = 'awaited' | 'prepared' | 'restored';

/** When hooks of user code run. */
export type HookMoment = 'beforeSnapshot' | 'afterRestore';

export type LogSetup = {
  readonly format: 'TEXT' | 'JSON';
  readonly level: LogLevel;
  /** One int32: the lock that keeps whole lines of all threads apart (`src/output`). */
  readonly lock: SharedArrayBuffer;
  /** This thread's name in the lock; 1 is the supervisor, workers count up from 2. */
  readonly owner: number;
  /** Where the console's lines go; undefined: to stdout, as lines. */
  readonly target?: LogTarget | undefined;
  /** WRITE_GATE_BYTES of `src/output`, this thread's alone; undefined: it writes no frames. */
  readonly gate?: SharedArrayBuffer | undefined;
};

/** The descriptor that the platform has named for log lines; the same one for all threads. */
export type LogTarget = {
  readonly fd: number;
  /** Each line in a frame of the telemetry protocol (row A7.11); false: lines as on stdout. */
  readonly isFramed: boolean;
  /** FRAME_LOCK_BYTES of `src/output`, this descriptor's alone: it is not read with stdout. */
  readonly lock: SharedArrayBuffer;
};

export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Signals of the process that a worker which listens for them gets; Node hands them to the main
 * thread alone. The first two end the service. */
export const RELAYED_SIGNALS = [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR2',
  'SIGALRM',
  'SIGCONT',
  'SIGWINCH',
] as const;
export type RelayedSignal = (typeof RELAYED_SIGNALS)[number];

/** `number` is the system's; listeners get both. */
export type ReceivedSignal = { readonly name: RelayedSignal; readonly number: number };

/** Loads the handler; the first task. */
export type InitTask = { readonly kind: 'init' };
export type InvokeTask = {
  readonly kind: 'invoke';
  /** The thread's count of invocations, from 1 up; its response stream has the same number. */
  readonly number: number;
  /** Of the claim board: the invocation is only offered, and has to be taken first of all. */
  readonly cell?: number | undefined;
  readonly requestId: string;
  readonly deadlineEpochMs: number | undefined;
  /** When `context.signal` aborts; undefined: never for the sake of the deadline. */
  readonly softEpochMs: number | undefined;
  readonly functionArn: string;
  readonly traceId: string | undefined;
  readonly clientContext: string | undefined;
  readonly cognitoIdentity: string | undefined;
  readonly tenantId: string | undefined;
  readonly event: Payload;
};

/** Runs the hooks of that moment; answered as Init is. */
export type HooksTask = { readonly kind: 'hooks'; readonly moment: HookMoment };

export type WorkerTask = InitTask | InvokeTask | HooksTask;

/** Who a reply is for, where no invocation is. */
export const INIT_NUMBER = 0;
export const HOOKS_NUMBER = -1;

/** `defect`: the thread's own code failed, and this is what it says. */
export type TaskReply = { readonly number: number } & (
  | { readonly result: HandlerResult; readonly defect?: undefined }
  | { readonly result?: undefined; readonly defect: string }
);

/** What a task came to. */
export type HandlerResult =
  /** The thread's number in the operating system (Linux), where `/proc` tells it. */
  | {
      readonly kind: 'ready';
      readonly osThreadId: number | undefined;
      /** The handler streams its responses. */
      readonly isStreaming: boolean;
      /** When the thread's own code began, where that is reported. */
      readonly bootedAtMs?: number | undefined;
    }
  | (MemoryUse & {
      readonly kind: 'success';
      readonly body: Payload;
      readonly handlerMs: number;
      readonly posts?: Posts;
      readonly measured?: Measured | undefined;
    })
  | (MemoryUse & {
      readonly kind: 'failure';
      readonly error: ErrorPayload;
      /** Value of `Lambda-Runtime-Function-Error-Type`. */
      readonly headerType: string;
      /** Value of `Lambda-Runtime-Function-XRay-Error-Cause`, ASCII; undefined: not sent. */
      readonly xrayCause: string | undefined;
      readonly handlerMs: number;
      readonly posts?: Posts;
      readonly measured?: Measured | undefined;
    })
  /** It was offered and withdrawn again: nothing of it has begun. */
  | { readonly kind: 'withdrawn' };

/** How many messages the stream channel has had from this invocation: they come before its end. */
export type Posts = number | undefined;

/** The thread's own, bytes; JavaScript that is not collected yet is included. */
export type MemoryUse = {
  readonly heapBytes: number;
  /** Memory outside the heap that its objects hold: `ArrayBuffer`s above all. */
  readonly externalBytes: number;
};

/** What a dying thread says of itself, on a private port, before its `error` or `exit` event. */
export type LastWords = Culprit &
  (
    | {
        readonly kind: 'uncaughtException' | 'unhandledRejection';
        readonly error: ErrorPayload;
      }
    | { readonly kind: 'exit'; readonly exitCode: number; readonly trace: readonly string[] }
  );

/** Number of the invocation whose work it was; undefined: none's, or it is not known. Told by
 * threads that take several at once. */
type Culprit = { readonly culprit?: number | undefined };

/** From the supervisor to a worker, while its loop turns. */
export type ControlMessage =
  /** The environment is shutting down: `context.signal` of what is in flight aborts. */
  | { readonly kind: 'shutdown' }
  /** What is the thread waiting for? Answered with the same `ask`. `searchMs`: how long it may look
   * for the place where. */
  | { readonly kind: 'pending'; readonly ask: number; readonly searchMs?: number | undefined }
  /** Does the loop turn? Answered with the same `ask`, by `pong`. */
  | { readonly kind: 'ping'; readonly ask: number }
  /** The process has received it, and the thread has said that it listens for it. */
  | { readonly kind: 'signal'; readonly signal: ReceivedSignal }
  /** Nothing comes any more: the thread runs its exit listeners and ends. */
  | { readonly kind: 'retire' }
  /** Nothing comes any more: the thread ends by itself once nothing is pending in it. */
  | { readonly kind: 'windDown' };

/** From a worker to the supervisor. */
export type ControlReply =
  | {
      readonly kind: 'pending';
      readonly ask: number;
      readonly resources: readonly PendingResource[];
      /** Only how many of each type: the details are still to come. */
      readonly isEarly?: boolean;
    }
  | { readonly kind: 'pong'; readonly ask: number }
  | ListeningReply;

/** `listens`: user code has its first listener for the signal. `deaf`: the signal came and there
 * was none any more. */
export type ListeningReply = {
  readonly kind: 'listens' | 'deaf';
  readonly signal: RelayedSignal;
};

/** From a worker: a piece of a streamed response. The first one opens it; none is sent beyond the
 * credit, which is STREAM_WINDOW_BYTES at the beginning; each counts STREAM_MESSAGE_BYTES more than
 * it has. */
export type StreamMessage = {
  readonly stream: number;
  /** Counts in the first one; undefined: the default. */
  readonly contentType?: string | undefined;
  /** All of its ArrayBuffer; undefined: the end. */
  readonly bytes?: Uint8Array | undefined;
};

/** From the supervisor to a worker that streams. */
export type StreamReply =
  /** Pieces have left the process that counted so many bytes: as many more may be sent. */
  | { readonly kind: 'credit'; readonly stream: number; readonly bytes: number }
  /** Nobody takes any more of it. */
  | { readonly kind: 'closed'; readonly stream: number; readonly reason: string };

/** What keeps a thread waiting, by type as Node names it (`process.getActiveResourcesInfo`). */
export type PendingResource = {
  readonly type: string;
  readonly count: number;
  /** What can be told of each: an address, a file, a duration, where it was made. */
  readonly details: readonly string[];
};
