// What the concurrency bench has measured, as groups of figures and as charts.

import { quantile } from '../../src/cli/bench/statistics.ts';
import type { ServerCounts } from '../support/server-counts.ts';
import type { VariantPlan } from '../support/variants.ts';
import type { MeasuredGroup, Metric } from './comparison.ts';
import type { Chart } from './comparison-plot.ts';

export type LevelSamples = {
  readonly throughput: number;
  readonly latencyMs: readonly number[];
  readonly cpuUs: number;
};

/** One variant in one round with one handler: its levels in order, and its memory after them. */
export type RoundSamples = {
  readonly levels: readonly LevelSamples[];
  readonly rssMb: number;
  readonly counts: ServerCounts;
};

export const LEVELS: readonly number[] = [1, 4, 16, 64];
type BenchHandler = { readonly handler: string; readonly name: string; readonly waitMs: number };

export const HANDLERS: readonly BenchHandler[] = [
  { handler: 'echo.handler', name: 'answers at once', waitMs: 0 },
  { handler: 'wait.handler', name: 'waits 2 ms', waitMs: 2 },
];
const LEVEL_METRICS: readonly Metric[] = [
  { name: 'throughput', title: 'events/s', digits: 0 },
  { name: 'p50', title: 'p50 ms', digits: 2 },
  { name: 'p99', title: 'p99 ms', digits: 2 },
  { name: 'p99.9', title: 'p99.9 ms', digits: 2 },
  { name: 'cpu', title: 'CPU us', digits: 0 },
];
const MEMORY_METRICS: readonly Metric[] = [
  { name: 'rss', title: 'RSS MB', digits: 1 },
  { name: 'parked', title: 'most parked', digits: 0, isCompared: false },
  { name: 'held', title: 'most parked and running', digits: 0, isCompared: false },
  { name: 'connections', title: 'connections', digits: 0, isCompared: false },
];

export function toGroups(
  handler: string,
  { variants }: VariantPlan,
  samples: ReadonlyMap<string, readonly RoundSamples[]>,
): MeasuredGroup[] {
  const roundsOf = (name: string): readonly RoundSamples[] => samples.get(name) ?? [];
  const levels = LEVELS.map((outstanding, at) => ({
    name: levelName(handler, outstanding),
    metrics: LEVEL_METRICS,
    rows: variants.map((variant) => {
      const rounds = roundsOf(variant.name).flatMap((round) => round.levels.slice(at, at + 1));
      const latency = (share: number): number[] =>
        rounds.map(({ latencyMs }) => quantile(latencyMs, share));
      return {
        variant,
        figures: {
          throughput: rounds.map((round) => round.throughput),
          p50: latency(0.5),
          p99: latency(0.99),
          'p99.9': latency(0.999),
          cpu: rounds.map((round) => round.cpuUs),
        },
      };
    }),
  }));
  const memory: MeasuredGroup = {
    name: memoryName(handler),
    metrics: MEMORY_METRICS,
    rows: variants.map((variant) => {
      const rounds = roundsOf(variant.name);
      return {
        variant,
        figures: {
          rss: rounds.map((round) => round.rssMb),
          parked: rounds.map(({ counts }) => counts.parkedMost),
          held: rounds.map(({ counts }) => counts.heldMost),
          connections: rounds.map(({ counts }) => counts.connections),
        },
      };
    }),
  };
  return [...levels, memory];
}

function levelName(handler: string, outstanding: number): string {
  return `${handler}, ${outstanding} outstanding`;
}

function memoryName(handler: string): string {
  return `${handler}, resident memory after`;
}

export function concurrencyCharts(): Chart[] {
  return HANDLERS.flatMap(({ name }) =>
    [
      { metric: 'throughput', title: 'events a second', digits: 0 },
      { metric: 'p99', title: 'latency p99, ms', digits: 1 },
    ].map(({ metric, title, digits }) => ({
      title: `A handler that ${name}: ${title}, by events outstanding`,
      digits,
      places: LEVELS.map((outstanding) => ({
        label: String(outstanding),
        group: levelName(name, outstanding),
        metric,
      })),
    })),
  );
}
