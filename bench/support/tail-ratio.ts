// Ratios of quantiles far out, which one round has too few samples to tell.
import { between, compareRounds, type Ratio, toRatio } from '../../src/cli/bench/statistics.ts';

/** The largest samples of a round, falling, and how many samples it has in all. */
type Tail = { readonly count: number; readonly largest: readonly number[] };

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
