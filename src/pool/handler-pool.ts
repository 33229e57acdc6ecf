// The supervised workers as the supervisor sees them: who gets which, who waits, who is replaced.
import type { ErrorPayload } from '../core/error-payload.ts';
import { heldReason } from '../core/held-memory.ts';
import type { Invocation } from '../core/invocation.ts';
import {
  accepts,
  choose,
  type Demand,
  dispensable,
  missingCount,
  tenantOf,
} from '../core/placement.ts';
import type {
  Acquired,
  HandlerPool,
  InitFailure,
  InitResult,
  Slot,
  SnapshotPool,
} from '../core/ports.ts';
import { nextHeapStreak, recycleReason } from '../core/recycle-policy.ts';
import type { HookMoment, ReceivedSignal } from '../core/thread-protocol.ts';
import type { HandlerPoolOptions } from './handler-pool-options.ts';
import { LentSlot, type LoanOptions } from './lent-slot.ts';
import { MemoryWatch, toWatched } from './memory-watch.ts';
import { SignalRelay } from './signal-relay.ts';
import { Waiters } from './waiters.ts';
import { WorkerEndings } from './worker-endings.ts';
import type { WorkerSlot } from './worker-slot.ts';
import { WorkerSupply } from './worker-supply.ts';

export class WorkerPool implements HandlerPool, SnapshotPool {
  readonly #options: HandlerPoolOptions;
  readonly #supply: WorkerSupply;
  readonly #endings: WorkerEndings;
  readonly #memory: MemoryWatch;
  readonly #signals: SignalRelay;
  readonly #loan: LoanOptions;
  readonly #waiters: Waiters;
  #started: Promise<InitResult> | undefined;
  /** Before the first poll only the first worker counts. */
  #standbyCount = 0;
  #isClosed = false;
  #startProblem: string | undefined;
  #final: Acquired | undefined;

  constructor(options: HandlerPoolOptions) {
    const { clock, isolation, profileDir, telemetry } = options;
    this.#options = options;
    this.#waiters = new Waiters(clock);
    this.#endings = new WorkerEndings({ ...options, others: () => this.#supply.slots });
    this.#supply = new WorkerSupply({
      ...options,
      missing: (slots) => (this.#isOver ? 0 : missingCount(slots, this.#demand())),
      onListening: (slot, reply) => this.#signals.onReply(slot, reply),
      onReady: () => {
        this.#startProblem = undefined;
        this.#settle();
      },
      onFailure: (failure, finalReason) => this.#onFailure(failure, finalReason),
      onLost: (slot) => this.#endings.began(slot),
      onEnded: (slot) => this.#endings.ended(slot),
    });
    this.#signals = new SignalRelay({
      workers: () => this.#supply.slots,
      settled: () => this.#endings.settled(),
    });
    this.#memory = new MemoryWatch({
      ...options,
      limitBytes: options.memoryLimitBytes,
      busyWorkers: () => [...this.#supply.slots].filter((slot) => slot.isRunning).map(toWatched),
      onOverBudget: (id, error) => this.#endForMemory(id, error),
      endingCount: () => this.#endings.count,
      stuckCount: () => this.#endings.stuckCount,
    });
    this.#loan = {
      accepts: (slot, invocation) => accepts(isolation, slot, invocation),
      evidence: { clock, profileDir, onProblem: (detail) => telemetry.problem(detail) },
      onBegun: (slot, invocation) => this.#onBegun(slot, invocation),
      onOver: () => this.#memory.end(),
      onReleased: (slot) => this.#onReleased(slot),
    };
  }

  /** May be called early: the thread boots while other things are loaded. */
  start(): Promise<InitResult> {
    this.#started ??= this.#supply.first();
    return this.#started;
  }

  tryAcquire(): Slot | undefined {
    // Whoever waits comes first.
    const slot = this.#waiters.isEmpty ? this.#choose(undefined) : undefined;
    return slot === undefined ? undefined : this.#lend(slot);
  }

  acquire(invocation?: Invocation): Promise<Acquired> {
    return new Promise((resolve) => {
      if (this.#final !== undefined) return resolve(this.#final);
      this.#waiters.add(resolve, invocation);
      this.#settle();
      // The one that is needed may be one more than there would be otherwise.
      if (!this.#waiters.isEmpty) this.#supply.fillSoon();
    });
  }

  get startProblem(): string | undefined {
    return this.#startProblem;
  }

  replenish(): void {
    if (this.#isClosed) return;
    this.#standbyCount = this.#options.standbyCount;
    if (missingCount(this.#supply.slots, this.#demand()) > 0) this.#supply.fillSoon();
  }

  async runHooks(moment: HookMoment): Promise<InitResult> {
    if (moment === 'beforeSnapshot') this.#standbyCount = this.#options.standbyCount;
    const { runHookRound } = await import('./hook-round.ts');
    return runHookRound(moment, this.#supply, this.#options.clock);
  }

  announceShutdown(signal: ReceivedSignal | undefined): void {
    this.#signals.announceShutdown(signal);
  }

  windDown(limit: Promise<void>): Promise<void> {
    return this.#signals.windDown(limit);
  }

  async close(): Promise<{ readonly stuck: number }> {
    this.#isClosed = true;
    this.#memory.stop();
    this.#supply.close();
    this.#endings.hurry();
    await this.#endings.settled();
    return { stuck: this.#endings.stuckCount };
  }

  /** Who leaves because the service ends is not replaced, unless an event waits. */
  get #isOver(): boolean {
    return this.#signals.isEnding && this.#waiters.isEmpty;
  }

  #demand(): Demand & { readonly activeCount: number } {
    const { activeCount, isolation } = this.#options;
    return {
      isolation,
      activeCount,
      standbyCount: this.#standbyCount,
      targetCount: activeCount + this.#standbyCount,
      waitingTenants: this.#waiters.tenantCount,
    };
  }

  #choose(invocation: Invocation | undefined): WorkerSlot | undefined {
    return choose(this.#supply.slots, this.#options.isolation, invocation);
  }

  #lend(slot: WorkerSlot): Slot {
    slot.role = 'active';
    slot.state = 'busy';
    return new LentSlot(slot, this.#loan);
  }

  #onBegun(slot: WorkerSlot, invocation: Invocation): void {
    this.#memory.begin();
    slot.children.begin();
    if (this.#options.isolation === 'tenant') slot.tenant = tenantOf(invocation);
  }

  #onReleased(slot: WorkerSlot): void {
    if (slot.invocationCount > 0) {
      this.#supply.served(slot);
      this.#checkWear(slot);
    }
    this.#settle();
  }

  /** Whoever waits gets a worker; whoever has been replaced goes. */
  #settle(): void {
    this.#waiters.serve((invocation) => {
      const slot = this.#choose(invocation);
      return slot === undefined ? undefined : this.#lend(slot);
    });
    for (const slot of dispensable(this.#supply.slots, this.#demand())) {
      slot.retire(slot.dueReason ?? 'other tenants have taken its place');
    }
  }

  /** A worker that has done its part is not used again; one that is worn stays until its
   * replacement is ready. */
  #checkWear(slot: WorkerSlot): void {
    const { clock, heapLimitMb, isolation, recycle } = this.#options;
    if (isolation === 'invocation') {
      slot.retire('its one invocation is over');
      return;
    }
    slot.heapStreak = nextHeapStreak(
      slot.heapStreak,
      slot.held.recent.at(-1)?.heapBytes ?? 0,
      recycle,
    );
    const ageMs = clock.nowMonotonicMs() - slot.startedAtMs;
    const { heapStreak, invocationCount } = slot;
    slot.dueReason ??=
      recycleReason({ heapStreak, invocationCount, ageMs }, recycle) ??
      heldReason(slot.held, heapLimitMb);
    if (isolation === 'tenant') this.#supply.used(slot);
  }

  /** Its invocation is answered with the numbers; the process lives. */
  #endForMemory(id: number, error: ErrorPayload): void {
    const slot = [...this.#supply.slots].find((one) => one.id === id);
    slot?.fail('memory', { kind: 'crash', error, headerType: error.errorType });
  }

  #onFailure(failure: InitFailure, finalReason: string | undefined): void {
    const { errorType, errorMessage } = failure.error;
    this.#startProblem = `${errorType}: ${errorMessage}`;
    const acquired: Acquired = { ...failure, finalReason };
    if (finalReason !== undefined) this.#final = acquired;
    this.#waiters.tellAll(acquired);
    if (finalReason !== undefined) this.#options.onGivenUp(finalReason, failure);
  }
}
