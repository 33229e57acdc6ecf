// Runs the user's handler on the thread it is on: bytes in, bytes out, nothing thrown.
import type { AbortCause } from '../src/core/bulkhead-context.ts';
import { HOOK_ERROR_TYPES, toHookError } from '../src/core/snapshot-hooks.ts';
import type {
  HandlerResult,
  HookMoment,
  InvokeTask,
  PendingResource,
  WorkerSetup,
} from '../src/core/thread-protocol.ts';
import { toFailure } from './failure.ts';
import type { InvocationGlobals } from './globals/invocation-globals.ts';
import type { SnapshotHooks } from './globals/snapshot-hooks.ts';
import { type Completed, HandlerCall } from './handler-call.ts';
import { buildContext, setTraceId } from './handler-context.ts';
import { parseEvent, toBody } from './handler-json.ts';
import { InvocationSignal } from './invocation-signal.ts';
import type { Leftovers } from './leftovers.ts';
import { type LoadedHandler, loadHandler } from './loading/handler-loader.ts';
import { nameUnsettledModule } from './loading/name-unsettled-module.ts';
import type { LogContext } from './logs/console-capture.ts';
import type { ThreadOutput } from './logs/thread-output.ts';
import { type Ending, failInVain, type RunUserCode } from './nothing-pending.ts';
import { Roster } from './roster.ts';
import type { SnapStart } from './snapstart/snap-start.ts';
import type { HeldPort } from './streaming/stream-port.ts';
import type { StreamingCall } from './streaming/streaming-call.ts';
import type { Streams } from './streaming/streams.ts';
import { nowMs } from './thread-clock.ts';
import { memoryUse, readThreadId } from './thread-facts.ts';
import { ThreadMeter } from './thread-meter.ts';

// Taken before user code can replace them.
const { Promise: NodePromise, setImmediate } = globalThis;
const BOOTED_AT_MS = nowMs();
/** A callback of its own costs half of what `timers/promises` does. */
const turn = (resolve: () => void): void => void setImmediate(resolve);
const nextTurn = (): Promise<void> => new NodePromise(turn);

export type RunnerOptions = {
  readonly setup: WorkerSetup;
  /** The environment as it is at that moment: user code may replace it. */
  readonly env: () => NodeJS.ProcessEnv;
  readonly output: ThreadOutput;
  readonly globals: InvocationGlobals;
  readonly hooks: Pick<SnapshotHooks, 'of'>;
  /** What user code is run by: it notices when nothing is pending any more. */
  readonly runUserCode: RunUserCode;
  readonly streamPort: HeldPort;
  /** Undefined: the thread has other work than the handler's, which would be taken for its own. */
  readonly leftovers: Pick<Leftovers, 'begin' | 'end'> | undefined;
};

export class HandlerRunner {
  readonly #options: RunnerOptions;
  #handler: LoadedHandler | undefined;
  /** Of a handler that streams. */
  #streams: Streams | undefined;
  /** Of the invocations in flight. */
  readonly #signals: Roster<InvocationSignal> = new Roster();
  #stopCause: AbortCause | undefined;
  #snapStart: SnapStart | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Loads the handler. Never rejects. */
  async init(): Promise<HandlerResult> {
    const { snapshotPhase } = this.#options.setup;
    try {
      if (snapshotPhase !== undefined) {
        const { SnapStart } = await import('./snapstart/snap-start.ts');
        const isRestored = snapshotPhase === 'restored';
        this.#snapStart = new SnapStart({ ...this.#options, isRestored });
      }
      const handler = await this.#loaded();
      if (handler.isStreaming) {
        const { Streams } = await import('./streaming/streams.ts');
        this.#streams = new Streams(this.#options.streamPort);
      }
      // One turn of the loop: a rejection that the module has left behind is the error of Init, not
      // the end of a worker that has been called ready.
      await nextTurn();
      this.#handler = handler;
    } catch (error) {
      return toFailure('Init Error', error, 0, this.#options.output);
    }
    // Who comes later does at once what the others have done.
    if (snapshotPhase === 'prepared') return this.runHooks('beforeSnapshot');
    if (snapshotPhase === 'restored') return this.runHooks('afterRestore');
    return this.#ready();
  }

  /** Runs what user code has registered for the moment. Never rejects. */
  async runHooks(moment: HookMoment): Promise<HandlerResult> {
    try {
      await this.#snapStart?.run(moment);
      return this.#ready();
    } catch (error) {
      const failure = toFailure('Snapshot Hook Error', error, 0, this.#options.output);
      const headerType = HOOK_ERROR_TYPES[moment];
      return { ...failure, error: toHookError(moment, failure.error), headerType };
    }
  }

  #ready(): HandlerResult {
    const isStreaming = this.#streams !== undefined;
    const bootedAtMs = this.#options.setup.isReported === true ? BOOTED_AT_MS : undefined;
    return { kind: 'ready', osThreadId: readThreadId(), isStreaming, bootedAtMs };
  }

  /** Awaits only: the module may have put its own methods on promises, which tell of each call. */
  async #loaded(): Promise<LoadedHandler> {
    const load = (ending: Ending<LoadedHandler>): void => void this.#load(ending);
    try {
      return await this.#options.runUserCode<LoadedHandler>(load, () => failInVain('module'));
    } catch (error) {
      return await nameUnsettledModule(error);
    }
  }

  async #load({ resolve, reject }: Ending<LoadedHandler>): Promise<void> {
    const { env, setup } = this.#options;
    const { taskRoots, typescript } = setup;
    try {
      // A preload may have put its own wrapper in the user's place, and then means it.
      const { _HANDLER, NODE_PATH: nodePath } = env();
      const handler = _HANDLER || setup.handler || '';
      resolve(await loadHandler({ handler, taskRoots, typescript, nodePath }));
    } catch (error) {
      reject(error);
    }
  }

  /** Runs one invocation. Never rejects. */
  invoke(task: InvokeTask): Promise<HandlerResult> {
    const { leftovers, output } = this.#options;
    leftovers?.begin();
    return output.runAs(task, this.#serve);
  }

  readonly #serve = async (task: InvokeTask, logContext: LogContext): Promise<HandlerResult> => {
    const { env, globals, leftovers, output, runUserCode, setup } = this.#options;
    const signal = new InvocationSignal(task);
    this.#signals.add(signal);
    // Its event was on the way when the environment was told to stop.
    if (this.#stopCause !== undefined) signal.abort(this.#stopCause);
    const meter = setup.isMeasured === true ? this.#newMeter() : undefined;
    let startedAtMs = 0;
    let isPrepared = false;
    let streaming: StreamingCall | undefined;
    let result: HandlerResult;
    try {
      if (!setup.multiConcurrent) setTraceId(env(), task.traceId);
      const event = parseEvent(task.event);
      const handler = this.#handler;
      if (handler === undefined) throw new Error('Cannot run an invocation: Init has not ended');
      const tell = (text: string): void => output.logWarning(logContext, text);
      streaming = this.#streams?.open({ handler, number: task.number, tell });
      const onAnswered = (): void => signal.release();
      // With several at once the loop runs empty when all of them are over.
      const waitsForEmptyLoop = !setup.multiConcurrent;
      const options = { tell, onAnswered, waitsForEmptyLoop };
      const call = streaming ?? new HandlerCall(handler, options);
      const context = buildContext(task, env(), { signal, call, waitsForEmptyLoop });
      const w3c = context.w3c();
      startedAtMs = nowMs();
      if (meter !== undefined) meter.calledAtMs = startedAtMs;
      isPrepared = true;
      const { value } = await runUserCode<Completed>((ending) => {
        globals.runFor(task, w3c, () => call.start(ending, event, context));
      }, call.whenEmpty);
      const returnedAtMs = nowMs();
      if (meter !== undefined) meter.returnedAtMs = returnedAtMs;
      const handlerMs = returnedAtMs - startedAtMs;
      result = { kind: 'success', body: toBody(value), handlerMs, ...memoryUse() };
    } catch (error) {
      // Nothing of the user's has run, and it is not the event's fault: an earlier invocation
      // has damaged what the runtime needs. The thread is given up.
      if (!isPrepared && !isDeliberate(error)) throw error;
      // One whose result has no JSON has returned already.
      if (meter?.returnedAtMs === 0 && isPrepared) meter.returnedAtMs = nowMs();
      result = toFailure('Invoke Error', error, startedAtMs, output);
    }
    if (streaming !== undefined) {
      result = { ...result, posts: await streaming.conclude() };
      this.#streams?.close(streaming);
    }
    this.#signals.remove(signal);
    signal.end();
    // One turn of the loop, as the reference client has it (row A4.1): a rejection that nobody
    // handled surfaces while the invocation that caused it can still be told.
    await nextTurn();
    leftovers?.end(logContext);
    return meter === undefined ? result : { ...result, measured: meter.finish() };
  };

  #newMeter(): ThreadMeter {
    const { isReported = false, multiConcurrent } = this.#options.setup;
    return new ThreadMeter({ isReported, isShared: multiConcurrent });
  }

  /** Aborts `context.signal` of what is in flight, and of what may still come. */
  abortSignals(cause: AbortCause): void {
    this.#stopCause = cause;
    this.#signals.each((signal) => signal.abort(cause));
  }

  /** Who keeps a handler waiting by reading its response slowly: one entry for all of them. */
  get awaitedReaders(): readonly PendingResource[] {
    return this.#streams?.awaitedReaders ?? [];
  }
}

/** The runtime's own verdict on an event or a header (rows A4.9 and A3.6). */
function isDeliberate(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('Runtime.');
}
