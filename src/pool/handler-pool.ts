// The supervised workers as the supervisor sees them: who gets which, who waits, who is replaced.
import type { Invocation } from '../core/invocation.ts';
import {
  accepts,
  choose,
  type Demand,
  dispensable,
  missingCount,
  tenantOf,
} from '../core/placement.ts';
import type { Acquired, HandlerPool, InitResult, Slot, SnapshotPool } from '../core/ports.ts';
import type { HookMoment, ReceivedSignal } from '../core/thread-protocol.ts';
import type { HandlerPoolOptions } from './handler-pool-options.ts';
import { LentSlot, type LoanOptions } from './lent-slot.ts';
import { Waiters } from './waiters.ts';
import { noteWear } from './wear.ts';
import type { WorkerSlot } from './worker-slot.ts';
import type { WorkerSupply } from './worker-supply.ts';
import { Workforce } from './workforce.ts';

export class WorkerPool implements HandlerPool, SnapshotPool {
  readonly #options: HandlerPoolOptions;
  readonly #workforce: Workforce;
  readonly #supply: WorkerSupply;
  readonly #loan: LoanOptions;
  readonly #waiters: Waiters;
  /** Before the first poll only the first worker counts. */
  #standbyCount = 0;
  #isClosed = false;

  constructor(options: HandlerPoolOptions) {
    const { clock, isolation, profileDir, telemetry } = options;
    this.#options = options;
    this.#waiters = new Waiters(clock);
    this.#workforce = new Workforce(options, {
      missing: (slots) => (this.#isOver ? 0 : missingCount(slots, this.#demand())),
      onReady: () => this.#settle(),
      onLost: () => {},
      onEnded: () => {},
      onFailure: (acquired) => this.#waiters.tellAll(acquired),
    });
    this.#supply = this.#workforce.supply;
    this.#loan = {
      accepts: (slot, invocation) => accepts(isolation, slot, invocation),
      evidence: { clock, profileDir, onProblem: (detail) => telemetry.problem(detail) },
      onBegun: (slot, invocation) => this.#onBegun(slot, invocation),
      onOver: () => this.#workforce.memory.end(),
      onReleased: (slot) => this.#onReleased(slot),
    };
  }

  start(): Promise<InitResult> {
    return this.#workforce.start();
  }

  tryAcquire(): Slot | undefined {
    // Whoever waits comes first.
    const slot = this.#waiters.isEmpty ? this.#choose(undefined) : undefined;
    return slot === undefined ? undefined : this.#lend(slot);
  }

  acquire(invocation?: Invocation): Promise<Acquired> {
    return new Promise((resolve) => {
      const { final } = this.#workforce;
      if (final !== undefined) return resolve(final);
      this.#waiters.add(resolve, invocation);
      this.#settle();
      // The one that is needed may be one more than there would be otherwise.
      if (!this.#waiters.isEmpty) this.#supply.fillSoon();
    });
  }

  get startProblem(): string | undefined {
    return this.#workforce.startProblem;
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
    this.#workforce.announceShutdown(signal);
  }

  windDown(limit: Promise<void>): Promise<void> {
    return this.#workforce.windDown(limit);
  }

  close(): Promise<{ readonly stuck: number }> {
    this.#isClosed = true;
    return this.#workforce.close();
  }

  /** Who leaves because the service ends is not replaced, unless an event waits. */
  get #isOver(): boolean {
    return this.#workforce.signals.isEnding && this.#waiters.isEmpty;
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
    this.#workforce.memory.begin();
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
    const { isolation } = this.#options;
    if (isolation === 'invocation') {
      slot.retire('its one invocation is over');
      return;
    }
    noteWear(slot, this.#options, true);
    if (isolation === 'tenant') this.#supply.used(slot);
  }
}
