// Makes of the samples of a run the figures that are printed and kept.
import { curveOf, quantile, summarise } from '../../src/cli/bench/statistics.ts';
import type { ColdSamples, Samples } from './experiment.ts';
import type { LoopSamples } from './measure.ts';
import { compare, type Measured, metricKeys } from './metrics.ts';
import type { ColdResult, LoopResultRow, RatioRow, VariantResult } from './result.ts';

export function summariseVariant(samples: Samples): VariantResult {
  const { coldStarts, warmRuns } = samples;
  const sizes = warmRuns[0]?.loops.map((loop) => loop.payloadBytes) ?? [];
  return {
    ...summariseStarts(samples),
    loops: sizes.map((payloadBytes, at) =>
      summariseLoops(
        payloadBytes,
        warmRuns.flatMap((run) => run.loops.slice(at, at + 1)),
      ),
    ),
    rssMb: summarise(warmRuns.map((run) => run.rssKb / 1024)),
    rssPeakMb: summarise(warmRuns.map((run) => run.rssPeakKb / 1024)),
    connections: Math.max(...warmRuns.map((run) => run.connections)),
    checkedAnswers: warmRuns.reduce((sum, run) => sum + run.checkedAnswers, coldStarts.length),
  };
}

export function summariseStarts({ variant, coldStarts }: ColdSamples): ColdResult {
  const polls = coldStarts.map((start) => toThousandths(start.firstPollMs));
  const answers = coldStarts.map((start) => toThousandths(start.firstAnswerMs));
  return {
    name: variant.name,
    title: variant.title,
    firstPollMs: summarise(polls),
    firstAnswerMs: summarise(answers),
    firstPollSamplesMs: polls,
    firstAnswerSamplesMs: answers,
  };
}

/** The earlier checkout if one was given, else the reference client or what comes nearest to it. */
export function pickReference(all: readonly Samples[]): Samples {
  const wanted = ['bulkhead-before', 'aws-lambda-ric', 'bulkhead-none', 'bulkhead', 'floor'];
  for (const name of [...wanted, 'floor-thread']) {
    const found = all.find((samples) => samples.variant.name === name);
    if (found !== undefined) return found;
  }
  throw new Error('Cannot compare anything: no variant was measured');
}

export function ratioRows(measured: Measured, reference: string): RatioRow[] {
  const sizes = measured.variants[0]?.warmRuns[0]?.loops.map((loop) => loop.payloadBytes) ?? [];
  const names = [...measured.variants, ...measured.sdk].map(({ variant }) => variant.name);
  return [...new Set(names)].flatMap((variant) =>
    metricKeys(sizes).flatMap((key) => {
      const ratio = compare(measured, variant, reference, key);
      return ratio === undefined ? [] : [{ variant, ...key, ...ratio }];
    }),
  );
}

function summariseLoops(payloadBytes: number, loops: readonly LoopSamples[]): LoopResultRow {
  const loopUs = loops.flatMap((loop) => loop.loopUs);
  return {
    payloadBytes,
    answerUs: summarise(loops.flatMap((loop) => loop.answerUs)),
    pollUs: summarise(loops.flatMap((loop) => loop.pollUs)),
    loopUs: summarise(loopUs),
    loopP999Us: toThousandths(quantile(loopUs, 0.999)),
    curve: curveOf(loopUs),
    cpuUs: summarise(loops.map((loop) => loop.cpuUs)),
    serverUs: summarise(loops.map((loop) => loop.serverUs)),
  };
}

function toThousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}
