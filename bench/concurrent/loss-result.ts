// What a run under losses comes to: the counts that must be zero, the times, and a thin line of the
// capacity. Plain JSON.

import { quantile, type Summary, summarise } from '../../src/cli/bench/statistics.ts';
import type { Origin } from '../support/machine.ts';
import type { ReferenceBuild } from '../support/reference.ts';
import type { ServerCounts } from '../support/server-counts.ts';
import type { Variant } from '../support/variants.ts';
import type { Dip } from './capacity-meter.ts';
import { NEVER_ANSWERED, type Outcomes, WRONG_ANSWER } from './ledger.ts';
import type { LossMark, LossPlan, LossRun } from './loss-record.ts';

/**
 * The capacity within one stretch of time: parked, or running an event that gets an answer. `held`
 * is the most within 100 ms, so that lanes between an answer and their next poll count as there.
 */
export type CapacityPoint = {
  readonly atMs: number;
  readonly lowest: number;
  readonly held: number;
};

export type LossResult = {
  readonly variant: string;
  readonly title: string;
  readonly handedOut: number;
  readonly neverAnswered: number;
  /** Of the events that only wait: ended with an error because of another. */
  readonly waitingHurt: number;
  readonly outcomes: Outcomes;
  readonly counts: ServerCounts;
  readonly throughput: number;
  readonly latencyMs: Summary;
  readonly processes: number;
  readonly ends: number;
  readonly hangs: number;
  readonly threadsTaken: number;
  /** Lanes that were lost with an event; how long they were away; the others that were slow. */
  readonly lanesLost: number;
  readonly lanesAwayMs: Summary;
  readonly lanesBackWithin1s: number;
  readonly slowLanesMs: Summary;
  readonly lanesMissing: number;
  /** Times below the number of lanes in which a lane was lost, and long ones in which none was. */
  readonly dips: Summary;
  readonly quietDips: Summary;
  readonly longestDips: readonly Dip[];
  readonly capacityMean: number;
  /** The share of the samples below nine tenths of the lanes, and below half. */
  readonly shareBelow90: number;
  readonly shareBelow50: number;
  readonly parkedAtEnd: number;
  readonly rssMbMost: number;
  readonly capacity: readonly CapacityPoint[];
  readonly marks: readonly LossMark[];
};

export type LossReport = {
  readonly schema: 1;
  readonly bench: 'lost-threads';
  readonly takenAt: string;
  readonly origin: Origin;
  readonly referenceBuild: ReferenceBuild | null;
  readonly missing: readonly string[];
  readonly notes: readonly string[];
  readonly parameters: LossPlan;
  readonly results: readonly LossResult[];
};

/** What Bulkhead promises and a run has not kept: empty when all is well. */
export function brokenPromises(result: LossResult, lanes: number): string[] {
  const { neverAnswered, counts, outcomes, processes } = result;
  const wrong = Object.values(outcomes).map((of) => of[WRONG_ANSWER] ?? 0);
  const flaws: readonly (readonly [number, string])[] = [
    [neverAnswered, 'events were never answered'],
    [wrong.reduce(sum, 0), 'events got the answer of another'],
    [counts.duplicate, 'events were answered twice'],
    [counts.unknown, 'answers had an unknown id'],
    [counts.late, 'answers came long after their deadline'],
    [counts.dropped, 'parked polls were given up'],
    [processes - 1, 'times another process had to be started'],
    [Math.max(0, counts.heldMost - lanes), 'events or polls more than it has lanes'],
  ];
  return flaws.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`);
}

/** By sample. */
type Capacity = { readonly lowest: readonly number[]; readonly held: readonly number[] };

/** Samples in 100 ms. */
const WINDOW = 10;
const POINTS_MAX = 900;
const LONGEST = 20;
const BACK_MS_MAX = 1000;

export function toLossResult(variant: Variant, run: LossRun, plan: LossPlan): LossResult {
  const { outcomes, dips, lostMs, lanesMissing, marks } = run;
  const capacity = usefulCapacity(run);
  const below = (share: number): number => {
    const count = capacity.held.filter((held) => held < plan.lanes * share).length;
    return round(count / Math.max(1, capacity.held.length));
  };
  const waiting = outcomes['wait'] ?? {};
  const successes = waiting['success'] ?? 0;
  const hurt = Object.values(waiting).reduce((sum, count) => sum + count, 0) - successes;
  const ways = Object.keys(outcomes).filter((way) => way !== 'wait');
  const lossDips = dips.filter(({ losses }) => losses > 0);
  const quiet = dips.filter(({ losses }) => losses === 0);
  return {
    variant: variant.name,
    title: variant.title,
    handedOut: run.handedOut,
    neverAnswered: run.lost.length,
    waitingHurt: hurt - (waiting[NEVER_ANSWERED] ?? 0),
    outcomes,
    counts: run.counts,
    throughput: round((successes * 1000) / plan.forMs),
    latencyMs: run.latencyMs,
    processes: run.pids.length,
    ends: run.ends,
    hangs: run.hangs,
    threadsTaken: ways.flatMap((way) => Object.values(outcomes[way] ?? {})).reduce(sum, 0),
    lanesLost: lostMs.length + lanesMissing,
    lanesAwayMs: summarise(lostMs),
    lanesBackWithin1s: lostMs.filter((ms) => ms <= BACK_MS_MAX).length,
    slowLanesMs: summarise(run.slowMs),
    lanesMissing,
    dips: summarise(lossDips.map(({ forMs }) => forMs)),
    quietDips: summarise(quiet.map(({ forMs }) => forMs)),
    longestDips: lossDips.toSorted((a, b) => b.forMs - a.forMs).slice(0, LONGEST),
    capacityMean: round(mean(capacity.held)),
    shareBelow90: below(0.9),
    shareBelow50: below(0.5),
    parkedAtEnd: run.parkedAtEnd,
    rssMbMost: round(run.rssMbMost),
    capacity: thinned(run, capacity),
    marks: marks.map(({ atMs, what }) => ({ atMs: round(atMs), what })),
  };
}

/** Events that are never answered hold a lane of the platform, but they are not capacity. */
function usefulCapacity({ samples, lost }: LossRun): Capacity {
  const starts = lost.map(({ sentMs }) => sentMs).toSorted((a, b) => a - b);
  const ends = lost.map(({ givenUpMs }) => givenUpMs).toSorted((a, b) => a - b);
  let started = 0;
  let ended = 0;
  const lowest: number[] = [];
  const highest: number[] = [];
  for (const sample of samples) {
    while ((starts[started] ?? Number.POSITIVE_INFINITY) <= sample.atMs) started += 1;
    while ((ends[ended] ?? Number.POSITIVE_INFINITY) <= sample.atMs) ended += 1;
    lowest.push(Math.max(0, sample.parked + sample.running - (started - ended)));
    highest.push(Math.max(0, sample.highest - (started - ended)));
  }
  const held = highest.map((_, at) =>
    Math.max(...highest.slice(Math.max(0, at - WINDOW + 1), at + 1)),
  );
  return { lowest, held };
}

function thinned({ samples }: LossRun, { lowest, held }: Capacity): CapacityPoint[] {
  const stretch = Math.max(1, Math.ceil(samples.length / POINTS_MAX));
  const points: CapacityPoint[] = [];
  for (let from = 0; from < samples.length; from += stretch) {
    points.push({
      atMs: round(samples[from]?.atMs ?? 0),
      lowest: quantile(lowest.slice(from, from + stretch), 0),
      held: round(mean(held.slice(from, from + stretch))),
    });
  }
  return points;
}

function mean(values: readonly number[]): number {
  return values.reduce(sum, 0) / Math.max(1, values.length);
}

function sum(a: number, b: number): number {
  return a + b;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
