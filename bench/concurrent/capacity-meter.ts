// Follows what is parked and running together: when it falls below the number of lanes, and how
// long until it is back. Told in two ways, because an ordinary answer also takes one away until the
// next poll: how long the whole was below the number of lanes, whatever else happened meanwhile,
// and how long each lane was away. A lane is a connection that polls: it is there while its poll is
// parked or an event that went out to it runs.
import type { CapacityChange } from '../support/concurrent-server.ts';

export type Dip = {
  /** Since the start, and until the capacity was whole again. */
  readonly atMs: number;
  readonly forMs: number;
  /** How many events ended in it other than with a success, and the lowest capacity. */
  readonly losses: number;
  readonly lowest: number;
};

type Away = { readonly atMs: number; readonly isLoss: boolean };

/** Without a loss, a dip or an absence is told when it is longer: an ordinary answer's is not. */
export const QUIET_MS_MIN = 100;

export class CapacityMeter {
  /** How long lanes were away after a loss, and longer than ordinary ones without one. */
  readonly lostMs: number[] = [];
  readonly slowMs: number[] = [];
  readonly dips: Dip[] = [];
  readonly #lanes: number;
  #capacity: number;
  #highest: number;
  /** Parked and running of each connection. */
  readonly #held = new Map<number, number>();
  readonly #away = new Map<number, Away>();
  /** Lanes whose connection is closed: the next new connection is taken for the oldest. */
  readonly #orphans: Away[] = [];
  #dip: { atMs: number; losses: number; lowest: number } | undefined;

  /** @param parked the connections with a parked poll at the start; nothing runs then. */
  constructor(lanes: number, parked: readonly number[]) {
    this.#lanes = lanes;
    this.#capacity = parked.length;
    this.#highest = parked.length;
    for (const connection of parked) this.#held.set(connection, 1);
  }

  /** Lanes that are away since a loss, or since longer than an ordinary answer's next poll. */
  missing(nowMs: number): number {
    const all = [...this.#away.values(), ...this.#orphans];
    return all.filter(({ atMs, isLoss }) => isLoss || nowMs - atMs >= QUIET_MS_MIN).length;
  }

  /** The highest capacity since this was asked the last time. */
  takeHighest(): number {
    const highest = this.#highest;
    this.#highest = this.#capacity;
    return highest;
  }

  change(change: CapacityChange, connection: number, atMs: number): void {
    if (change === 'polled') {
      this.#gain(atMs);
      this.#come(connection, atMs);
      return;
    }
    const isLoss = change !== 'answered';
    this.#lose(isLoss, atMs);
    this.#leave(connection, { atMs, isLoss });
  }

  closed(connection: number, atMs: number): void {
    const wasLane = this.#held.delete(connection);
    const away = this.#away.get(connection) ?? { atMs, isLoss: true };
    this.#away.delete(connection);
    if (wasLane) this.#orphans.push(away);
  }

  /** Ends the dip that is under way, for the report. */
  close(atMs: number): void {
    this.#endDip(atMs);
  }

  #gain(atMs: number): void {
    this.#capacity += 1;
    this.#highest = Math.max(this.#highest, this.#capacity);
    if (this.#capacity === this.#lanes) this.#endDip(atMs);
  }

  #lose(isLoss: boolean, atMs: number): void {
    this.#capacity -= 1;
    if (this.#capacity >= this.#lanes) return;
    this.#dip ??= { atMs, losses: 0, lowest: this.#capacity };
    this.#dip.lowest = Math.min(this.#dip.lowest, this.#capacity);
    if (isLoss) this.#dip.losses += 1;
  }

  #come(connection: number, atMs: number): void {
    const held = this.#held.get(connection);
    this.#held.set(connection, (held ?? 0) + 1);
    const away =
      this.#away.get(connection) ?? (held === undefined ? this.#orphans.shift() : undefined);
    this.#away.delete(connection);
    if (away === undefined) return;
    const forMs = atMs - away.atMs;
    if (away.isLoss) this.lostMs.push(forMs);
    else if (forMs >= QUIET_MS_MIN) this.slowMs.push(forMs);
  }

  #leave(connection: number, away: Away): void {
    const held = this.#held.get(connection);
    // Of a connection that is closed: the lane was lost with it.
    if (held === undefined) return;
    this.#held.set(connection, held - 1);
    if (held === 1) this.#away.set(connection, away);
  }

  #endDip(endMs: number): void {
    const dip = this.#dip;
    this.#dip = undefined;
    if (dip === undefined) return;
    const forMs = endMs - dip.atMs;
    if (dip.losses > 0 || forMs >= QUIET_MS_MIN) this.dips.push({ ...dip, forMs });
  }
}
