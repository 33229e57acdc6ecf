// What becomes of a shared thread when one of its invocations has overrun: while its loop turns the
// others finish on it; one that is blocked is ended, and each is told why.

import type { Evidence } from '../../core/evidence.ts';
import { EVIDENCE_MS_MAX, HELD_GRACE_MS, OWN_GRACE_MS } from '../../core/limits.ts';
import { holderOutcome, neighbourOutcome } from '../../core/outcome.ts';
import type { Clock } from '../../core/ports.ts';
import { type EvidenceOptions, SlotEvidence } from '../slot-evidence.ts';
import type { SharedThread } from './shared-thread.ts';
import { holderOf, sightOf } from './sight.ts';

/** An invocation that was answered at its deadline. */
export type Overrun = {
  readonly number: number;
  readonly requestId: string;
  /** The thread has begun it, and may never be through with it. */
  readonly isTaken: boolean;
  readonly evidence: Evidence | undefined;
};

export type OverrunsOptions = {
  readonly clock: Clock;
  readonly evidence: EvidenceOptions;
  /** The thread takes nothing new any more. */
  readonly onLeaving: () => void;
};

const LEFT_BEHIND = 'work that was left behind blocked it past the deadline of an event';
const OVERRAN = 'an invocation overran in it';

export class Overruns {
  readonly #options: OverrunsOptions;
  readonly #asked = new Set<SharedThread>();

  constructor(options: OverrunsOptions) {
    this.#options = options;
  }

  /** The answer is on its way. */
  overran(thread: SharedThread, overrun: Overrun): void {
    const { number, requestId, isTaken, evidence } = overrun;
    if (isTaken) {
      thread.leaving = { reason: OVERRAN, isWorn: false };
      this.#options.onLeaving();
    }
    const sight = isTaken ? sightOf(evidence, thread, number) : 'unknown';
    if (sight === 'turning' || (isTaken && thread.load === 0)) {
      this.endIfLeft(thread);
    } else if (sight === 'own') {
      // Its code was seen to run, which it also does in a loop that turns: who is in the middle of
      // a short piece of work does not block its neighbours.
      const what = 'did not end in time and blocked it';
      this.#unlessItTurns(thread, OWN_GRACE_MS, () => {
        if (!this.#asked.delete(thread)) return;
        thread.slot.fail('timeout', (one) => neighbourOutcome(one.requestId, requestId, what));
      });
    } else {
      // A computation of another one may end by itself, a little late.
      this.#unlessItTurns(thread, HELD_GRACE_MS, () => void this.#endHeld(thread));
    }
  }

  /** Ends it once nobody waits for it any more. */
  endIfLeft(thread: SharedThread): void {
    const { slot, load, leaving } = thread;
    if (load > 0 || leaving === undefined || slot.endCause !== undefined) return;
    if (leaving.isWorn) slot.retire(leaving.reason);
    else slot.end('timeout', leaving.reason);
  }

  /** Of two questions at once the one with less patience counts. */
  #unlessItTurns(thread: SharedThread, patienceMs: number, onSilence: () => void): void {
    if (this.#asked.has(thread) && patienceMs === HELD_GRACE_MS) return;
    this.#asked.add(thread);
    const { clock } = this.#options;
    const cancel = clock.scheduleAt(clock.nowEpochMs() + patienceMs, onSilence);
    const onTurn = (): void => {
      if (!this.#asked.delete(thread)) return;
      cancel();
      thread.isLate = false;
      this.endIfLeft(thread);
    };
    thread.slot.thread.ping(onTurn);
  }

  async #endHeld(thread: SharedThread): Promise<void> {
    const { slot } = thread;
    if (thread.load === 0) {
      // Nobody is in the way of the thread's end but what an earlier invocation has left behind.
      if (this.#asked.delete(thread)) slot.end('timeout', LEFT_BEHIND);
      return;
    }
    const look = new SlotEvidence(slot, '', undefined, this.#options.evidence);
    const { evidence } = await look.collect(EVIDENCE_MS_MAX / 5);
    look.close();
    // It has turned meanwhile, or is gone.
    if (!this.#asked.delete(thread) || slot.endCause !== undefined) return;
    const holder = holderOf(evidence, thread) ?? slot.tasks.onlyNumber;
    const holderId = holder === undefined ? undefined : slot.tasks.find(holder)?.requestId;
    const what = 'blocked it past the deadline of another one';
    slot.fail('timeout', ({ number, requestId }) =>
      number === holder
        ? holderOutcome(requestId, evidence)
        : neighbourOutcome(requestId, holderId, what),
    );
  }
}
