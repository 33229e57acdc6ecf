// A platform that exists only in virtual time, and notes on everything it saw.
import { RuntimeError } from '../../src/core/errors.ts';
import type { Invocation, InvocationKey } from '../../src/core/invocation.ts';
import { REPOLL_GUARD_MS } from '../../src/core/limits.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import type { Receipt, ResponseStream, RuntimeApi, StreamOptions } from '../../src/core/ports.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimPool } from './sim-pool.ts';
import { SimStream } from './sim-stream.ts';
import type { Step } from './step.ts';

export type Answer = {
  readonly requestId: string;
  readonly outcome: Outcome;
  readonly atMs: number;
  readonly deadlineMs: number;
};

/** The handler itself has ended the invocation. */
export function isResult({ outcome: { kind } }: Answer): boolean {
  return kind === 'success' || kind === 'failure';
}

export class SimApi implements RuntimeApi {
  readonly delivered: Invocation[] = [];
  readonly answers: Answer[] = [];
  readonly initErrors: string[] = [];
  /** Ids of the invocations whose end is in the log. */
  readonly told = new Set<string>();
  /** What a stream must never be asked, in words. */
  readonly streamMisuses: string[] = [];
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
  #stream: SimStream | undefined;

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

  async respond(key: InvocationKey, outcome: Outcome, onSent?: () => void): Promise<Receipt> {
    const invocation = this.delivered.find((one) => one.requestId === key.requestId);
    const deadlineMs = invocation?.deadlineEpochMs ?? 0;
    const atMs = this.#clock.nowEpochMs();
    this.answers.push({ requestId: key.requestId, outcome, atMs, deadlineMs });
    const step = this.#steps[this.delivered.length - 1];
    this.#posted = this.#clock.wait(step?.postMs ?? 0);
    this.#isPosting = true;
    if (onSent !== undefined) queueMicrotask(onSent);
    await this.#posted;
    this.#isPosting = false;
    if (step?.postIsFatal) throw new RuntimeError('Runtime.ApiFailure', 'the answer met a 500');
    return { kind: 'accepted', status: 202 };
  }

  openStream({ requestId }: InvocationKey, { onClosed }: StreamOptions): ResponseStream {
    if (this.#stream?.isOver === false) this.streamMisuses.push('two at once');
    if (this.answers.some((one) => one.requestId === requestId)) {
      this.streamMisuses.push('opened after the answer');
    }
    const step = this.#steps[this.delivered.length - 1];
    const deadlineMs = this.delivered.at(-1)?.deadlineEpochMs ?? 0;
    const stream = new SimStream({
      clock: this.#clock,
      onClosed,
      postMs: step?.postMs ?? 0,
      isFatal: step?.postIsFatal ?? false,
      onEnd: (outcome) => {
        const atMs = this.#clock.nowEpochMs();
        this.answers.push({ requestId, outcome, atMs, deadlineMs });
      },
    });
    this.#stream = stream;
    const { hangsUpMs } = step ?? {};
    if (hangsUpMs !== undefined && !step?.postIsFatal)
      this.#clock.after(hangsUpMs, () => stream.hangUp());
    return stream;
  }

  /** With a worker, or else not before the last deadline is near; and never later than that. */
  #checkPoll(): void {
    const last = this.answers.at(-1);
    const nowMs = this.#clock.nowEpochMs();
    // After a timeout at once, otherwise shortly before the deadline.
    const isTimeout = last?.outcome.kind === 'timeout';
    const deadlineMs = last?.deadlineMs ?? Number.POSITIVE_INFINITY;
    const dueMs = isTimeout ? 0 : deadlineMs - REPOLL_GUARD_MS;
    if (!this.#pool.hasLent && nowMs < dueMs) this.wrongPolls.push('a poll without a worker');
    if (last === undefined) return;
    if (this.#stream?.isOver === false) this.wrongPolls.push('a poll before a stream has its end');
    // The reply to the answer is not waited for, unless it was streamed.
    const latestMs = Math.max(dueMs, last.atMs, this.#stream?.overAtMs ?? 0);
    if (nowMs > latestMs) this.wrongPolls.push('a poll after the deadline');
    const isTold = isResult(last) || this.told.has(last.requestId);
    if (!isTold) this.wrongPolls.push('a poll before the log has what ended the invocation');
  }

  async initError(error: { readonly errorMessage: string }): Promise<void> {
    this.initErrors.push(error.errorMessage);
  }

  async close(): Promise<void> {
    this.#stream?.abort();
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
