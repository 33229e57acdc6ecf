// Where the handler of one invocation is. Nothing of it is loaded, and nothing is done, before an
// invocation is near its deadline.
import type { Deadline } from '../core/deadline.ts';
import type { EvidenceReport } from '../core/evidence.ts';
import type { Clock } from '../core/ports.ts';
import type { Witness, WitnessOptions } from '../evidence/witness.ts';
import type { WorkerSlot } from './worker-slot.ts';

export type EvidenceOptions = {
  readonly clock: Clock;
  readonly profileDir: string | undefined;
  readonly onProblem: (text: string) => void;
};

/** From the hand-over of an invocation until it is decided. */
export class SlotEvidence {
  readonly #options: EvidenceOptions;
  readonly #fireEpochMs: number | undefined;
  readonly #slot: WorkerSlot;
  readonly #requestId: string;
  readonly #number: number | undefined;
  #opening: Promise<Witness | undefined> | undefined;
  #witness: Witness | undefined;
  #isClosed = false;

  /** `deadline` is the invocation's; undefined: nobody will ask in time, or at all. `number`: its
   * thread has others as well, whose code says nothing of this one. */
  constructor(
    slot: WorkerSlot,
    requestId: string,
    deadline: Deadline | undefined,
    options: EvidenceOptions,
    number?: number,
  ) {
    this.#number = number;
    this.#options = options;
    this.#fireEpochMs = deadline?.fireEpochMs;
    this.#slot = slot;
    this.#requestId = requestId;
  }

  prepare(): void {
    void this.#open().then((witness) => witness?.prepare(this.#untilFireMs()));
  }

  /** Resolves within about `budgetMs`, the loading included; never rejects. */
  async collect(budgetMs: number): Promise<EvidenceReport> {
    const { clock } = this.#options;
    const untilMs = clock.nowMonotonicMs() + budgetMs;
    const witness = await this.#open();
    const leftMs = untilMs - clock.nowMonotonicMs();
    if (witness !== undefined && leftMs > 0) return witness.collect(leftMs);
    const reason = 'there was no time left to look where the handler was';
    return { evidence: { kind: 'none', reason }, profilePath: undefined };
  }

  /** Lets go of the thread, which ends or goes on. */
  close(): void {
    this.#isClosed = true;
    this.#witness?.dispose();
    this.#witness = undefined;
  }

  #about(): WitnessOptions {
    const { profileDir, onProblem } = this.#options;
    const { thread, osThreadId, children } = this.#slot;
    return {
      worker: thread.worker,
      osThreadId,
      requestId: this.#requestId,
      number: this.#number,
      profileDir,
      onProblem,
      childrenSinceEpochMs: children.sinceEpochMs,
      askPending: (searchMs, onEarly) => thread.askPending(searchMs, onEarly),
    };
  }

  #untilFireMs(): number {
    return (this.#fireEpochMs ?? 0) - this.#options.clock.nowEpochMs();
  }

  #open(): Promise<Witness | undefined> {
    this.#opening ??= import('../evidence/witness.ts').then(
      ({ Witness }) => {
        if (this.#isClosed) return undefined;
        this.#witness = new Witness(this.#about());
        return this.#witness;
      },
      (error: unknown) => {
        this.#options.onProblem(`Cannot look where the handler is: ${String(error)}`);
        return undefined;
      },
    );
    return this.#opening;
  }
}
