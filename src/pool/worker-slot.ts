// One supervised worker: starting -> ready -> busy -> ready ... -> retiring -> gone, or stuck.
// It runs one thread, is thrown away whole (docs/adr/0001-one-thread-per-slot.md), and says what
// the thread's results and its death mean.
import type { Death } from '../core/crash.ts';
import type { Deadline } from '../core/deadline.ts';
import { assert } from '../core/errors.ts';
import type { RawReply } from '../core/handler-result.ts';
import { type HeldMemory, NOTHING_HELD, withResult } from '../core/held-memory.ts';
import type { Invocation } from '../core/invocation.ts';
import { RETIRE_MS_MAX } from '../core/limits.ts';
import type { InitResult, OpenStream, SlotResult, WorkerEndCause } from '../core/ports.ts';
import { type HandlerResult, INIT_NUMBER, type RelayedSignal } from '../core/thread-protocol.ts';
import { ChildWindow } from './child-window.ts';
import { checkRun, strayReply, type TaskClaim, toSlotResult, toTask } from './handler-exchange.ts';
import { type AboutTask, PendingTasks } from './pending-tasks.ts';
import { deathOf, type OutcomeOf, outcomesOf } from './slot-death.ts';
import { messageOf, toInitFailure, workerFailure } from './slot-start.ts';
import { SlotThread } from './slot-thread.ts';
import { ThreadExit } from './thread-exit.ts';
import type { Role, SlotState, WorkerSlotOptions } from './worker-slot-options.ts';

const INIT: AboutTask = { number: INIT_NUMBER, requestId: undefined, isBegun: () => true };

export class WorkerSlot {
  readonly id: number;
  role: Role;
  startedAtMs: number;
  invocationCount = 0;
  /** It has begun one. */
  wasUsed = false;
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
  /** Where it claims what it is offered; undefined: it is offered nothing. */
  readonly claims: SharedArrayBuffer | undefined;
  readonly #options: WorkerSlotOptions;
  readonly tasks: PendingTasks<HandlerResult> = new PendingTasks();
  readonly #exit: ThreadExit;

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
    this.id = options.id;
    this.role = options.role;
    const { clock, setup } = options;
    this.claims = setup.claims;
    this.startedAtMs = clock.nowMonotonicMs();
    this.children = new ChildWindow(clock);
    this.#exit = new ThreadExit(clock, this, () => this.#ended('stuck'));
    this.thread = new SlotThread({
      ...options,
      onReply: (reply) => this.#onReply(reply),
      onDeath: (error, exitCode) => this.#onDeath(error, exitCode),
      onListening: (reply) => options.onListening(this, reply),
      onExit: () => this.#onExit(),
      onDefect: (error) => this.#onDefect(error),
    });
  }

  /** Runs Init in the thread. Never rejects. */
  async start(): Promise<InitResult> {
    const ended = this.tasks.add(INIT);
    this.thread.send({ kind: 'init' });
    const end = await ended;
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

  /** Runs one invocation, which is then number `invocationCount` of this thread; with a claim
   * the thread may not have begun it yet. Never rejects. */
  async invoke(
    invocation: Invocation,
    deadline: Deadline | undefined,
    openStream: OpenStream,
    claim?: TaskClaim,
  ): Promise<SlotResult> {
    assert(this.state === 'busy', `slot ${this.id} is lent, not ${this.state}`);
    this.invocationCount += 1;
    const number = this.invocationCount;
    const ageMs = this.#options.clock.nowMonotonicMs() - this.startedAtMs;
    this.thread.stream.begin(number, openStream);
    const task = toTask(invocation, deadline, number, claim);
    const isBegun = claim?.isBegun ?? (() => true);
    const about = { number, requestId: invocation.requestId, isBegun };
    const ended = this.tasks.add(about);
    // What may be withdrawn is kept for another thread.
    const isMoved = claim === undefined && typeof task.event !== 'string';
    this.thread.send(task, isMoved ? [invocation.event.buffer as ArrayBuffer] : []);
    const end = await ended;
    if (end.kind === 'ended') return { kind: 'crash', outcome: end.outcome };
    if ('heapBytes' in end) this.held = withResult(this.held, end);
    return toSlotResult(end, { ageMs, invocationCount: number });
  }

  /** A handler is running in it that somebody waits for. */
  get isRunning(): boolean {
    return this.state === 'busy' && this.tasks.awaitedCount > 0;
  }

  /** Its invocation of that number is decided, and the thread goes on for the others: its result
   * comes late, if ever, and nobody takes any more of its response. */
  abandon(number: number, reason: string): void {
    const task = this.tasks.find(number);
    if (task === undefined) return;
    task.isAbandoned = true;
    this.thread.stream.forget(number, reason);
  }

  /** The thread has not begun it and never will: its `invoke` stays pending. */
  forget(number: number): void {
    this.abandon(number, 'it was withdrawn');
    const task = this.tasks.find(number);
    if (task !== undefined) task.isWithdrawn = true;
  }

  /** Ends the thread without waiting; its pending tasks stay pending. */
  end(cause: WorkerEndCause, detail?: string): void {
    if (this.state === 'retiring') this.#terminate();
    if (this.endCause !== undefined) return;
    this.tasks.takeAll();
    this.#lose(cause, detail);
    this.#terminate();
  }

  /** Ends the thread under its invocations: each is answered with what `outcomeOf` says. */
  fail(cause: WorkerEndCause, outcomeOf: OutcomeOf): void {
    const tasks = this.tasks.takeAll();
    this.end(cause);
    for (const task of tasks) task.onOutcome(outcomeOf(task));
  }

  /** Asks a thread that runs no handler to leave, so that its exit listeners run; ends it when it
   * does not. Who was told of the end by a signal leaves when nothing is pending any more. */
  retire(detail: string | undefined, cause: WorkerEndCause = 'recycle'): void {
    assert(!this.isRunning, `slot ${this.id} runs no handler`);
    this.tasks.takeAll();
    this.#lose(cause, detail);
    this.state = 'retiring';
    this.thread.tell({ kind: this.isToldToEnd ? 'windDown' : 'retire' });
    this.#exit.afterRequest(RETIRE_MS_MAX, () => this.#terminate());
  }

  #onReply({ number, result, defect }: RawReply): void {
    const task = this.tasks.find(number);
    // Who has taken the tasks of a thread that is lost takes no result any more.
    if (task === undefined && this.endCause !== undefined) return;
    try {
      if (task === undefined) throw strayReply();
      if (defect !== undefined) throw new Error(defect);
      const read = this.thread.readResult(result, number);
      this.wasUsed ||= number !== INIT_NUMBER && read.kind !== 'withdrawn';
      this.tasks.settle(task, number === INIT_NUMBER ? read : checkRun(read, task));
    } catch (error) {
      this.#onDefect(error);
    }
  }

  /** The thread's own code failed, or what it sent cannot be used: user code has damaged what the
   * runtime relies on in there. The thread is not trusted any further. */
  #onDefect(error: unknown): void {
    if (this.tasks.isEmpty) {
      this.end('idle_crash', messageOf(error));
      return;
    }
    const outcomeOf = this.#outcomes({ errorMessage: messageOf(error) });
    this.fail(this.state === 'starting' ? 'init' : 'crash', outcomeOf);
  }

  /** `error` comes first and carries the reason; `exit` alone means that the thread left. */
  #onDeath(error: unknown, exitCode: number | undefined): void {
    if (this.endCause !== undefined) return;
    const death = deathOf(error, exitCode, this.thread.readLastWords());
    const outcomeOf = this.#outcomes(death);
    const { hasBegun } = this.tasks;
    this.wasUsed ||= hasBegun;
    const cause = this.state === 'starting' ? 'init' : hasBegun ? 'crash' : 'idle_crash';
    const { error: told } = outcomeOf(this.tasks.culprit(death.lastWords?.culprit));
    // A listener for the signal that ends the service may well end its process.
    this.#lose(this.isToldToEnd && cause === 'idle_crash' ? 'drain' : cause, told.errorMessage);
    // What the thread had sent before may not have been read yet: a result counts before a death.
    setImmediate(() => {
      this.thread.terminate();
      const hurt = this.tasks.takeAll();
      // All of them had their results: it died with nothing to do.
      if (hurt.length === 0 && this.endCause === 'crash') this.endCause = 'idle_crash';
      for (const task of hurt) task.onOutcome(outcomeOf(task));
    });
  }

  /** What each of the invocations in flight now is told of the death of their thread. */
  #outcomes(death: Partial<Death>): OutcomeOf {
    const { heapLimitMb } = this.#options;
    return outcomesOf(death, { heapLimitMb, held: this.held, tasks: this.tasks.all });
  }

  #lose(cause: WorkerEndCause, detail: string | undefined): void {
    this.endCause = cause;
    this.endDetail = detail;
    this.state = 'gone';
    this.#exit.afterDeath();
    this.#options.onLost(this);
  }

  #terminate(): void {
    this.state = 'gone';
    this.thread.terminate();
    this.#exit.afterTermination();
  }

  #onExit(): void {
    this.#exit.come();
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
