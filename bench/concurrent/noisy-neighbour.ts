// Question: what do light events suffer when one in 20 of their neighbours burns processor time?
// Events come at a steady rate, answered or not. The variants run one after another, in an order
// that turns by one each round, each round with a schedule of its own that is the same for all.

import { showProgress } from '../../src/cli/bench/show-progress.ts';
import { quantile } from '../../src/cli/bench/statistics.ts';
import { readProcessStats } from '../support/process-stats.ts';
import { rotated } from '../support/rotated.ts';
import type { Variant, VariantPlan } from '../support/variants.ts';
import { strayProblem } from './closed-loop.ts';
import { type Comparison, type MeasuredGroup, type Metric, toComparison } from './comparison.ts';
import { type Chart, renderComparisonPlot } from './comparison-plot.ts';
import { renderMarkdown, renderText } from './comparison-tables.ts';
import {
  type ConcurrentOptions,
  type Preset,
  parseConcurrentOptions,
  sharedUsage,
} from './concurrent-options.ts';
import { startConcurrent } from './concurrent-process.ts';
import { planConcurrent } from './concurrent-variants.ts';
import { type ArrivalTally, makeSchedule, runOpenLoop } from './open-loop.ts';
import { writeResult } from './write-result.ts';

export const noisyNeighbourUsage: string = `node bench/run.ts noisy-neighbour [options]

  Open loop with 64 lanes: light events that wait 2 ms, and one in 20 that burns 200 ms of
  processor time. A light event's latency contains its wait for a parked poll.

  --rounds=N         each starts each variant once
  --seconds=N        of each variant in each round
  --rate=N           events a second, by default 50: the heavy ones then need half a core
  --together=N       that many come at the same moment, at the same rate; by default 15
  --only=A,B         of bulkhead, bulkhead-before, aws-lambda-ric, aws-lambda-ric-pool
${sharedUsage}`;

type Plan = {
  readonly rounds: number;
  readonly seconds: number;
  readonly rate: number;
  readonly together: number;
  readonly warmupMs: number;
};

type RoundSamples = ArrivalTally & { readonly cpuUs: number; readonly rssMb: number };

const PLANS: Readonly<Record<Preset, Plan>> = {
  full: { rounds: 4, seconds: 24, rate: 50, together: 15, warmupMs: 3000 },
  quick: { rounds: 2, seconds: 6, rate: 50, together: 15, warmupMs: 2000 },
  smoke: { rounds: 1, seconds: 1, rate: 50, together: 15, warmupMs: 100 },
};
const LANES = 64;
const MEMORY_MB = 2048;
const HEAVY_EVERY = 20;
const BURN_MS = 200;
const LIGHT: readonly Metric[] = [
  { name: 'p50', title: 'p50 ms', digits: 1 },
  { name: 'p99', title: 'p99 ms', digits: 1 },
  { name: 'p99.9', title: 'p99.9 ms', digits: 1 },
];
/** One number for all rounds: it has no spread. */
const LIGHT_POOLED: readonly Metric[] = LIGHT.map((metric) => ({ ...metric, isCompared: false }));
const POOLED = 'Light events, all rounds together';
const BY_ROUND = 'Light events, medians of the rounds';

export async function runNoisyNeighbour(argv: readonly string[]): Promise<void> {
  const options = parseConcurrentOptions(argv, ['rounds', 'seconds', 'rate', 'together']);
  if (options.isHelp) {
    process.stdout.write(noisyNeighbourUsage);
    return;
  }
  const { numbers, preset } = options;
  const given = Object.entries(numbers).filter(([, value]) => value !== undefined);
  const plan: Plan = { ...PLANS[preset], ...Object.fromEntries(given) };
  const comparison = await measureNoisyNeighbour(options, plan);
  if (options.print === 'json') process.stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
  else if (options.print === 'markdown') process.stdout.write(renderMarkdown(comparison));
  else process.stdout.write(renderText(comparison));
  if (options.isWriting) writeResult(comparison, renderComparisonPlot(comparison, CHARTS));
}

async function measureNoisyNeighbour(
  { node, only, before, threads }: ConcurrentOptions,
  plan: Plan,
): Promise<Comparison> {
  const variants = planConcurrent({
    handler: 'neighbours.handler',
    lanes: LANES,
    threads,
    memoryMb: MEMORY_MB,
    only,
    before,
    floorWaitMs: undefined,
    otherReference: 'pool',
  });
  const samples = new Map<string, RoundSamples[]>(variants.variants.map((v) => [v.name, []]));
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const variant of rotated(variants.variants, round)) {
      showProgress(`round ${round + 1} of ${plan.rounds}: ${variant.title}`);
      samples.get(variant.name)?.push(await measureRound(node, variant, plan, round));
    }
  }
  showProgress('');
  const cores = (plan.rate / HEAVY_EVERY) * (BURN_MS / 1000);
  return toComparison({
    bench: 'noisy-neighbour',
    title: 'Managed Instances: light events beside heavy ones',
    node,
    plan: variants,
    parameters: {
      ...plan,
      lanes: LANES,
      threads,
      HEAVY_EVERY,
      BURN_MS,
      MEMORY_MB,
    },
    notes: [
      `AWS_LAMBDA_MAX_CONCURRENCY=${LANES}, ${plan.rate} events a second, ${plan.together} at ` +
        `once, one in ${HEAVY_EVERY} burns ${BURN_MS} ms, the others wait 2 ms: the heavy ones ` +
        `need ${cores.toFixed(2)} cores`,
      `${plan.rounds} rounds of ${plan.seconds} s for each variant, by turns, with the same ` +
        'schedule; ratios with the 95 % bootstrap interval over rounds',
    ],
    groups: toGroups(variants, samples),
  });
}

async function measureRound(
  node: string,
  variant: Variant,
  plan: Plan,
  round: number,
): Promise<RoundSamples> {
  const { rate, together, seconds, warmupMs } = plan;
  const { server, pid, stop } = await startConcurrent(node, variant);
  // The mix is not new to a service that is measured.
  const mix = { ratePerSecond: rate, heavyEvery: HEAVY_EVERY, together };
  const warmup = { ...mix, seed: 1, forMs: warmupMs };
  const schedule = { ...mix, seed: 1000 + round, forMs: seconds * 1000 };
  try {
    await runOpenLoop(server, { arrivals: makeSchedule(warmup), burnMs: BURN_MS });
    const before = readProcessStats(pid).cpuUs;
    const tally = await runOpenLoop(server, { arrivals: makeSchedule(schedule), burnMs: BURN_MS });
    const { cpuUs, rssKb } = readProcessStats(pid);
    const problem = strayProblem(server.counts);
    if (problem !== undefined) throw new Error(`Cannot measure "${variant.title}": ${problem}`);
    return { ...tally, cpuUs: cpuUs - before, rssMb: rssKb / 1024 };
  } finally {
    await stop();
  }
}

function toGroups(
  { variants }: VariantPlan,
  samples: ReadonlyMap<string, readonly RoundSamples[]>,
): MeasuredGroup[] {
  const rows = (toFigures: (rounds: readonly RoundSamples[]) => Record<string, number[]>) =>
    variants.map((variant) => ({ variant, figures: toFigures(samples.get(variant.name) ?? []) }));
  const quantiles = (lists: readonly (readonly number[])[]): Record<string, number[]> => ({
    p50: lists.map((list) => quantile(list, 0.5)),
    p99: lists.map((list) => quantile(list, 0.99)),
    'p99.9': lists.map((list) => quantile(list, 0.999)),
  });
  return [
    {
      name: POOLED,
      metrics: LIGHT_POOLED,
      rows: rows((all) => quantiles([all.flatMap((r) => r.lightMs)])),
    },
    { name: BY_ROUND, metrics: LIGHT, rows: rows((all) => quantiles(all.map((r) => r.lightMs))) },
    {
      name: 'The whole',
      metrics: [
        { name: 'throughput', title: 'events/s', digits: 1 },
        { name: 'heavy', title: 'heavy p50 ms', digits: 1 },
        { name: 'cpu', title: 'CPU ms/event', digits: 2 },
        { name: 'rss', title: 'RSS MB', digits: 1 },
        { name: 'queued', title: 'found nothing parked', digits: 0, isCompared: false },
        { name: 'lateness', title: 'generator late ms', digits: 1, isCompared: false },
      ],
      rows: rows((all) => ({
        throughput: all.map((r) => (eventsOf(r) * 1000) / r.elapsedMs),
        heavy: all.map((r) => quantile(r.heavyMs, 0.5)),
        cpu: all.map((r) => r.cpuUs / 1000 / eventsOf(r)),
        rss: all.map((r) => r.rssMb),
        queued: all.map((r) => r.queued),
        lateness: all.map((r) => r.latenessMsMax),
      })),
    },
  ];
}

function eventsOf({ lightMs, heavyMs }: RoundSamples): number {
  return lightMs.length + heavyMs.length;
}

const CHARTS: readonly Chart[] = [
  {
    title: 'Latency of the light events, ms (a light event waits 2 ms)',
    digits: 1,
    places: LIGHT.map(({ name }) => ({ label: name, group: BY_ROUND, metric: name })),
  },
];
