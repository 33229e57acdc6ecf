// Quantiles, and ratios with the spread that the rounds give them. Pure, and the same every time.

export type Summary = {
  readonly count: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
};

export type Ratio = {
  readonly ratio: number;
  /** The 95 % bootstrap interval, over rounds. */
  readonly low: number;
  readonly high: number;
};

/** A figure with the 95 % bootstrap interval, over rounds. */
export type Spread = { readonly value: number; readonly low: number; readonly high: number };

/** The largest samples of a round, falling, and how many samples it has in all. */
type Tail = { readonly count: number; readonly largest: readonly number[] };

const RESAMPLES = 2000;
const SEED = 0x9e3779b9;

export function summarise(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    min: round(quantileOfSorted(sorted, 0)),
    p50: round(quantileOfSorted(sorted, 0.5)),
    p90: round(quantileOfSorted(sorted, 0.9)),
    p99: round(quantileOfSorted(sorted, 0.99)),
    max: round(quantileOfSorted(sorted, 1)),
  };
}

export function quantile(values: readonly number[], at: number): number {
  return quantileOfSorted(
    values.toSorted((a, b) => a - b),
    at,
  );
}

/**
 * Divides the medians of two figures that were taken once a round, in the same rounds. The
 * interval draws rounds, not single samples: what disturbs a machine lasts longer than a sample.
 */
export function ratioOf(figures: readonly number[], base: readonly number[]): Ratio {
  return toRatio(compareRounds(figures, base, median, (above, below) => above / below));
}

/** As ratioOf(), but what is left when the one median is taken from the other. */
export function differenceOf(figures: readonly number[], base: readonly number[]): Spread {
  return compareRounds(figures, base, median, (above, below) => above - below);
}

/**
 * Divides a quantile far out of the samples of all rounds together: one round has too few of them
 * to tell it. The interval draws whole rounds, like that of ratioOf().
 */
export function tailRatioOf(
  samples: readonly (readonly number[])[],
  base: readonly (readonly number[])[],
  at: number,
): Ratio {
  // What is drawn has to be sorted each time; below its tail a round can say nothing.
  const rounds = Math.min(samples.length, base.length);
  const tails = (all: readonly (readonly number[])[]): Tail[] =>
    all.slice(0, rounds).map((round) => ({
      count: round.length,
      largest: round
        .toSorted((a, b) => b - a)
        .slice(0, Math.ceil(rounds * round.length * (1 - at)) + 2),
    }));
  const pooled = (drawn: readonly Tail[]): number => {
    const count = drawn.reduce((sum, tail) => sum + tail.count, 0);
    const largest = drawn.flatMap((tail) => tail.largest).sort((a, b) => b - a);
    return between(largest, (count - 1) * (1 - at));
  };
  return toRatio(
    compareRounds(tails(samples), tails(base), pooled, (above, below) => above / below),
  );
}

/** A statistic of two rows of rounds, and the interval that drawing rounds again gives it. */
function compareRounds<Round>(
  of: readonly Round[],
  base: readonly Round[],
  statistic: (rounds: readonly Round[]) => number,
  combine: (above: number, below: number) => number,
): Spread {
  const rounds = Math.min(of.length, base.length);
  const random = randomNumbers(SEED);
  const values: number[] = [];
  for (let resample = 0; resample < RESAMPLES; resample += 1) {
    const picked = Array.from({ length: rounds }, () => Math.floor(random() * rounds));
    const drawn = (all: readonly Round[]): Round[] => picked.flatMap((at) => all.slice(at, at + 1));
    values.push(combine(statistic(drawn(of)), statistic(drawn(base))));
  }
  return {
    value: round(combine(statistic(of), statistic(base))),
    low: round(quantile(values, 0.025)),
    high: round(quantile(values, 0.975)),
  };
}

function toRatio({ value, low, high }: Spread): Ratio {
  return { ratio: value, low, high };
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantileOfSorted(sorted: readonly number[], at: number): number {
  return between(sorted, (sorted.length - 1) * at);
}

/** The value at a place in a row; between two neighbours it is interpolated. */
function between(sorted: readonly number[], position: number): number {
  const lower = sorted[Math.floor(position)] ?? 0;
  const upper = sorted[Math.ceil(position)] ?? lower;
  return lower + (upper - lower) * (position - Math.floor(position));
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** A small generator (mulberry32) of numbers from 0 to 1: one seed, one row of numbers. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
