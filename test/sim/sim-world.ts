// A platform and a pool that exist only in virtual time, and notes on everything they saw.
import type { Invocation, InvocationKey } from '../../src/core/invocation.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import type {
  Acquired,
  HandlerPool,
  InitResult,
  Receipt,
  RuntimeApi,
  Slot,
  SlotResult,
  WorkerEndCause,
} from '../../src/core/ports.ts';
import type { SimClock } from './sim-clock.ts';

/** What one handler call does, and what surrounds it. All times in virtual ms. */
export type Step = {
  readonly behaviour: 'success' | 'failure' | 'crash' | 'hang';
  readonly handlerMs: number;
  readonly timeoutMs: number;
  /** The event arrives this long after the poll was parked. */
  readonly arrivalMs: number;
  readonly postMs: number;
  /** The worker dies while the poll is parked. */
  readonly dieWhileParked: boolean;
};

export type PoolPlan = {
  /** Start time of the n-th worker; one entry is reused when they run out. */
  readonly startMs: readonly number[];
  /** Numbers of the workers that fail to start. */
  readonly failing: ReadonlySet<number>;
  readonly hasStandby: boolean;
};

export type Answer = {
  readonly requestId: string;
  readonly outcome: Outcome;
  readonly atMs: number;
  readonly deadlineMs: number;
};

const FAILURE = {
  kind: 'failure',
  error: { errorType: 'Error', errorMessage: 'start failed', trace: [] },
  headerType: 'Function.Error',
} as const;

export class SimApi implements RuntimeApi {
  readonly delivered: Invocation[] = [];
  readonly answers: Answer[] = [];
  readonly initErrors: string[] = [];
  pollsWithoutWorker = 0;
  parked = 0;
  parkedMax = 0;
  readonly #clock: SimClock;
  readonly #steps: readonly Step[];
  readonly #pool: SimPool;
  #rejectParked: ((error: Error) => void) | undefined;
  #posted: Promise<void> = Promise.resolve();

  constructor(clock: SimClock, steps: readonly Step[], pool: SimPool) {
    this.#clock = clock;
    this.#steps = steps;
    this.#pool = pool;
  }

  next(onSent: () => void): Promise<Invocation> {
    return new Promise((resolve, reject) => {
      this.#rejectParked = reject;
      // One connection: a poll is read once the answer before it has its reply.
      void this.#posted.then(() => {
        onSent();
        this.#park(resolve, reject);
      });
    });
  }

  #park(resolve: (invocation: Invocation) => void, reject: (error: Error) => void): void {
    if (this.#rejectParked !== reject) return;
    const index = this.delivered.length;
    const step = this.#steps[index];
    this.parked += 1;
    this.parkedMax = Math.max(this.parkedMax, this.parked);
    if (!this.#pool.hasLent) this.pollsWithoutWorker += 1;
    if (step === undefined) return;
    if (step.dieWhileParked) this.#clock.after(step.arrivalMs / 2, () => this.#pool.killLent());
    this.#clock.after(step.arrivalMs, () => {
      if (this.#rejectParked !== reject) return;
      this.#rejectParked = undefined;
      this.parked -= 1;
      const invocation = toInvocation(index, this.#clock.nowEpochMs() + step.timeoutMs);
      this.delivered.push(invocation);
      this.#pool.nextStep = step;
      resolve(invocation);
    });
  }

  async respond(key: InvocationKey, outcome: Outcome): Promise<Receipt> {
    const invocation = this.delivered.find((one) => one.requestId === key.requestId);
    const deadlineMs = invocation?.deadlineEpochMs ?? 0;
    const atMs = this.#clock.nowEpochMs();
    this.answers.push({ requestId: key.requestId, outcome, atMs, deadlineMs });
    this.#posted = this.#clock.wait(this.#steps[this.delivered.length - 1]?.postMs ?? 0);
    await this.#posted;
    return { kind: 'accepted', status: 202 };
  }

  async initError(error: { readonly errorMessage: string }): Promise<void> {
    this.initErrors.push(error.errorMessage);
  }

  async close(): Promise<void> {
    this.#rejectParked?.(new Error('closed'));
    this.#rejectParked = undefined;
  }
}

function toInvocation(index: number, deadlineEpochMs: number): Invocation {
  return {
    requestId: `request-${index}`,
    invocationId: `attempt-${index}`,
    deadlineEpochMs,
    functionArn: '',
    traceId: undefined,
    clientContext: undefined,
    cognitoIdentity: undefined,
    tenantId: undefined,
    event: new Uint8Array(),
  };
}

export class SimPool implements HandlerPool {
  nextStep: Step | undefined;
  readonly usedAfterEnd: number[] = [];
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
    if (this.#waiters.length > 0) return undefined;
    this.#lent = this.#ready.shift();
    return this.#lent;
  }

  acquire(): Promise<Acquired> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      this.#serve();
    });
  }

  replenish(): void {
    this.#target = this.#plan.hasStandby ? 2 : 1;
    this.#fill();
  }

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

  run(slot: SimSlot): Promise<SlotResult> {
    if (!slot.isReady) this.usedAfterEnd.push(slot.id);
    const step = this.nextStep;
    return new Promise((resolve) => {
      if (step === undefined || step.behaviour === 'hang') return;
      this.#clock.after(step.handlerMs, () => {
        if (!slot.isReady) return;
        if (step.behaviour === 'crash') this.lose(slot, 'crash');
        resolve(toResult(step));
      });
    });
  }

  #fill(): void {
    while (this.#alive.size < this.#target) void this.#spawn();
  }

  async #spawn(): Promise<SimSlot | undefined> {
    const id = this.#started;
    this.#started += 1;
    const slot = new SimSlot(id, this.#clock, this);
    this.#alive.add(slot);
    const { startMs, failing } = this.#plan;
    await this.#clock.wait(startMs[id % startMs.length] ?? 1);
    if (!this.#alive.has(slot)) return undefined;
    if (failing.has(id)) {
      this.#alive.delete(slot);
      for (const waiter of this.#waiters.splice(0)) waiter({ ...FAILURE, isFinal: false });
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
  readonly #clock: SimClock;
  readonly #pool: SimPool;

  constructor(id: number, clock: SimClock, pool: SimPool) {
    this.id = id;
    this.#clock = clock;
    this.#pool = pool;
  }

  invoke(): Promise<SlotResult> {
    return this.#pool.run(this);
  }

  release(): void {
    // A real slot is free a moment later than the result was there.
    this.#clock.after(0, () => this.#pool.giveBack(this));
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
    return { kind: 'crash', outcome, handlerMs: 0 };
  }
  const outcome = { kind: 'failure', error, headerType: 'Function.Error' } as const;
  return { kind: 'result', outcome, handlerMs };
}
