// The workers of an environment that takes several invocations at once (Managed Instances): each
// thread runs several, or one with exclusive placement (docs/adr/0023-managed-instances.md).
import type { Invocation } from '../../core/invocation.ts';
import type { Acquired, Census, HandlerPool, InitResult, Slot } from '../../core/ports.ts';
import { chooseShared, missingShared, roomIn } from '../../core/shared-placement.ts';
import type { ReceivedSignal } from '../../core/thread-protocol.ts';
import type { HandlerPoolOptions } from '../handler-pool-options.ts';
import { Waiters } from '../waiters.ts';
import { noteWear } from '../wear.ts';
import type { WorkerSlot } from '../worker-slot.ts';
import { Workforce } from '../workforce.ts';
import { BlockWatch } from './block-watch.ts';
import { takeCensus } from './census.ts';
import { markLate } from './lateness.ts';
import { OfferWatch } from './offer-watch.ts';
import { Overruns } from './overruns.ts';
import { promote } from './promotion.ts';
import { SharedLoan, type SharedLoanOptions } from './shared-loan.ts';
import type { SharedThread } from './shared-thread.ts';
import { Spread } from './spread.ts';
import { letGo } from './worn.ts';

export type SharedPoolOptions = HandlerPoolOptions & {
  readonly laneCount: number;
  /** Invocations that one thread takes at once. */
  readonly room: number;
  readonly cpuCount: number;
};

export class SharedPool implements HandlerPool {
  readonly #options: SharedPoolOptions;
  readonly #workforce: Workforce;
  readonly #offers: OfferWatch;
  readonly #blocks: BlockWatch;
  readonly #overruns: Overruns;
  readonly #waiters: Waiters;
  readonly #spread: Spread;
  readonly #loan: SharedLoanOptions;
  readonly #threads = new Map<WorkerSlot, SharedThread>();
  /** Lanes that have room. */
  #lentCount = 0;
  #runningCount = 0;
  /** Events that found no thread to go to. */
  #queuedCount = 0;
  /** Before the first poll no standby is started. */
  #hasPolled = false;
  #isClosed = false;

  constructor(options: SharedPoolOptions) {
    const { clock, profileDir, telemetry } = options;
    this.#options = options;
    this.#waiters = new Waiters(clock);
    this.#offers = new OfferWatch(clock);
    this.#spread = new Spread(clock, options.cpuCount);
    this.#blocks = new BlockWatch({
      clock,
      threads: () => this.#threads.values(),
      onBlocked: () => this.#spread.disturbed(),
    });
    const onProblem = (detail: string): void => telemetry.problem(detail);
    const evidence = { clock, profileDir, onProblem };
    this.#overruns = new Overruns({ clock, evidence, onLeaving: () => this.#replaceLost() });
    this.#workforce = new Workforce(options, {
      missing: (slots) => this.#missing(slots),
      onReady: () => this.#onReady(),
      onLost: (slot) => this.#onLost(slot),
      onEnded: () => {
        if (this.#hasPolled) this.#fillSoon();
      },
      onFailure: (acquired) => this.#waiters.tellAll(acquired),
    });
    this.#loan = {
      clock,
      evidence,
      overruns: this.#overruns,
      choose: () => this.#choose(undefined),
      chooseBeside: (thread) => this.#choose(thread),
      onLate: (thread) => markLate(thread, clock, (ms) => this.#spread.waited(ms)),
      onOffered: (offer) => this.#offers.add(offer),
      onBegun: () => {
        this.#runningCount += 1;
        this.#blocks.begin();
        this.#workforce.memory.begin();
      },
      onOver: () => {
        this.#runningCount -= 1;
        this.#workforce.memory.end();
      },
      onLeft: (thread, hasServed) => this.#onLeft(thread, hasServed),
      onReturned: () => {
        this.#lentCount -= 1;
        this.#serve();
      },
    };
  }

  start(): Promise<InitResult> {
    return this.#workforce.start();
  }

  tryAcquire(): Slot | undefined {
    // Whoever waits comes first.
    return this.#waiters.isEmpty && this.#hasRoom ? this.#lend() : undefined;
  }

  acquire(invocation?: Invocation): Promise<Acquired> {
    return new Promise((resolve) => {
      const { final } = this.#workforce;
      if (final !== undefined) return resolve(final);
      const { tenantCount: queuedBefore } = this.#waiters;
      this.#waiters.add(resolve, invocation);
      this.#serve();
      if (this.#waiters.tenantCount > queuedBefore) this.#queuedCount += 1;
      if (!this.#waiters.isEmpty) this.#fillSoon();
    });
  }

  get startProblem(): string | undefined {
    return this.#workforce.startProblem;
  }

  replenish(): void {
    if (this.#hasPolled || this.#isClosed) return;
    this.#hasPolled = true;
    this.#fillSoon();
  }

  census(): Promise<Census> {
    return takeCensus({
      clock: this.#options.clock,
      slots: [...this.#workforce.supply.slots],
      threads: this.#threads,
      endings: this.#workforce.endings,
      laneCount: this.#lentCount,
      runningCount: this.#runningCount,
      queuedCount: this.#queuedCount,
    });
  }

  announceShutdown(signal: ReceivedSignal | undefined): void {
    this.#workforce.announceShutdown(signal);
  }

  windDown(limit: Promise<void>): Promise<void> {
    return this.#workforce.windDown(limit);
  }

  close(): Promise<{ readonly stuck: number }> {
    this.#isClosed = true;
    this.#offers.stop();
    this.#blocks.stop();
    return this.#workforce.close();
  }

  /** What is parked and what runs is never more than the threads that there are can take. */
  get #hasRoom(): boolean {
    const { laneCount, room } = this.#options;
    return this.#lentCount < Math.min(laneCount, roomIn(this.#threads.values(), room));
  }

  #lend(): Slot {
    this.#lentCount += 1;
    return new SharedLoan(this.#loan);
  }

  #choose(beside: SharedThread | undefined): SharedThread | undefined {
    const place = this.#spread.placement(this.#runningCount, this.#options.room);
    return chooseShared(this.#threads.values(), { ...place, beside });
  }

  #missing(slots: ReadonlySet<WorkerSlot>): number {
    const { activeCount, standbyCount } = this.#options;
    const { endings, signals } = this.#workforce;
    if (signals.isEnding && this.#waiters.isEmpty) return 0;
    return missingShared({
      wanted: activeCount + (this.#hasPolled ? standbyCount : 0),
      there: slots.size,
      leaving: [...slots].filter((slot) => this.#isLeaving(slot)).length,
      ending: endings.goingCount,
    });
  }

  #isLeaving(slot: WorkerSlot): boolean {
    return slot.dueReason !== undefined || this.#threads.get(slot)?.leaving !== undefined;
  }

  #fillSoon(): void {
    if (!this.#isClosed) this.#workforce.supply.fillSoon();
  }

  #onLost(slot: WorkerSlot): void {
    this.#threads.delete(slot);
    if (slot.endCause !== 'recycle') this.#spread.disturbed();
    // A first Init that has failed starts nobody else.
    if (slot.wasReady) this.#replaceLost();
  }

  /** A standby takes the place at once, if there is one. */
  #replaceLost(): void {
    this.#promote();
    this.#serve();
    this.#fillSoon();
  }

  #onLeft(thread: SharedThread, hasServed: boolean): void {
    const { slot } = thread;
    if (hasServed) {
      this.#workforce.supply.served(slot);
      this.#checkWear(thread);
    }
    this.#overruns.endIfLeft(thread);
  }

  #onReady(): void {
    this.#promote();
    for (const thread of this.#threads.values()) this.#letGo(thread);
    this.#serve();
  }

  /** Whoever waits gets room. */
  #serve(): void {
    this.#waiters.serve((invocation) => {
      // An event that is here goes to whoever there is.
      const isServed = invocation === undefined ? this.#hasRoom : this.#choose(undefined);
      return isServed ? this.#lend() : undefined;
    });
  }

  #promote(): void {
    const isLeaving = (slot: WorkerSlot): boolean => this.#isLeaving(slot);
    promote(this.#workforce.supply.slots, this.#threads, isLeaving, this.#options.activeCount);
  }

  #checkWear(thread: SharedThread): void {
    const { slot } = thread;
    const wasDue = slot.dueReason !== undefined;
    if (!wasDue) noteWear(slot, this.#options, thread.load === 0);
    if (slot.dueReason === undefined || wasDue) return;
    this.#fillSoon();
    this.#promote();
    this.#letGo(thread);
  }

  #letGo(thread: SharedThread): void {
    letGo(thread, this.#threads.values(), this.#options.activeCount);
    this.#overruns.endIfLeft(thread);
  }
}
