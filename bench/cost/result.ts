// The result of one run of the bench, as it is printed, plotted and written. Plain JSON.

import type { Origin } from '../support/machine.ts';
import type { ReferenceBuild } from '../support/reference.ts';
import { quantile, type Ratio, ratioOf, type Summary, summarise } from '../support/statistics.ts';
import type { Samples } from './experiment.ts';
import type { LoopPlan, LoopSamples } from './measure.ts';

export type LoopResultRow = {
  readonly payloadBytes: number;
  readonly answerUs: Summary;
  readonly pollUs: Summary;
  readonly loopUs: Summary;
  /** Over rounds: processor time of the runtime, and time of the bench's server, per invocation. */
  readonly cpuUs: Summary;
  readonly serverUs: Summary;
};

export type VariantResult = {
  readonly name: string;
  readonly title: string;
  readonly firstPollMs: Summary;
  readonly firstAnswerMs: Summary;
  readonly firstPollSamplesMs: readonly number[];
  readonly firstAnswerSamplesMs: readonly number[];
  readonly loops: readonly LoopResultRow[];
  readonly rssMb: Summary;
  readonly rssPeakMb: Summary;
  readonly connections: number;
  /** All of them right: a wrong answer ends the bench. */
  readonly checkedAnswers: number;
};

export type RatioRow = Ratio & {
  readonly variant: string;
  readonly metric: string;
  /** Only for the loops. */
  readonly payloadBytes?: number;
};

export type BenchResult = {
  readonly schema: 1;
  readonly takenAt: string;
  readonly origin: Origin;
  readonly reference: string;
  readonly referenceBuild: ReferenceBuild | null;
  readonly missing: readonly string[];
  readonly parameters: {
    readonly handler: string;
    readonly coldStarts: number;
    readonly rounds: number;
    readonly loops: readonly LoopPlan[];
  };
  readonly variants: readonly VariantResult[];
  /** Every figure of every variant over the same figure of the reference. */
  readonly ratios: readonly RatioRow[];
};

/** What a ratio can be taken of: one number per round. */
type Metric = {
  readonly metric: string;
  readonly payloadBytes?: number;
  readonly figures: (samples: Samples) => number[];
};

export function summariseVariant(samples: Samples): VariantResult {
  const { variant, coldStarts, warmRuns } = samples;
  const polls = coldStarts.map((start) => roundMs(start.firstPollMs));
  const answers = coldStarts.map((start) => roundMs(start.firstAnswerMs));
  const sizes = warmRuns[0]?.loops.map((loop) => loop.payloadBytes) ?? [];
  return {
    name: variant.name,
    title: variant.title,
    firstPollMs: summarise(polls),
    firstAnswerMs: summarise(answers),
    firstPollSamplesMs: polls,
    firstAnswerSamplesMs: answers,
    loops: sizes.map((payloadBytes, at) => {
      const loops = loopsAt(samples, at);
      return {
        payloadBytes,
        answerUs: summarise(loops.flatMap((loop) => loop.answerUs)),
        pollUs: summarise(loops.flatMap((loop) => loop.pollUs)),
        loopUs: summarise(loops.flatMap((loop) => loop.loopUs)),
        cpuUs: summarise(loops.map((loop) => loop.cpuUs)),
        serverUs: summarise(loops.map((loop) => loop.serverUs)),
      };
    }),
    rssMb: summarise(warmRuns.map((run) => run.rssKb / 1024)),
    rssPeakMb: summarise(warmRuns.map((run) => run.rssPeakKb / 1024)),
    connections: Math.max(...warmRuns.map((run) => run.connections)),
    checkedAnswers: warmRuns.reduce((sum, run) => sum + run.checkedAnswers, coldStarts.length),
  };
}

/** The earlier checkout if one was given, else the reference client or what comes nearest to it. */
export function pickReference(all: readonly Samples[]): Samples {
  const wanted = ['bulkhead-before', 'aws-lambda-ric', 'bulkhead-none', 'bulkhead', 'floor'];
  for (const name of wanted) {
    const found = all.find((samples) => samples.variant.name === name);
    if (found !== undefined) return found;
  }
  throw new Error('Cannot compare anything: no variant was measured');
}

export function ratioRows(all: readonly Samples[], reference: Samples): RatioRow[] {
  const sizes = reference.warmRuns[0]?.loops.map((loop) => loop.payloadBytes) ?? [];
  const metrics = [...coldAndMemoryMetrics(), ...sizes.flatMap(loopMetrics)];
  return all.flatMap((samples) =>
    metrics.map(({ metric, payloadBytes, figures }) => ({
      variant: samples.variant.name,
      metric,
      ...(payloadBytes === undefined ? {} : { payloadBytes }),
      ...ratioOf(figures(samples), figures(reference)),
    })),
  );
}

function coldAndMemoryMetrics(): Metric[] {
  return [
    { metric: 'firstPoll', figures: (of) => of.coldStarts.map((start) => start.firstPollMs) },
    { metric: 'firstAnswer', figures: (of) => of.coldStarts.map((start) => start.firstAnswerMs) },
    { metric: 'rss', figures: (of) => of.warmRuns.map((run) => run.rssKb) },
  ];
}

function loopMetrics(payloadBytes: number, at: number): Metric[] {
  const per = (metric: string, of: (loop: LoopSamples) => number): Metric => ({
    metric,
    payloadBytes,
    figures: (samples) => loopsAt(samples, at).map(of),
  });
  return [
    per('loopP50', (loop) => quantile(loop.loopUs, 0.5)),
    per('loopP90', (loop) => quantile(loop.loopUs, 0.9)),
    per('loopP99', (loop) => quantile(loop.loopUs, 0.99)),
    per('answerP50', (loop) => quantile(loop.answerUs, 0.5)),
    per('cpu', (loop) => loop.cpuUs),
  ];
}

function loopsAt(samples: Samples, at: number): LoopSamples[] {
  return samples.warmRuns.flatMap((run) => run.loops.slice(at, at + 1));
}

function roundMs(value: number): number {
  return Math.round(value * 1000) / 1000;
}
