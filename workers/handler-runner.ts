// Runs the user's handler on the thread it is on: bytes in, bytes out, nothing thrown.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { boundErrorPayload, toErrorPayload, UNREADABLE_ERROR } from '../src/core/error-payload.ts';
import { functionErrorType } from '../src/core/error-type.ts';
import { ERROR_BODY_BYTES_MAX, PAYLOAD_BYTES_MAX } from '../src/core/limits.ts';
import type { HandlerResult, InvokeTask, WorkerSetup } from '../src/core/thread-protocol.ts';
import { toXrayCause } from '../src/core/xray-cause.ts';
import { callHandler } from './handler-call.ts';
import { buildContext, setTraceId } from './handler-context.ts';
import { type LoadedHandler, loadHandler } from './handler-loader.ts';
import { withoutOwnFrames } from './own-frames.ts';

// Taken before user code can replace them.
const { performance, TextEncoder } = globalThis;
const workingFolder = process.cwd();

type Failure = Extract<HandlerResult, { kind: 'failure' }>;

/** For user code that has damaged what making a proper error takes. */
const UNTOLD: Failure = {
  kind: 'failure',
  error: UNREADABLE_ERROR,
  headerType: 'Function.Unknown',
  xrayCause: undefined,
  handlerMs: 0,
};

export type RunnerOptions = {
  readonly setup: WorkerSetup;
  /** The environment as it is at that moment: user code may replace it. */
  readonly env: () => NodeJS.ProcessEnv;
  /** Told before each invocation: the request that log lines belong to from now on. */
  readonly onInvocation: (task: InvokeTask) => void;
  /** Writes the runtime's own error line. */
  readonly logError: (label: string, error: unknown) => void;
};

export class HandlerRunner {
  readonly #options: RunnerOptions;
  #handler: LoadedHandler | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Loads the handler. Never rejects. */
  async init(): Promise<HandlerResult> {
    const { env, setup } = this.#options;
    try {
      // A preload may have put its own wrapper in the user's place; an explicit name still wins.
      const handler = setup.handler ?? env()['_HANDLER'] ?? '';
      this.#handler = await loadHandler({ handler, taskRoots: setup.taskRoots });
      return { kind: 'ready' };
    } catch (error) {
      return this.#failed('Init Error', error, 0);
    }
  }

  /** Runs one invocation. Never rejects. */
  async invoke(task: InvokeTask): Promise<HandlerResult> {
    let startedAtMs = 0;
    let result: HandlerResult;
    try {
      const { env, onInvocation, setup } = this.#options;
      onInvocation(task);
      if (!setup.multiConcurrent) setTraceId(env(), task.traceId);
      const event = parseEvent(task.event);
      const context = buildContext(task, env());
      const handler = this.#handler;
      if (handler === undefined) throw new Error('Cannot run an invocation: Init has not ended');
      startedAtMs = performance.now();
      const value = await callHandler(handler, event, context);
      const handlerMs = performance.now() - startedAtMs;
      result = { kind: 'success', body: toBody(value), handlerMs };
    } catch (error) {
      result = this.#failed('Invoke Error', error, startedAtMs);
    }
    // One turn of the loop, as the reference client has it (row A4.1): a rejection that nobody
    // handled surfaces while the invocation that caused it can still be told.
    await nextTurn();
    return result;
  }

  #failed(label: string, thrown: unknown, startedAtMs: number): Failure {
    try {
      this.#options.logError(label, thrown);
    } catch {
      // The answer matters more than its log line.
    }
    try {
      const { trace, ...told } = toErrorPayload(thrown);
      const whole = { ...told, trace: withoutOwnFrames(trace) };
      return {
        kind: 'failure',
        // Cut here: a body of many MB would keep the supervisor busy.
        error: boundErrorPayload(whole, ERROR_BODY_BYTES_MAX),
        headerType: functionErrorType(told.errorType),
        xrayCause: toXrayCause(thrown, workingFolder),
        handlerMs: startedAtMs === 0 ? 0 : performance.now() - startedAtMs,
      };
    } catch {
      return UNTOLD;
    }
  }
}

function parseEvent(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw named('Runtime.InvalidEvent', `Cannot parse the event as JSON: ${why}`, cause);
  }
}

/** Exact bytes of the reference client (row A4.2), in an ArrayBuffer of their own. */
function toBody(value: unknown): Uint8Array {
  let text: string | undefined;
  try {
    text = JSON.stringify(value === undefined ? null : value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw named('Runtime.JSONStringifyError', `Unable to stringify response body: ${why}`, cause);
  }
  // A function or a symbol has no JSON; like undefined it becomes null (row A4.4).
  const body = new TextEncoder().encode(text ?? 'null');
  if (body.byteLength > PAYLOAD_BYTES_MAX) {
    const message =
      `Response payload size (${body.byteLength} bytes) exceeded maximum allowed payload ` +
      `size (${PAYLOAD_BYTES_MAX} bytes).`;
    throw named('Function.ResponseSizeTooLarge', message, undefined);
  }
  return body;
}

function named(name: string, message: string, cause: unknown): Error {
  const error = new Error(message, cause === undefined ? {} : { cause });
  error.name = name;
  return error;
}
