// Workers that exist only in virtual time, and notes on how they were used.
import type { EvidenceReport } from '../../src/core/evidence.ts';
import type { Invocation } from '../../src/core/invocation.ts';
import type {
  Acquired,
  HandlerPool,
  InitResult,
  OpenStream,
  Slot,
  SlotResult,
  WorkerEndCause,
} from '../../src/core/ports.ts';
import type { SimClock } from './sim-clock.ts';
import type { Step } from './step.ts';

export type PoolPlan = {
  /** Start time of the n-th worker; one entry is reused when they run out. */
  readonly startMs: readonly number[];
  /** Numbers of the workers that fail to start. */
  readonly failing: ReadonlySet<number>;
  readonly hasStandby: boolean;
};

const FAILURE = {
  kind: 'failure',
  error: { errorType: 'Error', errorMessage: 'start failed', trace: [] },
  headerType: 'Function.Error',
} as const;

export class SimPool implements HandlerPool {
  nextStep: Step | undefined;
  /** What a pool must never be asked, in words. */
  readonly misuses: string[] = [];
  readonly executed: string[] = [];
  readonly ended: { id: number; cause: WorkerEndCause }[] = [];
  readonly #clock: SimClock;
  readonly #plan: PoolPlan;
  readonly #waiters: ((acquired: Acquired) => void)[] = [];
  readonly #ready: SimSlot[] = [];
  readonly #alive = new Set<SimSlot>();
  #lent: SimSlot | undefined;
  #started = 0;
  #target = 1;

  constructor(clock: SimClock, plan: PoolPlan) {
    this.#clock = clock;
    this.#plan = plan;
  }

  get hasLent(): boolean {
    return this.#lent !== undefined;
  }

  async start(): Promise<InitResult> {
    const slot = await this.#spawn();
    return slot === undefined ? FAILURE : { kind: 'ready' };
  }

  tryAcquire(): Slot | undefined {
    this.#checkLent();
    if (this.#waiters.length > 0) return undefined;
    this.#lent = this.#ready.shift();
    return this.#lent;
  }

  acquire(): Promise<Acquired> {
    this.#checkLent();
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      this.#serve();
    });
  }

  readonly startProblem = undefined;

  replenish(): void {
    this.#target = this.#plan.hasStandby ? 2 : 1;
    this.#fill();
  }

  announceShutdown(): void {}

  async windDown(): Promise<void> {}

  async close(): Promise<{ readonly stuck: number }> {
    return { stuck: 0 };
  }

  killLent(): void {
    if (this.#lent?.isReady) this.lose(this.#lent, 'idle_crash');
  }

  lose(slot: SimSlot, cause: WorkerEndCause): void {
    slot.isReady = false;
    if (this.#lent === slot) this.#lent = undefined;
    this.#alive.delete(slot);
    this.ended.push({ id: slot.id, cause });
    this.#fill();
  }

  giveBack(slot: SimSlot): void {
    if (!slot.isReady) return;
    this.#lent = undefined;
    this.#ready.push(slot);
    this.#serve();
  }

  run(slot: SimSlot, { requestId }: Invocation, openStream: OpenStream): Promise<SlotResult> {
    if (!slot.isReady) this.misuses.push('a worker that has ended is used');
    if (slot.isRunning) this.misuses.push('a worker gets a second invocation');
    this.executed.push(requestId);
    slot.isRunning = true;
    const step = this.nextStep;
    const { streamsAtMs } = step ?? {};
    if (streamsAtMs !== undefined) {
      const piece = new Uint8Array(1);
      this.#clock.after(streamsAtMs, () => {
        // What a thread sends comes before its result, or is never read.
        if (!slot.isReady || !slot.isRunning) return;
        openStream({ contentType: undefined, onClosed: () => {} })?.write(piece, () => {});
      });
    }
    return new Promise((resolve) => {
      if (step === undefined || step.behaviour === 'hang') return;
      this.#clock.after(step.handlerMs, () => {
        slot.isRunning = false;
        if (!slot.isReady) return;
        if (step.behaviour === 'crash') this.lose(slot, 'crash');
        resolve(toResult(step));
      });
    });
  }

  /** Who is looked at still runs the handler, or is dead. */
  checkLook(slot: SimSlot): void {
    if (slot.isReady && !slot.isRunning) this.misuses.push('a worker is looked at for nothing');
  }

  pause(ms: number): Promise<void> {
    return this.#clock.wait(ms);
  }

  /** Nobody asks for a worker while holding one that is free. */
  #checkLent(): void {
    const lent = this.#lent;
    if (lent?.isReady && !lent.isRunning) this.misuses.push('a worker is not given back');
    if (lent?.isReady && lent.isRunning) this.misuses.push('a worker is left running');
  }

  #fill(): void {
    while (this.#alive.size < this.#target) void this.#spawn();
  }

  async #spawn(): Promise<SimSlot | undefined> {
    const id = this.#started;
    this.#started += 1;
    const slot = new SimSlot(id, this);
    this.#alive.add(slot);
    const { startMs, failing } = this.#plan;
    await this.#clock.wait(startMs[id % startMs.length] ?? 1);
    if (!this.#alive.has(slot)) return undefined;
    if (failing.has(id)) {
      this.#alive.delete(slot);
      for (const waiter of this.#waiters.splice(0)) waiter({ ...FAILURE, finalReason: undefined });
      if (id > 0) this.#fill();
      return undefined;
    }
    slot.isReady = true;
    this.#ready.push(slot);
    this.#serve();
    return slot;
  }

  #serve(): void {
    const waiter = this.#waiters[0];
    const slot = this.#ready[0];
    if (waiter === undefined || slot === undefined) return;
    this.#waiters.shift();
    this.#ready.shift();
    this.#lent = slot;
    waiter({ kind: 'slot', slot });
  }
}

class SimSlot implements Slot {
  readonly id: number;
  isReady = false;
  isRunning = false;
  readonly #pool: SimPool;

  constructor(id: number, pool: SimPool) {
    this.id = id;
    this.#pool = pool;
  }

  invoke(invocation: Invocation, _: unknown, openStream: OpenStream): Promise<SlotResult> {
    return this.#pool.run(this, invocation, openStream);
  }

  accepts(): boolean {
    return true;
  }

  prepareEvidence(): void {
    this.#pool.checkLook(this);
  }

  /** Takes as long as it is allowed to. */
  async collectEvidence(budgetMs: number): Promise<EvidenceReport> {
    this.#pool.checkLook(this);
    await this.#pool.pause(budgetMs);
    return { evidence: { kind: 'none', reason: 'virtual' }, profilePath: undefined };
  }

  release(): void {
    this.#pool.giveBack(this);
  }

  condemn(cause: WorkerEndCause): void {
    if (this.isReady) this.#pool.lose(this, cause);
  }
}

function toResult({ behaviour, handlerMs }: Step): SlotResult {
  if (behaviour === 'success') {
    return { kind: 'result', outcome: { kind: 'success', body: new Uint8Array() }, handlerMs };
  }
  const error = { errorType: 'Error', errorMessage: behaviour, trace: [] };
  if (behaviour === 'crash') {
    const outcome = { kind: 'crash', error, headerType: 'Runtime.ExitError' } as const;
    return { kind: 'crash', outcome };
  }
  const outcome = { kind: 'failure', error, headerType: 'Function.Error' } as const;
  return { kind: 'result', outcome, handlerMs };
}
