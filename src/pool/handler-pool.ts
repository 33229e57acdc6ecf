// The supervised workers: how many there are, who waits for one, and what replaces a lost one.
import { fileURLToPath } from 'node:url';
import type {
  Acquired,
  Cancel,
  Clock,
  HandlerPool,
  InitFailure,
  InitResult,
  Slot,
  Telemetry,
  WorkerEndCause,
} from '../core/ports.ts';
import { RestartPolicy } from '../core/restart-policy.ts';
import type { WorkerSetup } from '../core/thread-protocol.ts';
import { LentSlot } from './lent-slot.ts';
import { startWithin, workerFailure } from './slot-start.ts';
import { WorkerSlot } from './worker-slot.ts';

export type HandlerPoolOptions = {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Workers that serve; one per lane. */
  readonly activeCount: number;
  readonly standbyCount: number;
  readonly heapLimitMb: number | undefined;
  /** URL of the thread's entry point. */
  readonly entry: URL;
  /** The setup for worker number `owner`, from 2 up. */
  readonly setup: (owner: number) => WorkerSetup;
  /** The thread is gone: what it held of the shared lock is free again. */
  readonly onThreadGone: (owner: number) => void;
};

type Waiter = (acquired: Acquired) => void;
type Role = 'active' | 'standby';

export class WorkerPool implements HandlerPool {
  readonly #options: HandlerPoolOptions;
  readonly #restarts = new RestartPolicy();
  readonly #slots = new Set<WorkerSlot>();
  /** Threads that have been told to end, until they have. */
  readonly #ending = new Map<WorkerSlot, () => void>();
  readonly #waiters: Waiter[] = [];
  #started: Promise<InitResult> | undefined;
  #targetCount: number;
  #nextId = 1;
  /** Before the next try; whether it is only about a standby. */
  #pause: { readonly cancel: Cancel; readonly isForStandby: boolean } | undefined;
  #isClosed = false;
  #stuckCount = 0;
  #finalFailure: InitFailure | undefined;

  constructor(options: HandlerPoolOptions) {
    this.#options = options;
    this.#targetCount = options.activeCount;
  }

  /** May be called early: the thread boots while other things are loaded. */
  start(): Promise<InitResult> {
    this.#started ??= this.#init();
    return this.#started;
  }

  async #init(): Promise<InitResult> {
    const slot = this.#spawn('active');
    if (!(slot instanceof WorkerSlot)) return slot;
    const result = await this.#launch(slot, undefined);
    if (result.kind === 'ready') this.#fill();
    return result;
  }

  tryAcquire(): Slot | undefined {
    // Whoever waits comes first.
    const slot = this.#waiters.length === 0 ? this.#readySlot() : undefined;
    return slot === undefined ? undefined : this.#lend(slot);
  }

  acquire(): Promise<Acquired> {
    return new Promise((resolve) => {
      if (this.#finalFailure !== undefined) resolve({ ...this.#finalFailure, isFinal: true });
      else {
        this.#waiters.push(resolve);
        this.#serveWaiters();
      }
    });
  }

  replenish(): void {
    if (this.#isClosed) return;
    this.#targetCount = this.#options.activeCount + this.#options.standbyCount;
    if (this.#slots.size < this.#targetCount) this.#fillSoon();
  }

  async close(): Promise<{ readonly stuck: number }> {
    this.#isClosed = true;
    this.#pause?.cancel();
    for (const slot of [...this.#slots]) slot.end('drain');
    await Promise.all(
      [...this.#ending.keys()].map(
        (slot) => new Promise<void>((resolve) => this.#ending.set(slot, resolve)),
      ),
    );
    return { stuck: this.#stuckCount };
  }

  /** A slot whose thread has begun to start, or why it could not. */
  #spawn(role: Role): WorkerSlot | InitFailure {
    const id = this.#nextId;
    this.#nextId += 1;
    const { clock, entry, heapLimitMb, setup } = this.#options;
    try {
      const slot = new WorkerSlot({
        id,
        role,
        clock,
        heapLimitMb,
        entry: fileURLToPath(entry),
        workerData: { bulkhead: setup(id + 1) },
        onLost: (lost, cause) => this.#onLost(lost, cause),
        onEnded: (ended, cause) => this.#onEnded(ended, cause),
      });
      this.#slots.add(slot);
      return slot;
    } catch (error) {
      // No thread to be had: too many of them, or of open files.
      return workerFailure(`Cannot start a worker thread: ${String(error)}`);
    }
  }

  /** Runs Init; with a limit in ms, a thread that takes longer is given up. */
  async #launch(slot: WorkerSlot, limitMs: number | undefined): Promise<InitResult> {
    const { clock, telemetry } = this.#options;
    const { id: slotId, role } = slot;
    const result = await (limitMs === undefined ? slot.start() : startWithin(slot, limitMs, clock));
    const durationMs = clock.nowMonotonicMs() - slot.startedAtMs;
    if (result.kind === 'ready') {
      this.#restarts.started(durationMs);
      telemetry.workerStarted({ slotId, role, durationMs, ok: true });
      this.#serveWaiters();
    } else if (!this.#isClosed) {
      telemetry.workerStarted({ slotId, role, durationMs, ok: false, error: result.error });
    }
    return result;
  }

  /** Starts what is missing. While a failed start is paused for, nothing else is started, unless
   * the pause is about a standby and there is nobody left to serve. */
  #fill(): void {
    if (this.#isClosed) return;
    if (this.#pause !== undefined) {
      if (!this.#pause.isForStandby || this.#slots.size > 0) return;
      this.#pause.cancel();
      this.#pause = undefined;
    }
    while (this.#slots.size < this.#targetCount && this.#pause === undefined) {
      const hasActive = [...this.#slots].some((slot) => slot.role === 'active');
      if (hasActive && this.#restarts.hasGivenUp) return;
      void this.#replace(hasActive ? 'standby' : 'active');
    }
  }

  async #replace(role: Role): Promise<void> {
    const slot = this.#spawn(role);
    const { startLimitMs } = this.#restarts;
    const result = slot instanceof WorkerSlot ? await this.#launch(slot, startLimitMs) : slot;
    if (result.kind === 'failure' && !this.#isClosed) this.#onStartFailed(result);
  }

  #onStartFailed(failure: InitFailure): void {
    const pauseMs = this.#restarts.failed();
    const isBare = this.#slots.size === 0;
    const isFinal = isBare && pauseMs === undefined;
    if (isFinal) this.#finalFailure = failure;
    const waiters = isBare ? this.#waiters.splice(0) : [];
    for (const waiter of waiters) waiter({ ...failure, isFinal });
    if (pauseMs !== undefined) this.#retryIn(pauseMs, !isBare);
  }

  #retryIn(pauseMs: number, isForStandby: boolean): void {
    if (this.#pause !== undefined) return;
    const { clock } = this.#options;
    const cancel = clock.scheduleAt(clock.nowEpochMs() + pauseMs, () => {
      this.#pause = undefined;
      this.#fill();
    });
    this.#pause = { cancel, isForStandby };
  }

  #serveWaiters(): void {
    while (this.#waiters.length > 0) {
      const slot = this.#readySlot();
      if (slot === undefined) return;
      this.#waiters.shift()?.({ kind: 'slot', slot: this.#lend(slot) });
    }
  }

  #readySlot(): WorkerSlot | undefined {
    let standby: WorkerSlot | undefined;
    for (const slot of this.#slots) {
      if (slot.state !== 'ready') continue;
      if (slot.role === 'active') return slot;
      standby ??= slot;
    }
    return standby;
  }

  #lend(slot: WorkerSlot): Slot {
    slot.role = 'active';
    slot.state = 'busy';
    return new LentSlot(slot, () => {
      if (slot.invocationCount > 0) this.#restarts.served();
      this.#serveWaiters();
    });
  }

  #onLost(slot: WorkerSlot, cause: WorkerEndCause): void {
    this.#slots.delete(slot);
    this.#ending.set(slot, () => {});
    // A worker that failed to start is #replace's business.
    if (!slot.wasReady || this.#isClosed) return;
    if (cause === 'idle_crash' && slot.invocationCount === 0) {
      this.#onStartFailed(workerFailure('The worker died before its first invocation'));
    } else if (cause !== 'timeout' && this.#readySlot() === undefined) {
      // With a standby, and after a timeout, the next poll goes out first.
      this.#fillSoon();
    }
  }

  /** Starting a thread takes this one several ms: first whatever it has to send goes out. */
  #fillSoon(): void {
    const { clock } = this.#options;
    clock.scheduleAt(clock.nowEpochMs(), () => this.#fill());
  }

  #onEnded(slot: WorkerSlot, cause: WorkerEndCause): void {
    const stuck = slot.state === 'stuck';
    const done = this.#ending.get(slot);
    const wasStuck = !this.#ending.delete(slot);
    done?.();
    if (stuck) this.#stuckCount += 1;
    else if (wasStuck) this.#stuckCount -= 1;
    if (!stuck) this.#options.onThreadGone(slot.id + 1);
    if (wasStuck) return;
    const { id: slotId, invocationCount: invocations } = slot;
    this.#options.telemetry.workerEnded({ slotId, cause, invocations, stuck });
  }
}
