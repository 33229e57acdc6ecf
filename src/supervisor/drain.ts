// The end of service, asked for once: first "take nothing new", then "give up what is left".
import type { Clock } from '../core/ports.ts';

export class Drain {
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #onBegun = new Set<() => void>();
  readonly #onExpired = new Set<() => void>();
  #hasBegun = false;
  #hasExpired = false;

  constructor(clock: Clock, graceMs: number) {
    this.#clock = clock;
    this.#graceMs = graceMs;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#clock.scheduleAt(this.#clock.nowEpochMs() + this.#graceMs, () => {
      this.#hasExpired = true;
      for (const run of [...this.#onExpired]) run();
    });
    for (const run of [...this.#onBegun]) run();
  }

  /** Runs when polling has to end; at once when that is past. Returns how to stop listening. */
  onBegun(run: () => void): () => void {
    return listen(this.#onBegun, this.#hasBegun, run);
  }

  /** Runs when invocations in flight are out of grace; at once when that is past. */
  onExpired(run: () => void): () => void {
    return listen(this.#onExpired, this.#hasExpired, run);
  }
}

function listen(listeners: Set<() => void>, isPast: boolean, run: () => void): () => void {
  if (isPast) queueMicrotask(run);
  else listeners.add(run);
  return () => listeners.delete(run);
}
