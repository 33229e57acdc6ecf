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

  /** For so many invocations: one thread for each processor at least, and none that has its place
   * alone takes a second one. @param room of a thread, of all lanes evenly. */
  placement(invocationCount: number, room: number): { width: number; room: number } {
    if (this.#clock.nowMonotonicMs() < this.#untilMs) {
      return { width: Number.POSITIVE_INFINITY, room };
    }
    const width = Math.max(this.#cpuCount, Math.ceil(invocationCount / CALM_LOAD));
    return { width, room: room === 1 ? 1 : Math.max(room, CALM_LOAD) };
  }
}
