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
  const rounds = Math.min(figures.length, base.length);
  const random = randomNumbers(SEED);
  const ratios: number[] = [];
  for (let resample = 0; resample < RESAMPLES; resample += 1) {
    const above: number[] = [];
    const below: number[] = [];
    for (let draw = 0; draw < rounds; draw += 1) {
      const picked = Math.floor(random() * rounds);
      above.push(figures[picked] ?? 0);
      below.push(base[picked] ?? 0);
    }
    ratios.push(quantile(above, 0.5) / quantile(below, 0.5));
  }
  return {
    ratio: round(quantile(figures, 0.5) / quantile(base, 0.5)),
    low: round(quantile(ratios, 0.025)),
    high: round(quantile(ratios, 0.975)),
  };
}

/** Between two neighbours the quantile is interpolated. */
function quantileOfSorted(sorted: readonly number[], at: number): number {
  const position = (sorted.length - 1) * at;
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
