// Over how many threads events are spread: over few while no invocation blocks its thread, or ends
// it; over all of them for a while after one has (docs/adr/0023-managed-instances.md).
import { BLOCKED_MS, CALM_LOAD, SPREAD_MS } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';

export class Spread {
  readonly #clock: Pick<Clock, 'nowMonotonicMs'>;
  readonly #cpuCount: number;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'nowMonotonicMs'>, cpuCount: number) {
    this.#clock = clock;
    this.#cpuCount = cpuCount;
  }

  /** A thread's loop did not turn for so long, ms. */
  waited(ms: number): void {
    if (ms >= BLOCKED_MS) this.disturbed();
  }

  /** An invocation has hurt others, or might have. */
  disturbed(): void {
    this.#untilMs = this.#clock.nowMonotonicMs() + SPREAD_MS;
  }

  /** Threads for so many invocations: one for each processor at least. */
  width(invocationCount: number): number {
    if (this.#clock.nowMonotonicMs() < this.#untilMs) return Number.POSITIVE_INFINITY;
    return Math.max(this.#cpuCount, Math.ceil(invocationCount / CALM_LOAD));
  }
}
