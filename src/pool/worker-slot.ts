// One supervised worker: starting -> ready -> busy -> ready ... -> retiring -> gone, or stuck.
// It runs one thread, is thrown away whole (docs/adr/0001-one-thread-per-slot.md), and says what
// the thread's results and its death mean.
import { type Death, SILENT_DEATH, toCrash } from '../core/crash.ts';
import type { Deadline } from '../core/deadline.ts';
import { assert } from '../core/errors.ts';
import { type HeldMemory, NOTHING_HELD, withResult } from '../core/held-memory.ts';
import type { Invocation } from '../core/invocation.ts';
import { RETIRE_MS_MAX, TERMINATE_CALLS, TERMINATE_MS_MAX } from '../core/limits.ts';
import type { ErrorOutcome } from '../core/outcome.ts';
import type { Cancel, InitResult, OpenStream, SlotResult, WorkerEndCause } from '../core/ports.ts';
import type { HandlerResult, RelayedSignal } from '../core/thread-protocol.ts';
import { ChildWindow } from './child-window.ts';
import { toSlotResult, toTask } from './handler-exchange.ts';
import { afterRunning } from './running-time.ts';
import { messageOf, toInitFailure, traceOf, workerFailure } from './slot-start.ts';
import { SlotThread } from './slot-thread.ts';
import type { Role, SlotState, WorkerSlotOptions } from './worker-slot-options.ts';

/** The task that the thread has, and how to end the wait for it. */
type PendingTask = { readonly onOutcome: (outcome: ErrorOutcome) => void };

type TaskEnd = HandlerResult | { readonly kind: 'ended'; readonly outcome: ErrorOutcome };

export class WorkerSlot {
  readonly id: number;
  role: Role;
  startedAtMs: number;
  invocationCount = 0;
  state: SlotState = 'starting';
  wasReady = false;
  /** The one tenant it serves; undefined while it has served nobody. */
  tenant: string | undefined;
  /** Why it is to be replaced once its replacement is ready; undefined: it is not. */
  dueReason: string | undefined;
  /** Invocations in a row that have left more in its heap than is wanted. */
  heapStreak = 0;
  readonly children: ChildWindow;
  /** What its results have said of its memory. */
  held: HeldMemory = NOTHING_HELD;
  readonly listensFor: Set<RelayedSignal> = new Set();
  /** Its listeners have been told by a signal that the service ends: they may finish. */
  isToldToEnd = false;
  /** Number of the thread in the operating system, once it is ready. */
  osThreadId: number | undefined;
  /** Why it takes no more work. */
  endCause: WorkerEndCause | undefined;
  endDetail: string | undefined;

  readonly thread: SlotThread;
  readonly #options: WorkerSlotOptions;
  #requestId: string | undefined;
  #pending: PendingTask | undefined;
  #cancelTimer: Cancel = () => {};

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
    this.id = options.id;
    this.role = options.role;
    this.startedAtMs = options.clock.nowMonotonicMs();
    this.children = new ChildWindow(options.clock);
    const { entry, workerData, heapLimitMb, onTerminate } = options;
    this.thread = new SlotThread({
      entry,
      workerData,
      heapLimitMb,
      onDeath: (error, exitCode) => this.#onDeath(error, exitCode),
      onListening: (reply) => options.onListening(this, reply),
      onTerminate,
      onExit: () => this.#onExit(),
      onDefect: (error) => this.#onDefect(error, this.#pending),
    });
  }

  /** Runs Init in the thread. Never rejects. */
  async start(): Promise<InitResult> {
    const end = await this.#run(this.thread.init());
    if (end.kind === 'ended') return toInitFailure(end.outcome);
    if (end.kind === 'failure') {
      this.end('init');
      return toInitFailure(end);
    }
    // Here the death behind a result counts: there is no worker to be had any more.
    if (this.endCause !== undefined) return workerFailure('The worker died as it became ready');
    if (end.kind === 'ready') this.osThreadId = end.osThreadId;
    this.state = 'ready';
    this.wasReady = true;
    return { kind: 'ready' };
  }

  /** Runs one invocation. Never rejects. */
  async invoke(
    invocation: Invocation,
    deadline: Deadline | undefined,
    openStream: OpenStream,
  ): Promise<SlotResult> {
    assert(this.state === 'busy', `slot ${this.id} is lent, not ${this.state}`);
    this.invocationCount += 1;
    this.#requestId = invocation.requestId;
    this.thread.stream.begin(this.invocationCount, openStream);
    const task = toTask(invocation, deadline, this.invocationCount);
    const end = await this.#run(this.thread.invoke(task));
    if (end.kind === 'ended') return { kind: 'crash', outcome: end.outcome, handlerMs: 0 };
    if ('heapBytes' in end) this.held = withResult(this.held, end);
    return toSlotResult(end);
  }

  /** A handler is running in it. */
  get isRunning(): boolean {
    return this.state === 'busy' && this.#pending !== undefined;
  }

  /** Ends the thread without waiting; its pending task stays pending. */
  end(cause: WorkerEndCause, detail?: string): void {
    if (this.state === 'retiring') this.#terminate();
    if (this.endCause !== undefined) return;
    this.#pending = undefined;
    this.#lose(cause, detail);
    this.#terminate();
  }

  /** Ends the thread under its invocation, which is answered with `outcome`. */
  fail(cause: WorkerEndCause, outcome: ErrorOutcome): void {
    const pending = this.#pending;
    this.end(cause);
    pending?.onOutcome(outcome);
  }

  /** Asks a thread that runs no handler to leave, so that its exit listeners run; ends it when it
   * does not. Who was told of the end by a signal leaves when nothing is pending any more. */
  retire(detail: string | undefined, cause: WorkerEndCause = 'recycle'): void {
    assert(!this.isRunning, `slot ${this.id} runs no handler`);
    this.#pending = undefined;
    this.#lose(cause, detail);
    this.state = 'retiring';
    this.thread.tell({ kind: this.isToldToEnd ? 'windDown' : 'retire' });
    this.#after(RETIRE_MS_MAX, () => this.#terminate());
  }

  #run(task: Promise<unknown>): Promise<TaskEnd> {
    return new Promise((resolve) => {
      const pending: PendingTask = { onOutcome: (outcome) => resolve({ kind: 'ended', outcome }) };
      this.#pending = pending;
      const settle = (result: unknown): void => {
        if (this.#pending !== pending) return;
        this.#pending = undefined;
        try {
          resolve(this.thread.readResult(result, this.invocationCount));
        } catch (error) {
          this.#onDefect(error, pending);
        }
      };
      task.then(settle, (error) => {
        if (this.#pending === pending) this.#onDefect(error, pending);
      });
    });
  }

  /** The thread's own code failed, or what it sent cannot be used: user code has damaged what the
   * runtime relies on in there. The thread is not trusted any further. */
  #onDefect(error: unknown, pending: PendingTask | undefined): void {
    if (pending === undefined) {
      this.end('idle_crash', messageOf(error));
      return;
    }
    const outcome = this.#crash({ errorMessage: messageOf(error) });
    this.end(this.state === 'starting' ? 'init' : 'crash');
    pending.onOutcome(outcome);
  }

  /** `error` comes first and carries the reason; `exit` alone means that the thread left. */
  #onDeath(error: unknown, exitCode: number | undefined): void {
    if (this.endCause !== undefined) return;
    const { code } = (error ?? {}) as { code?: unknown };
    const outcome = this.#crash({
      lastWords: this.thread.readLastWords(),
      errorCode: typeof code === 'string' ? code : undefined,
      errorMessage: error === undefined ? undefined : messageOf(error),
      errorTrace: traceOf(error),
      exitCode,
    });
    const pending = this.#pending;
    // A listener for the signal that ends the service may well end its process.
    const idleCause = this.isToldToEnd ? 'drain' : 'idle_crash';
    this.#lose(
      this.state === 'starting' ? 'init' : pending === undefined ? idleCause : 'crash',
      outcome.error.errorMessage,
    );
    // What the thread had sent before may not have been read yet: a result counts before a death.
    setImmediate(() => {
      this.thread.terminate();
      if (pending === undefined || this.#pending !== pending) return;
      this.#pending = undefined;
      pending.onOutcome(outcome);
    });
  }

  #crash(death: Partial<Death>): ErrorOutcome {
    const { heapLimitMb } = this.#options;
    const lastUse = this.held.recent.at(-1);
    return toCrash({ ...SILENT_DEATH, heapLimitMb, lastUse, ...death }, this.#requestId);
  }

  #lose(cause: WorkerEndCause, detail: string | undefined): void {
    this.endCause = cause;
    this.endDetail = detail;
    this.state = 'gone';
    // A thread that has died by itself is joined in no time; that is watched as well.
    this.#after(TERMINATE_MS_MAX, () => this.#ended('stuck'));
    this.#options.onLost(this);
  }

  #terminate(): void {
    this.state = 'gone';
    this.thread.terminate();
    this.#awaitExit(TERMINATE_CALLS);
  }

  /** The thread is told again while it stays: one that answers a question in the middle of its work
   * takes the first call for the end of that answer. */
  #awaitExit(calls: number): void {
    this.#after(TERMINATE_MS_MAX / TERMINATE_CALLS, () => {
      if (calls === 1) {
        this.#ended('stuck');
        return;
      }
      this.thread.terminateAgain();
      this.#awaitExit(calls - 1);
    });
  }

  /** One thing is waited for at a time: the exit, with an end to the patience. */
  #after(ms: number, run: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = afterRunning(this.#options.clock, ms, run);
  }

  #onExit(): void {
    this.#cancelTimer();
    // A thread that was asked to leave has left; after the verdict, which is a turn away.
    if (this.state === 'retiring') this.thread.terminate();
    setImmediate(() => this.#ended('gone'));
  }

  /** Told once, or twice: a stuck thread may end after all. */
  #ended(state: 'gone' | 'stuck'): void {
    this.state = state;
    this.#options.onEnded(this);
  }
}
