// Room for one invocation, lent to a lane: which thread runs it is decided when the event is there,
// and again while no thread has begun it.
import type { Deadline } from '../../core/deadline.ts';
import type { EvidenceReport } from '../../core/evidence.ts';
import type { Invocation } from '../../core/invocation.ts';
import type { Clock, OpenStream, Slot, SlotResult, WorkerEndCause } from '../../core/ports.ts';
import { type EvidenceOptions, SlotEvidence } from '../slot-evidence.ts';
import type { Offer } from './offer-watch.ts';
import type { Overruns } from './overruns.ts';
import type { Claim, SharedThread } from './shared-thread.ts';
import { asShared } from './sight.ts';

export type SharedLoanOptions = {
  readonly clock: Clock;
  readonly evidence: EvidenceOptions;
  readonly overruns: Overruns;
  /** A thread that may take something new; undefined: there is none. */
  readonly choose: () => SharedThread | undefined;
  /** One that has room, and turns, other than this. */
  readonly chooseBeside: (thread: SharedThread) => SharedThread | undefined;
  /** A thread's loop does not turn, for now. */
  readonly onLate: (thread: SharedThread) => void;
  /** An event is in front of a thread. */
  readonly onOffered: (offer: Offer) => void;
  readonly onBegun: () => void;
  /** The invocation is decided. */
  readonly onOver: () => void;
  /** Nobody waits for this thread on behalf of the loan any more. */
  readonly onLeft: (thread: SharedThread, hasServed: boolean) => void;
  /** The room is free. */
  readonly onReturned: () => void;
};

/** What was asked for with `invoke`. */
type Run = {
  readonly invocation: Invocation;
  readonly deadline: Deadline | undefined;
  readonly openStream: OpenStream;
  readonly resolve: (result: SlotResult) => void;
  readonly reject: (error: unknown) => void;
};

const NOTHING_RUNS: EvidenceReport = {
  evidence: { kind: 'none', reason: 'no handler was running' },
  profilePath: undefined,
};
const WAITED: EvidenceReport = {
  evidence: {
    kind: 'unstarted',
    reason: 'the event waited for a thread whose loop did not turn, and no other had room',
  },
  profilePath: undefined,
};

export class SharedLoan implements Slot, Offer {
  readonly #options: SharedLoanOptions;
  #run: Run | undefined;
  #claim: Claim | undefined;
  #evidence: SlotEvidence | undefined;
  #report: EvidenceReport | undefined;
  /** It lay in front of that thread until its time was up. */
  #waitedFor: Claim | undefined;
  #slotId = 0;
  #isReturned = false;
  offeredAtMs = 0;
  moves = 0;

  constructor(options: SharedLoanOptions) {
    this.#options = options;
  }

  /** Of the thread that has it, or had it last. */
  get id(): number {
    return this.#slotId;
  }

  get isReady(): boolean {
    return this.#options.choose() !== undefined;
  }

  get isOver(): boolean {
    return this.#claim === undefined || this.#claim.thread.hasTaken(this.#claim);
  }

  accepts(): boolean {
    return true;
  }

  invoke(
    invocation: Invocation,
    deadline: Deadline | undefined,
    openStream: OpenStream,
  ): Promise<SlotResult> {
    const { choose, onBegun, onOffered } = this.#options;
    return new Promise((resolve, reject) => {
      this.#run = { invocation, deadline, openStream, resolve, reject };
      onBegun();
      const thread = choose();
      if (thread !== undefined) {
        this.#offerTo(thread);
        onOffered(this);
        return;
      }
      // Another event has got the last thread that was free.
      this.#over();
      this.#return();
      resolve({ kind: 'unbegun' });
    });
  }

  move(): void {
    const claim = this.#claim;
    if (claim === undefined) return;
    this.#options.onLate(claim.thread);
    const other = this.#options.chooseBeside(claim.thread);
    if (other === undefined || !claim.thread.withdraw(claim)) return;
    this.moves += 1;
    this.#closeEvidence();
    this.#options.onLeft(claim.thread, false);
    this.#offerTo(other);
  }

  prepareEvidence(): void {
    // In a thread that has not begun it there is nothing to be seen of it.
    if (this.#claim?.thread.hasTaken(this.#claim) === true) this.#evidence?.prepare();
  }

  async collectEvidence(budgetMs: number): Promise<EvidenceReport> {
    const claim = this.#claim;
    if (claim === undefined || this.#evidence === undefined) return NOTHING_RUNS;
    if (claim.thread.withdraw(claim)) {
      // From here on it is not begun any more, which is what it is answered with.
      this.#waitedFor = claim;
      this.#claim = undefined;
      this.#closeEvidence();
      this.#options.onLeft(claim.thread, false);
      return WAITED;
    }
    const report = await this.#evidence.collect(budgetMs);
    this.#report = asShared(report, claim);
    return this.#report;
  }

  release(): void {
    this.#return();
  }

  condemn(cause: WorkerEndCause): void {
    const claim = this.#claim;
    const requestId = this.#run?.invocation.requestId ?? '';
    const { overruns } = this.#options;
    // First: a thread that is still being looked at cannot end.
    this.#over();
    const waitedFor = this.#waitedFor;
    if (claim !== undefined) {
      const { thread, number } = claim;
      this.#claim = undefined;
      const isTaken = !thread.withdraw(claim);
      if (isTaken) {
        thread.slot.abandon(number, 'its invocation is over');
        thread.end(claim);
      }
      this.#options.onLeft(thread, false);
      const evidence = this.#report?.evidence;
      if (cause === 'timeout') overruns.overran(thread, { number, requestId, isTaken, evidence });
    } else if (waitedFor !== undefined && cause === 'timeout') {
      const { thread, number } = waitedFor;
      overruns.overran(thread, { number, requestId, isTaken: false, evidence: undefined });
    }
    this.#return();
  }

  #offerTo(thread: SharedThread): void {
    const run = this.#run;
    if (run === undefined) return;
    const { clock, evidence } = this.#options;
    const { invocation, deadline, openStream } = run;
    const claim = thread.offer();
    this.#claim = claim;
    this.#slotId = thread.slot.id;
    this.offeredAtMs = clock.nowMonotonicMs();
    const { requestId } = invocation;
    const { number } = claim;
    this.#evidence = new SlotEvidence(thread.slot, requestId, deadline, evidence, number);
    const isBegun = (): boolean => thread.hasTaken(claim);
    const taking = { cell: claim.cell, isBegun };
    thread.slot.invoke(invocation, deadline, openStream, taking).then((result) => {
      if (this.#claim === claim) this.#end(claim, run, result);
      else if (this.#claim === undefined) run.resolve(result);
    }, run.reject);
  }

  #end(claim: Claim, run: Run, result: SlotResult): void {
    const { thread } = claim;
    const hasServed = result.kind === 'result';
    const isUnbegun = !hasServed && thread.withdraw(claim);
    this.#claim = undefined;
    if (hasServed) thread.turned();
    this.#over();
    if (!isUnbegun) thread.end(claim);
    this.#options.onLeft(thread, hasServed);
    // Nobody gives back what was lost.
    if (!hasServed) this.#return();
    run.resolve(isUnbegun ? { kind: 'unbegun' } : result);
  }

  #over(): void {
    if (this.#run === undefined) return;
    this.#closeEvidence();
    this.#run = undefined;
    this.#options.onOver();
  }

  #closeEvidence(): void {
    this.#evidence?.close();
    this.#evidence = undefined;
  }

  #return(): void {
    if (this.#isReturned) return;
    this.#isReturned = true;
    this.#options.onReturned();
  }
}
