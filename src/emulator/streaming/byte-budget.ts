// Lambda's bandwidth of a streamed response: a bucket that is full at first and refilled in steps.
// Pure: the time is handed in.
import { STREAM_BURST_BYTES, STREAM_BYTES_PER_S, STREAM_REFILL_MS } from '../emulator-limits.ts';

const STEP_BYTES: number = (STREAM_BYTES_PER_S * STREAM_REFILL_MS) / 1000;

export class ByteBudget {
  readonly #beganAtMs: number;
  #bytes = STREAM_BURST_BYTES;
  #stepsTaken = 0;

  constructor(nowMs: number) {
    this.#beganAtMs = nowMs;
  }

  /** Takes the bytes out and says how long to wait until they are paid for, ms. */
  spend(bytes: number, nowMs: number): number {
    const steps = Math.floor((nowMs - this.#beganAtMs) / STREAM_REFILL_MS);
    this.#bytes += (steps - this.#stepsTaken) * STEP_BYTES;
    this.#bytes = Math.min(this.#bytes, STREAM_BURST_BYTES) - bytes;
    this.#stepsTaken = steps;
    if (this.#bytes >= 0) return 0;
    const stepsMissing = Math.ceil(-this.#bytes / STEP_BYTES);
    return this.#beganAtMs + (steps + stepsMissing) * STREAM_REFILL_MS - nowMs;
  }
}
