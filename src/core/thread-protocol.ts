// The contract between the supervisor thread and a worker thread. Both sides import only this.
import type { ErrorPayload } from './error-payload.ts';

/** Everything a worker needs to know before it may load the handler. */
export type WorkerSetup = {
  /** Handler string from the command line; the environment's `_HANDLER` counts when undefined. */
  readonly handler: string | undefined;
  /** Absolute folders in which the handler is looked for, in this order. */
  readonly taskRoots: readonly string[];
  /** Several invocations share the environment: request context must not sit in `process.env`. */
  readonly multiConcurrent: boolean;
  readonly log: LogSetup;
};

export type LogSetup = {
  readonly format: 'TEXT' | 'JSON';
  readonly level: LogLevel;
  /** One int32: the lock that keeps whole lines of all threads apart (`src/output`). */
  readonly lock: SharedArrayBuffer;
  /** This thread's name in the lock; 1 is the supervisor, workers count up from 2. */
  readonly owner: number;
};

export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `lastWords` is one end of a private channel: see LastWords. */
export type InitTask = { readonly kind: 'init'; readonly lastWords: LastWordsPort };
export type LastWordsPort = { postMessage(words: LastWords): void };

export type InvokeTask = {
  readonly kind: 'invoke';
  readonly requestId: string;
  readonly deadlineEpochMs: number | undefined;
  readonly functionArn: string;
  readonly traceId: string | undefined;
  readonly clientContext: string | undefined;
  readonly cognitoIdentity: string | undefined;
  readonly tenantId: string | undefined;
  readonly event: Uint8Array;
};

export type WorkerTask = InitTask | InvokeTask;

/** What a task came to. A worker never throws through the pool: own properties would be lost. */
export type HandlerResult =
  | { readonly kind: 'ready' }
  | { readonly kind: 'success'; readonly body: Uint8Array; readonly handlerMs: number }
  | {
      readonly kind: 'failure';
      readonly error: ErrorPayload;
      /** Value of `Lambda-Runtime-Function-Error-Type`. */
      readonly headerType: string;
      /** Value of `Lambda-Runtime-Function-XRay-Error-Cause`, ASCII; undefined: not sent. */
      readonly xrayCause: string | undefined;
      readonly handlerMs: number;
    };

/** What a dying thread says of itself, on a private port, before its `error` or `exit` event. */
export type LastWords =
  | {
      /** `neverSettles`: nothing is pending any more, so the handler's promise cannot settle. */
      readonly kind: 'uncaughtException' | 'unhandledRejection' | 'neverSettles';
      readonly error: ErrorPayload;
    }
  | { readonly kind: 'exit'; readonly exitCode: number; readonly trace: readonly string[] };

/** `workerData` of every worker thread. */
export type WorkerData = { readonly bulkhead: WorkerSetup };
