// What the benches with several events at once have measured: figures of each variant once a round,
// in groups, and their ratios to the reference. Plain JSON.

import { quantile, type Ratio, ratioOf } from '../../src/cli/bench/statistics.ts';
import type { Origin } from '../support/machine.ts';
import { readOrigin } from '../support/machine.ts';
import { type ReferenceBuild, readReferenceBuild } from '../support/reference.ts';
import type { Variant, VariantPlan } from '../support/variants.ts';

export type Metric = {
  readonly name: string;
  readonly title: string;
  readonly digits: number;
  /** False for what is told of a run but says nothing of the runtime. */
  readonly isCompared?: boolean;
};

/** One number a round of each metric; the same index in two variants is the same round. */
export type Figures = Readonly<Record<string, readonly number[]>>;

export type MeasuredGroup = {
  readonly name: string;
  readonly metrics: readonly Metric[];
  readonly rows: readonly { readonly variant: Variant; readonly figures: Figures }[];
};

/** Over rounds: the median, the extremes, and the ratio of the medians to the reference's. */
export type Cell = {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly ratio: Ratio | null;
};

export type ComparisonRow = {
  readonly variant: string;
  readonly title: string;
  readonly cells: Readonly<Record<string, Cell>>;
};

export type ComparisonGroup = {
  readonly name: string;
  readonly metrics: readonly Metric[];
  readonly rows: readonly ComparisonRow[];
};

export type Comparison = {
  readonly schema: 1;
  readonly bench: string;
  readonly title: string;
  readonly takenAt: string;
  readonly origin: Origin;
  readonly reference: string;
  readonly referenceBuild: ReferenceBuild | null;
  readonly missing: readonly string[];
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Sentences about how it was measured. */
  readonly notes: readonly string[];
  readonly groups: readonly ComparisonGroup[];
};

export type ComparisonInput = {
  readonly bench: string;
  readonly title: string;
  readonly node: string;
  readonly plan: VariantPlan;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
  readonly groups: readonly MeasuredGroup[];
};

const WANTED = ['bulkhead-before', 'aws-lambda-ric', 'aws-lambda-ric-pool', 'bulkhead', 'floor'];

export function toComparison(input: ComparisonInput): Comparison {
  const { bench, title, node, plan, parameters, notes, groups } = input;
  const reference = WANTED.find((name) => plan.variants.some((one) => one.name === name)) ?? '';
  return {
    schema: 1,
    bench,
    title,
    takenAt: new Date().toISOString(),
    origin: readOrigin(node),
    reference,
    referenceBuild: readReferenceBuild() ?? null,
    missing: plan.missing,
    parameters,
    notes,
    groups: groups.map((group) => compareGroup(group, reference)),
  };
}

function compareGroup({ name, metrics, rows }: MeasuredGroup, reference: string): ComparisonGroup {
  const base = rows.find(({ variant }) => variant.name === reference)?.figures ?? {};
  return {
    name,
    metrics,
    rows: rows.map(({ variant, figures }) => ({
      variant: variant.name,
      title: variant.title,
      cells: Object.fromEntries(
        metrics.map((metric) => [metric.name, toCell(figures[metric.name], base[metric.name])]),
      ),
    })),
  };
}

function toCell(figures: readonly number[] = [], base: readonly number[] = []): Cell {
  // A ratio to nothing says nothing: for example of a count that is 0.
  const isComparable = base.length > 0 && base.every((figure) => figure > 0);
  return {
    median: round(quantile(figures, 0.5)),
    min: round(quantile(figures, 0)),
    max: round(quantile(figures, 1)),
    ratio: isComparable ? ratioOf(figures, base) : null,
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
