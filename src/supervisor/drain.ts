// The end of service, in up to three steps: take nothing new; hurry, and give up the parked poll;
// give up what is left.
import { Listeners } from '../core/listeners.ts';
import type { Clock } from '../core/ports.ts';

export class Drain {
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #onBegun = new Listeners();
  readonly #onLimited = new Listeners();
  readonly #onExpired = new Listeners();
  #hasBegun = false;
  #isLimited = false;
  #hasExpired = false;

  constructor(clock: Clock, graceMs: number) {
    this.#clock = clock;
    this.#graceMs = graceMs;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get isLimited(): boolean {
    return this.#isLimited;
  }

  /** From now on nothing new is taken; what is in flight has all its time. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#onBegun.tell();
  }

  /** What is in flight has the grace from now on, and no more. */
  limit(): void {
    if (this.#isLimited) return;
    this.#isLimited = true;
    this.#onLimited.tell();
    this.#clock.scheduleAt(this.#clock.nowEpochMs() + this.#graceMs, () => {
      this.#hasExpired = true;
      this.#onExpired.tell();
    });
  }

  /** Runs when polling has to end; at once when that is past. Returns how to stop listening. */
  onBegun(run: () => void): () => void {
    return listen(this.#onBegun, this.#hasBegun, run);
  }

  /** Runs when the grace begins, and a parked poll is not waited for; at once when that is past. */
  onLimited(run: () => void): () => void {
    return listen(this.#onLimited, this.#isLimited, run);
  }

  /** Runs when invocations in flight are out of grace; at once when that is past. */
  onExpired(run: () => void): () => void {
    return listen(this.#onExpired, this.#hasExpired, run);
  }
}

function listen(listeners: Listeners, isPast: boolean, run: () => void): () => void {
  if (!isPast) return listeners.add(run);
  queueMicrotask(run);
  return () => {};
}
