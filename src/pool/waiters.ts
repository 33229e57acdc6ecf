// Lanes that wait for a worker, in the order of their coming.
import type { Invocation } from '../core/invocation.ts';
import type { Acquired, Clock, Slot } from '../core/ports.ts';

/** `invocation` when it has to be a worker that accepts that one. */
type Waiter = {
  readonly resolve: (acquired: Acquired) => void;
  readonly invocation: Invocation | undefined;
};

export class Waiters {
  readonly #clock: Clock;
  #waiters: Waiter[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#waiters.length === 0;
  }

  /** How many wait with an invocation. */
  get tenantCount(): number {
    if (this.isEmpty) return 0;
    this.#dropOver();
    return this.#waiters.filter(({ invocation }) => invocation !== undefined).length;
  }

  add(resolve: Waiter['resolve'], invocation: Invocation | undefined): void {
    this.#waiters.push({ resolve, invocation });
  }

  /** Each gets the worker that `take` has for it, if any. */
  serve(take: (invocation: Invocation | undefined) => Slot | undefined): void {
    if (this.isEmpty) return;
    this.#dropOver();
    this.#waiters = this.#waiters.filter(({ resolve, invocation }) => {
      const slot = take(invocation);
      if (slot !== undefined) resolve({ kind: 'slot', slot });
      return slot === undefined;
    });
  }

  /** Nobody waits any more. */
  tellAll(acquired: Acquired): void {
    for (const { resolve } of this.#waiters.splice(0)) resolve(acquired);
  }

  /** Past its deadline an invocation is answered: what still waits for it is told nothing, and
   * needs no worker. */
  #dropOver(): void {
    const nowEpochMs = this.#clock.nowEpochMs();
    this.#waiters = this.#waiters.filter(
      ({ invocation }) => (invocation?.deadlineEpochMs ?? nowEpochMs + 1) > nowEpochMs,
    );
  }
}
