// What is compared: each figure of a variant against the same figure of another one.
import { quantile, type Ratio, ratioOf } from '../../src/cli/bench/statistics.ts';
import { tailRatioOf } from '../support/tail-ratio.ts';
import type { ColdSamples, Samples } from './experiment.ts';
import type { LoopSamples } from './measure.ts';

/** All that a run has measured; in `sdk` the starts of the handler that loads AWS SDK clients. */
export type Measured = {
  readonly variants: readonly Samples[];
  readonly sdk: readonly ColdSamples[];
};

type WholeMetric = 'firstPoll' | 'firstAnswer' | 'sdkFirstPoll' | 'sdkFirstAnswer' | 'rss';
type LoopMetric = keyof typeof LOOP_FIGURES;
export type MetricName = WholeMetric | LoopMetric;

/** A metric, and for those of a loop the size of its events. */
export type MetricKey = { readonly metric: MetricName; readonly payloadBytes?: number };

const TAIL = 0.999;
const WHOLE: readonly WholeMetric[] = [
  'firstPoll',
  'firstAnswer',
  'sdkFirstPoll',
  'sdkFirstAnswer',
  'rss',
];
/** Of one round. */
const LOOP_FIGURES = {
  loopP50: (loop: LoopSamples) => quantile(loop.loopUs, 0.5),
  loopP90: (loop: LoopSamples) => quantile(loop.loopUs, 0.9),
  loopP99: (loop: LoopSamples) => quantile(loop.loopUs, 0.99),
  loopP999: (loop: LoopSamples) => quantile(loop.loopUs, TAIL),
  answerP50: (loop: LoopSamples) => quantile(loop.answerUs, 0.5),
  cpu: (loop: LoopSamples) => loop.cpuUs,
} as const;

/** Of each round one number, by which a variant is known; none where it was not measured. */
export function figuresOf(measured: Measured, variant: string, key: MetricKey): number[] {
  const samples = samplesOf(measured, variant);
  const sdk = measured.sdk.find((one) => one.variant.name === variant);
  switch (key.metric) {
    case 'firstPoll':
      return firstPolls(samples);
    case 'firstAnswer':
      return firstAnswers(samples);
    case 'sdkFirstPoll':
      return firstPolls(sdk);
    case 'sdkFirstAnswer':
      return firstAnswers(sdk);
    case 'rss':
      return samples?.warmRuns.map((run) => run.rssKb / 1024) ?? [];
    default:
      return loopsOf(samples, key.payloadBytes).map(LOOP_FIGURES[key.metric]);
  }
}

/** Undefined where one of the two was not measured. */
export function compare(
  measured: Measured,
  variant: string,
  against: string,
  key: MetricKey,
): Ratio | undefined {
  const figures = figuresOf(measured, variant, key);
  const base = figuresOf(measured, against, key);
  if (figures.length === 0 || base.length === 0) return undefined;
  if (key.metric !== 'loopP999') return ratioOf(figures, base);
  const samples = (name: string): (readonly number[])[] =>
    loopsOf(samplesOf(measured, name), key.payloadBytes).map((loop) => loop.loopUs);
  return tailRatioOf(samples(variant), samples(against), TAIL);
}

/** The metrics of a run whose loops have events of these sizes. */
export function metricKeys(sizes: readonly number[]): MetricKey[] {
  const ofLoops = Object.keys(LOOP_FIGURES) as LoopMetric[];
  return [
    ...WHOLE.map((metric) => ({ metric })),
    ...sizes.flatMap((payloadBytes) => ofLoops.map((metric) => ({ metric, payloadBytes }))),
  ];
}

function samplesOf({ variants }: Measured, name: string): Samples | undefined {
  return variants.find((one) => one.variant.name === name);
}

function firstPolls(samples: ColdSamples | undefined): number[] {
  return samples?.coldStarts.map((start) => start.firstPollMs) ?? [];
}

function firstAnswers(samples: ColdSamples | undefined): number[] {
  return samples?.coldStarts.map((start) => start.firstAnswerMs) ?? [];
}

function loopsOf(samples: Samples | undefined, payloadBytes: number | undefined): LoopSamples[] {
  return (
    samples?.warmRuns.flatMap((run) =>
      run.loops.filter((loop) => loop.payloadBytes === payloadBytes),
    ) ?? []
  );
}
