// The supervised workers: how many there are, who waits for one, and what replaces a lost one.
import { fileURLToPath } from 'node:url';
import type {
  Acquired,
  Clock,
  HandlerPool,
  InitFailure,
  InitResult,
  Slot,
  Telemetry,
  WorkerEndCause,
} from '../core/ports.ts';
import { startBackoffMs } from '../core/restart-policy.ts';
import type { WorkerSetup } from '../core/thread-protocol.ts';
import { type SlotState, WorkerSlot } from './worker-slot.ts';

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

export class WorkerPool implements HandlerPool {
  readonly #options: HandlerPoolOptions;
  readonly #slots = new Set<WorkerSlot>();
  /** Threads that have been told to end, until they have. */
  readonly #ending = new Map<WorkerSlot, () => void>();
  readonly #waiters: Waiter[] = [];
  #targetCount: number;
  #nextId = 1;
  #failuresInARow = 0;
  #isRetrying = false;
  #isClosed = false;
  #stuckCount = 0;
  #finalFailure: InitFailure | undefined;
  #started: Promise<InitResult> | undefined;

  constructor(options: HandlerPoolOptions) {
    this.#options = options;
    this.#targetCount = options.activeCount;
  }

  /** May be called early, so that the thread boots while other things are loaded. */
  start(): Promise<InitResult> {
    this.#started ??= this.#init();
    return this.#started;
  }

  async #init(): Promise<InitResult> {
    const first = this.#spawn('active');
    const result = await this.#launch(first);
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
    for (const slot of [...this.#slots]) slot.end('drain');
    await Promise.all(
      [...this.#ending.keys()].map(
        (slot) => new Promise<void>((resolve) => this.#ending.set(slot, resolve)),
      ),
    );
    return { stuck: this.#stuckCount };
  }

  /** Number of slots in each state, for the gauges. */
  states(): ReadonlyMap<SlotState, number> {
    const counts = new Map<SlotState, number>();
    for (const slot of this.#slots) counts.set(slot.state, (counts.get(slot.state) ?? 0) + 1);
    counts.set('stuck', this.#stuckCount);
    return counts;
  }

  #spawn(role: 'active' | 'standby'): WorkerSlot {
    const id = this.#nextId;
    this.#nextId += 1;
    const { clock, entry, heapLimitMb, setup } = this.#options;
    const slot = new WorkerSlot({
      id,
      role,
      clock,
      heapLimitMb,
      entry: fileURLToPath(entry),
      workerData: { bulkhead: setup(id + 1) },
      onLost: (lost) => this.#onLost(lost),
      onEnded: (ended, cause) => this.#onEnded(ended, cause),
    });
    this.#slots.add(slot);
    return slot;
  }

  async #launch(slot: WorkerSlot): Promise<InitResult> {
    const { clock, telemetry } = this.#options;
    const result = await slot.start();
    const durationMs = clock.nowMonotonicMs() - slot.startedAtMs;
    const base = { slotId: slot.id, role: slot.role, durationMs };
    if (result.kind === 'ready') {
      this.#failuresInARow = 0;
      telemetry.workerStarted({ ...base, ok: true });
      this.#serveWaiters();
    } else if (!this.#isClosed) {
      telemetry.workerStarted({ ...base, ok: false, error: result.error });
    }
    return result;
  }

  /** Starts what is missing. One that fails is tried again after a pause, one at a time. */
  #fill(): void {
    while (!this.#isClosed && !this.#isRetrying && this.#slots.size < this.#targetCount) {
      const hasActive = [...this.#slots].some((slot) => slot.role === 'active');
      void this.#replace(this.#spawn(hasActive ? 'standby' : 'active'));
    }
  }

  async #replace(slot: WorkerSlot): Promise<void> {
    const result = await this.#launch(slot);
    if (result.kind === 'ready' || this.#isClosed) return;
    this.#failuresInARow += 1;
    const pauseMs = startBackoffMs(this.#failuresInARow);
    const isFinal = pauseMs === undefined && this.#slots.size === 0;
    if (isFinal) this.#finalFailure = result;
    if (isFinal || this.#slots.size === 0) this.#failWaiters({ ...result, isFinal });
    if (pauseMs === undefined) return;
    this.#isRetrying = true;
    this.#options.clock.scheduleAt(this.#options.clock.nowEpochMs() + pauseMs, () => {
      this.#isRetrying = false;
      this.#fill();
    });
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

  #failWaiters(failure: Acquired): void {
    for (const waiter of this.#waiters.splice(0)) waiter(failure);
  }

  #lend(slot: WorkerSlot): Slot {
    slot.role = 'active';
    slot.state = 'busy';
    return {
      id: slot.id,
      get isReady() {
        return slot.state === 'busy';
      },
      invoke: (invocation) => slot.invoke(invocation),
      release: () => {
        if (slot.state !== 'busy') return;
        slot.state = 'ready';
        this.#serveWaiters();
      },
      condemn: (cause) => slot.end(cause),
    };
  }

  #onLost(slot: WorkerSlot): void {
    this.#slots.delete(slot);
    this.#ending.set(slot, () => {});
    // A worker that failed to start is #replace's business.
    if (!slot.wasReady) return;
    // With a standby there is time until the next poll is out.
    if (this.#readySlot() === undefined) this.#fillSoon();
  }

  /** Starting a thread takes this one several ms: first whatever it has to send goes out. */
  #fillSoon(): void {
    const { clock } = this.#options;
    clock.scheduleAt(clock.nowEpochMs(), () => this.#fill());
  }

  #onEnded(slot: WorkerSlot, cause: WorkerEndCause): void {
    const done = this.#ending.get(slot);
    this.#ending.delete(slot);
    const stuck = slot.state === 'stuck';
    if (stuck) this.#stuckCount += 1;
    else this.#options.onThreadGone(slot.id + 1);
    const { invocationCount: invocations } = slot;
    this.#options.telemetry.workerEnded({ slotId: slot.id, cause, invocations, stuck });
    done?.();
  }
}
