// How fast a figure grows: the least squares line through samples, and how sure that is.

export type Sample = { readonly x: number; readonly y: number };

export type Slope = {
  /** Growth of y for one unit of x. */
  readonly slope: number;
  /** The 95 % interval of it; wide when the samples are noisy or few. */
  readonly low: number;
  readonly high: number;
  readonly mean: number;
};

/** Student's t for 95 % and as many degrees of freedom as the index says; 1.96 beyond. */
const T95 = [
  Number.POSITIVE_INFINITY,
  12.71,
  4.3,
  3.18,
  2.78,
  2.57,
  2.45,
  2.36,
  2.31,
  2.26,
  2.23,
  2.2,
  2.18,
  2.16,
  2.14,
  2.13,
  2.12,
  2.11,
  2.1,
  2.09,
  2.09,
];
const T95_MANY = 1.96;
/** Neighbours are alike: what a collection leaves stays for some samples. Blocks of this many are
 * averaged first, so that the interval does not pretend to know more than it does. */
const BLOCKS = 20;

/** @throws RangeError for fewer than three samples. */
export function slopeOf(samples: readonly Sample[]): Slope {
  if (samples.length < 3) throw new RangeError(`Cannot fit a line to ${samples.length} samples`);
  const blocks = toBlocks(samples);
  const meanX = mean(blocks.map(({ x }) => x));
  const meanY = mean(blocks.map(({ y }) => y));
  const spread = sum(blocks.map(({ x }) => (x - meanX) ** 2));
  const slope = sum(blocks.map(({ x, y }) => (x - meanX) * (y - meanY))) / spread;
  const residual = sum(blocks.map(({ x, y }) => (y - meanY - slope * (x - meanX)) ** 2));
  const freedom = blocks.length - 2;
  const error = Math.sqrt(residual / freedom / spread) * (T95[freedom] ?? T95_MANY);
  return { slope, low: slope - error, high: slope + error, mean: meanY };
}

function toBlocks(samples: readonly Sample[]): readonly Sample[] {
  const size = Math.max(1, Math.floor(samples.length / BLOCKS));
  const blocks: Sample[] = [];
  for (let at = 0; at + size <= samples.length; at += size) {
    const block = samples.slice(at, at + size);
    blocks.push({ x: mean(block.map(({ x }) => x)), y: mean(block.map(({ y }) => y)) });
  }
  return blocks;
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
