// Events that have been offered to a thread, until it has taken them: from a thread whose loop does
// not turn they are moved to another one (docs/adr/0023-managed-instances.md).
import { OFFER_MS } from '../../core/limits.ts';
import type { Cancel, Clock } from '../../core/ports.ts';

/** An event in front of a thread. */
export type Offer = {
  /** The thread has taken it, or nobody waits for it any more. */
  readonly isOver: boolean;
  /** When it was offered to this thread, on the monotonic clock. */
  readonly offeredAtMs: number;
  /** How often it has changed threads. */
  readonly moves: number;
  /** It has waited for too long: goes to a thread that has room and turns, if there is one. */
  move(): void;
};

export class OfferWatch {
  readonly #clock: Clock;
  #offers: Offer[] = [];
  #cancel: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(offer: Offer): void {
    this.#offers.push(offer);
    this.#cancel ??= this.#schedule();
  }

  stop(): void {
    this.#cancel?.();
    this.#offers = [];
  }

  #schedule(): Cancel {
    return this.#clock.scheduleAt(this.#clock.nowEpochMs() + OFFER_MS, () => {
      this.#cancel = undefined;
      this.#look();
    });
  }

  #look(): void {
    const nowMs = this.#clock.nowMonotonicMs();
    this.#offers = this.#offers.filter((offer) => !offer.isOver);
    for (const offer of this.#offers) {
      // Twice as long after each move: where all threads are late, moving helps nobody.
      if (nowMs - offer.offeredAtMs >= OFFER_MS * 2 ** offer.moves) offer.move();
    }
    if (this.#offers.length > 0) this.#cancel ??= this.#schedule();
  }
}
