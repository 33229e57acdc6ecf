// Threads that take several invocations at once and exist only in virtual time.
import type { Invocation } from '../../src/core/invocation.ts';
import { neighbourOutcome } from '../../src/core/outcome.ts';
import type {
  Acquired,
  HandlerPool,
  Slot,
  SlotResult,
  WorkerEndCause,
} from '../../src/core/ports.ts';
import { chooseShared, roomIn } from '../../src/core/shared-placement.ts';
import type { SimClock } from './sim-clock.ts';

export type SharedPlan = {
  readonly laneCount: number;
  readonly threadCount: number;
  /** Of each event by its number, in turns. */
  readonly behaviours: readonly ('success' | 'hang' | 'crash' | 'lies')[];
  readonly handlerMs: readonly number[];
  readonly restartMs: number;
};

type SimThread = { readonly id: number; isUsable: boolean; load: number; isLate: false };
type Waiter = { readonly resolve: (one: Acquired) => void; readonly hasEvent: boolean };
type Lying = { readonly thread: SimThread; readonly loan: SimLoan; readonly isBegun: boolean };

export class SimSharedPool implements HandlerPool {
  readonly misuses: string[] = [];
  /** Begun by a thread. */
  readonly executed: string[] = [];
  /** Loans, and those of them in which nothing has been run yet. */
  lentCount = 0;
  idleCount = 0;
  readonly startProblem = undefined;
  readonly #clock: SimClock;
  readonly #plan: SharedPlan;
  readonly #room: number;
  readonly #threads: SimThread[] = [];
  #lying: Lying[] = [];
  #waiters: Waiter[] = [];

  constructor(clock: SimClock, plan: SharedPlan) {
    this.#clock = clock;
    this.#plan = plan;
    this.#room = Math.ceil(plan.laneCount / plan.threadCount);
  }

  async start(): Promise<{ readonly kind: 'ready' }> {
    for (let count = 0; count < this.#plan.threadCount; count += 1) this.#add();
    return { kind: 'ready' };
  }

  tryAcquire(): Slot | undefined {
    return this.#waiters.length === 0 && this.#hasRoom ? this.#lend() : undefined;
  }

  acquire(invocation?: Invocation): Promise<Acquired> {
    return new Promise((resolve) => {
      this.#waiters.push({ resolve, hasEvent: invocation !== undefined });
      this.#settle();
    });
  }

  replenish(): void {}
  announceShutdown(): void {}
  async windDown(): Promise<void> {}
  async close(): Promise<{ readonly stuck: number }> {
    return { stuck: 0 };
  }

  choose(): SimThread | undefined {
    return chooseShared(this.#threads, { room: this.#room, width: Number.POSITIVE_INFINITY });
  }

  run(loan: SimLoan, { requestId }: Invocation): void {
    const thread = this.choose();
    if (thread === undefined) {
      this.misuses.push(`${requestId} is run although there is no thread`);
      return;
    }
    const { behaviours, handlerMs } = this.#plan;
    const index = Number(requestId.split('-')[1]);
    const behaviour = behaviours[index % behaviours.length];
    const isBegun = behaviour !== 'lies';
    if (isBegun) this.executed.push(requestId);
    thread.load += 1;
    this.#lying.push({ thread, loan, isBegun });
    if (behaviour === 'hang') return;
    this.#clock.after(handlerMs[index % handlerMs.length] ?? 1, () => {
      if (!this.#leave(loan)) return;
      if (behaviour === 'crash') this.#lose(thread, requestId);
      loan.end(behaviour === 'crash' ? CRASH : SUCCESS);
    });
  }

  condemn(loan: SimLoan): void {
    const lying = this.#leave(loan);
    if (lying?.isBegun) this.#lose(lying.thread, loan.requestId);
  }

  takeBack(isIdle: boolean): void {
    this.lentCount -= 1;
    if (isIdle) this.idleCount -= 1;
    this.#settle();
  }

  get #hasRoom(): boolean {
    return this.lentCount < Math.min(this.#plan.laneCount, roomIn(this.#threads, this.#room));
  }

  #lend(): Slot {
    this.lentCount += 1;
    this.idleCount += 1;
    return new SimLoan(this);
  }

  #settle(): void {
    this.#waiters = this.#waiters.filter(({ resolve, hasEvent }) => {
      const isServed = hasEvent ? this.choose() !== undefined : this.#hasRoom;
      if (isServed) resolve({ kind: 'slot', slot: this.#lend() });
      return !isServed;
    });
  }

  #add(): void {
    const id = this.#threads.length + 1;
    this.#threads.push({ id, isUsable: true, load: 0, isLate: false });
    this.#settle();
  }

  /** It has nothing to do with a thread any more. */
  #leave(loan: SimLoan): Lying | undefined {
    const lying = this.#lying.find((one) => one.loan === loan);
    if (lying === undefined) return undefined;
    lying.thread.load -= 1;
    this.#lying = this.#lying.filter((one) => one !== lying);
    return lying;
  }

  #lose(thread: SimThread, culpritId: string): void {
    if (!thread.isUsable) return;
    thread.isUsable = false;
    this.#clock.after(this.#plan.restartMs, () => this.#add());
    for (const { loan, isBegun } of this.#lying.filter((one) => one.thread === thread)) {
      this.#leave(loan);
      const outcome = neighbourOutcome(loan.requestId, culpritId, 'ended it');
      loan.end(isBegun ? { kind: 'crash', outcome } : { kind: 'unbegun' });
    }
  }
}

class SimLoan implements Slot {
  readonly id = 1;
  requestId = '';
  readonly #pool: SimSharedPool;
  #resolve: (result: SlotResult) => void = () => {};
  #isReturned = false;

  constructor(pool: SimSharedPool) {
    this.#pool = pool;
  }

  get isReady(): boolean {
    return this.#pool.choose() !== undefined;
  }

  accepts(): boolean {
    return true;
  }

  invoke(invocation: Invocation): Promise<SlotResult> {
    if (this.requestId !== '') this.#pool.misuses.push(`${this.requestId} is followed by another`);
    this.requestId = invocation.requestId;
    this.#pool.idleCount -= 1;
    if (this.#isReturned) this.#pool.misuses.push(`${this.requestId} runs in what was returned`);
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#pool.run(this, invocation);
    });
  }

  end(result: SlotResult): void {
    if (result.kind !== 'result') this.#return();
    this.#resolve(result);
  }

  prepareEvidence(): void {}

  async collectEvidence(): ReturnType<Slot['collectEvidence']> {
    return { evidence: { kind: 'none', reason: 'virtual' }, profilePath: undefined };
  }

  release(): void {
    if (this.#isReturned) this.#pool.misuses.push(`${this.requestId} is given back twice`);
    this.#return();
  }

  condemn(_cause: WorkerEndCause): void {
    this.#pool.condemn(this);
    this.#return();
  }

  #return(): void {
    if (this.#isReturned) return;
    this.#isReturned = true;
    this.#pool.takeBack(this.requestId === '');
  }
}

const SUCCESS: SlotResult = {
  kind: 'result',
  outcome: { kind: 'success', body: new Uint8Array() },
  handlerMs: 1,
};
const CRASH: SlotResult = {
  kind: 'crash',
  outcome: {
    kind: 'crash',
    error: { errorType: 'Error', errorMessage: 'died', trace: [] },
    headerType: 'Runtime.ExitError',
  },
};
