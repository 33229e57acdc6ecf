// Holds what was measured against bench/targets.json. The interval decides, not the figure: a
// target inside it is neither met nor missed.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { differenceOf } from '../../src/cli/bench/statistics.ts';
import { compare, figuresOf, type Measured, type MetricKey } from './metrics.ts';

export type Target = MetricKey & {
  readonly id: string;
  /** In words. */
  readonly measure: string;
  /** Names of variants: whose figure, and by whose it is divided, or which is taken from it. */
  readonly variant: string;
  readonly against: string;
  /** The major version of Node.js that it is for; without it, for all. */
  readonly node?: number;
  readonly most: { readonly ratio: number } | { readonly moreMb: number };
};

export type Verdict = 'met' | 'missed' | 'not decided' | 'not measured';

export type Judgement = Target & {
  readonly verdict: Verdict;
  /** A ratio or MB, as the target is; with the 95 % interval. Not there if not measured. */
  readonly value?: number;
  readonly low?: number;
  readonly high?: number;
};

/** The interval over fewer rounds is far too narrow to decide anything. */
export const ROUNDS_MIN = 4;

/** @param node the version that ran the variants, as in `v24.21.0`. */
export function judge(
  measured: Measured,
  targets: readonly Target[],
  node: string,
): readonly Judgement[] {
  const major = Number(/\d+/.exec(node)?.[0]);
  return targets
    .filter((target) => target.node === undefined || target.node === major)
    .map((target) => judgeOne(measured, target));
}

export function readTargets(): readonly Target[] {
  const path = resolve(import.meta.dirname, '../targets.json');
  return JSON.parse(readFileSync(path, 'utf8')) as readonly Target[];
}

/** What a target allows: a ratio, or MB. */
export function limitOf({ most }: Target): number {
  return 'ratio' in most ? most.ratio : most.moreMb;
}

function judgeOne(measured: Measured, target: Target): Judgement {
  const figures = figuresOf(measured, target.variant, target);
  const base = figuresOf(measured, target.against, target);
  const rounds = Math.min(figures.length, base.length);
  if (rounds === 0) return { ...target, verdict: 'not measured' };
  const spread = spreadOf(measured, target, figures, base);
  const limit = limitOf(target);
  const decided = spread.high <= limit ? 'met' : spread.low > limit ? 'missed' : 'not decided';
  return { ...target, ...spread, verdict: rounds < ROUNDS_MIN ? 'not decided' : decided };
}

function spreadOf(
  measured: Measured,
  target: Target,
  figures: readonly number[],
  base: readonly number[],
): { value: number; low: number; high: number } {
  if ('moreMb' in target.most) return differenceOf(figures, base);
  const ratio = compare(measured, target.variant, target.against, target);
  if (ratio === undefined) throw new Error(`Cannot judge "${target.id}": there are no figures`);
  return { value: ratio.ratio, low: ratio.low, high: ratio.high };
}
