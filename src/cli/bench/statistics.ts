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

/** Closer together where a distribution has its end. */
const CURVE_SHARES = [
  ...Array.from({ length: 49 }, (_, at) => at / 50),
  ...[0.98, 0.985, 0.99, 0.995, 0.999, 1],
];
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

/** A statistic of two rows of rounds, and the interval that drawing rounds again gives it. */
export function compareRounds<Round>(
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

export function toRatio({ value, low, high }: Spread): Ratio {
  return { ratio: value, low, high };
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** How long these shares of all took at most: for the picture of a distribution. */
export function curveOf(values: readonly number[]): [share: number, value: number][] {
  const sorted = values.toSorted((a, b) => a - b);
  return CURVE_SHARES.map((share) => [share, round(quantileOfSorted(sorted, share))]);
}

function quantileOfSorted(sorted: readonly number[], at: number): number {
  return between(sorted, (sorted.length - 1) * at);
}

/** The value at a place in a row; between two neighbours it is interpolated. */
export function between(sorted: readonly number[], position: number): number {
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
