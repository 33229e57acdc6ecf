// A platform and a pool that exist only in virtual time, and notes on everything they saw.
import { RuntimeError } from '../../src/core/errors.ts';
import type { Invocation, InvocationKey } from '../../src/core/invocation.ts';
import { REPOLL_GUARD_MS } from '../../src/core/limits.ts';
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
  /** The answer meets a reply after which the process has to end. */
  readonly postIsFatal: boolean;
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
  /** Polls that broke the rule of when to poll, in words. */
  readonly wrongPolls: string[] = [];
  parked = 0;
  parkedMax = 0;
  readonly #clock: SimClock;
  readonly #steps: readonly Step[];
  readonly #pool: SimPool;
  #rejectParked: ((error: Error) => void) | undefined;
  #posted: Promise<void> = Promise.resolve();
  #isPosting = false;
  #lastReceiptMs = 0;

  constructor(clock: SimClock, steps: readonly Step[], pool: SimPool) {
    this.#clock = clock;
    this.#steps = steps;
    this.#pool = pool;
  }

  next(onSent: () => void): Promise<Invocation> {
    this.#checkPoll();
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
    const step = this.#steps[this.delivered.length - 1];
    this.#lastReceiptMs = atMs + (step?.postMs ?? 0);
    this.#posted = this.#clock.wait(step?.postMs ?? 0);
    this.#isPosting = true;
    await this.#posted;
    this.#isPosting = false;
    if (step?.postIsFatal) throw new RuntimeError('Runtime.ApiFailure', 'the answer met a 500');
    return { kind: 'accepted', status: 202 };
  }

  /** With a worker, or else not before the last deadline is near; and never later than that. */
  #checkPoll(): void {
    const last = this.answers.at(-1);
    const nowMs = this.#clock.nowEpochMs();
    const dueMs = (last?.deadlineMs ?? Number.POSITIVE_INFINITY) - REPOLL_GUARD_MS;
    if (!this.#pool.hasLent && nowMs < dueMs) this.wrongPolls.push('a poll without a worker');
    const latestMs = Math.max(dueMs, this.#lastReceiptMs);
    if (last !== undefined && nowMs > latestMs) this.wrongPolls.push('a poll after the deadline');
  }

  async initError(error: { readonly errorMessage: string }): Promise<void> {
    this.initErrors.push(error.errorMessage);
  }

  async close(): Promise<void> {
    if (this.#isPosting) this.wrongPolls.push('closed with an answer on its way');
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

  run(slot: SimSlot, { requestId }: Invocation): Promise<SlotResult> {
    if (!slot.isReady) this.misuses.push('a worker that has ended is used');
    if (slot.isRunning) this.misuses.push('a worker gets a second invocation');
    this.executed.push(requestId);
    slot.isRunning = true;
    const step = this.nextStep;
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
  isRunning = false;
  readonly #pool: SimPool;

  constructor(id: number, pool: SimPool) {
    this.id = id;
    this.#pool = pool;
  }

  invoke(invocation: Invocation): Promise<SlotResult> {
    return this.#pool.run(this, invocation);
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
    return { kind: 'crash', outcome, handlerMs: 0 };
  }
  const outcome = { kind: 'failure', error, headerType: 'Function.Error' } as const;
  return { kind: 'result', outcome, handlerMs };
}
