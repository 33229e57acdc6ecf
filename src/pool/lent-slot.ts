// A worker slot as the lane that holds it sees it: from the loan until it is given back or ended.
import type { Deadline } from '../core/deadline.ts';
import type { EvidenceReport } from '../core/evidence.ts';
import type { Invocation } from '../core/invocation.ts';
import type { OpenStream, Slot, SlotResult, WorkerEndCause } from '../core/ports.ts';
import { type EvidenceOptions, SlotEvidence } from './slot-evidence.ts';
import type { WorkerSlot } from './worker-slot.ts';

export type LoanOptions = {
  /** Whether it may run this invocation. */
  readonly accepts: (slot: WorkerSlot, invocation: Invocation) => boolean;
  readonly evidence: EvidenceOptions;
  readonly onBegun: (slot: WorkerSlot, invocation: Invocation) => void;
  /** Its invocation is decided. */
  readonly onOver: (slot: WorkerSlot) => void;
  readonly onReleased: (slot: WorkerSlot) => void;
};

const NOTHING_RUNS: EvidenceReport = {
  evidence: { kind: 'none', reason: 'no handler was running' },
  profilePath: undefined,
};

export class LentSlot implements Slot {
  readonly id: number;
  readonly #slot: WorkerSlot;
  readonly #options: LoanOptions;
  #evidence: SlotEvidence | undefined;

  constructor(slot: WorkerSlot, options: LoanOptions) {
    this.id = slot.id;
    this.#slot = slot;
    this.#options = options;
  }

  get isReady(): boolean {
    return this.#slot.state === 'busy';
  }

  accepts(invocation: Invocation): boolean {
    return this.#options.accepts(this.#slot, invocation);
  }

  async invoke(
    invocation: Invocation,
    deadline: Deadline | undefined,
    openStream: OpenStream,
  ): Promise<SlotResult> {
    const { evidence, onBegun } = this.#options;
    onBegun(this.#slot, invocation);
    this.#evidence = new SlotEvidence(this.#slot, invocation.requestId, deadline, evidence);
    const result = await this.#slot.invoke(invocation, deadline, openStream);
    this.#over();
    return result;
  }

  prepareEvidence(): void {
    this.#evidence?.prepare();
  }

  collectEvidence(budgetMs: number): Promise<EvidenceReport> {
    return this.#evidence?.collect(budgetMs) ?? Promise.resolve(NOTHING_RUNS);
  }

  release(): void {
    if (this.#slot.state !== 'busy') return;
    this.#slot.state = 'ready';
    this.#options.onReleased(this.#slot);
  }

  condemn(cause: WorkerEndCause): void {
    // First: a thread that is still being looked at cannot end.
    this.#over();
    this.#slot.end(cause);
  }

  #over(): void {
    if (this.#evidence === undefined) return;
    this.#evidence.close();
    this.#evidence = undefined;
    this.#options.onOver(this.#slot);
  }
}
