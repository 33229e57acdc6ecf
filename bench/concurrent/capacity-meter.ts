// Follows what is parked and running together: when it falls below the number of lanes, and how
// long until it is back. An ordinary answer also takes one away until the next poll, so the time of
// a loss is told in two ways: how long each lost lane took to come back, and how long the whole
// was below the number of lanes, whatever else happened meanwhile.
import type { CapacityChange } from '../support/concurrent-server.ts';

export type Dip = {
  /** Since the start, and until the capacity was whole again. */
  readonly atMs: number;
  readonly forMs: number;
  /** How many lanes were lost in it, and the lowest capacity. */
  readonly losses: number;
  readonly lowest: number;
};

/** A dip without a loss is told when it is longer: an ordinary answer's is not. */
const QUIET_DIP_MS_MIN = 100;

export class CapacityMeter {
  /** Of each lost lane that came back, in ms. */
  readonly lanesBackMs: number[] = [];
  readonly dips: Dip[] = [];
  readonly #lanes: number;
  #capacity = 0;
  /** When the lanes were lost that are not back; the oldest is the first that comes back. */
  readonly #lost: number[] = [];
  /** Lanes between an ordinary answer and the next poll: a poll is taken for theirs. */
  #between = 0;
  #dip: { atMs: number; losses: number; lowest: number } | undefined;

  /** @param capacity parked and running at the start, when nothing is lost. */
  constructor(lanes: number, capacity: number) {
    this.#lanes = lanes;
    this.#capacity = capacity;
    this.#between = Math.max(0, lanes - capacity);
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Lanes that are lost and not back. */
  get missing(): number {
    return this.#lost.length;
  }

  change(change: CapacityChange, atMs: number): void {
    if (change === 'polled') this.#gain(atMs);
    else this.#lose(change !== 'answered', atMs);
  }

  /** Ends the dip that is under way, for the report. */
  close(atMs: number): void {
    if (this.#dip !== undefined) this.#endDip(atMs);
  }

  #gain(atMs: number): void {
    this.#capacity += 1;
    // A runtime that holds more than its lanes is not made whole by even more.
    if (this.#capacity > this.#lanes) return;
    if (this.#between > 0) this.#between -= 1;
    else {
      const lostAtMs = this.#lost.shift();
      if (lostAtMs !== undefined) this.lanesBackMs.push(atMs - lostAtMs);
    }
    if (this.#capacity === this.#lanes) this.#endDip(atMs);
  }

  #lose(isLoss: boolean, atMs: number): void {
    this.#capacity -= 1;
    if (this.#capacity >= this.#lanes) return;
    this.#dip ??= { atMs, losses: 0, lowest: this.#capacity };
    this.#dip.lowest = Math.min(this.#dip.lowest, this.#capacity);
    if (!isLoss) {
      this.#between += 1;
      return;
    }
    this.#lost.push(atMs);
    this.#dip.losses += 1;
  }

  #endDip(endMs: number): void {
    const dip = this.#dip;
    this.#dip = undefined;
    if (dip === undefined) return;
    const forMs = endMs - dip.atMs;
    if (dip.losses > 0 || forMs >= QUIET_DIP_MS_MIN) this.dips.push({ ...dip, forMs });
  }
}
