// Question: what do 1, 4, 16 and 64 events at once cost, in throughput, latency, processor time and
// memory? The variants of a round run at the same time, in short bursts by turns; the others wait.

import { showProgress } from '../../src/cli/bench/show-progress.ts';
import { makePayload } from '../support/payload.ts';
import { readProcessStats } from '../support/process-stats.ts';
import { rotated } from '../support/rotated.ts';
import type { VariantPlan } from '../support/variants.ts';
import { runClosedLoop, strayProblem } from './closed-loop.ts';
import { type Comparison, type MeasuredGroup, toComparison } from './comparison.ts';
import { renderComparisonPlot } from './comparison-plot.ts';
import { renderMarkdown, renderText } from './comparison-tables.ts';
import {
  concurrencyCharts,
  HANDLERS,
  LEVELS,
  type LevelSamples,
  type RoundSamples,
  toGroups,
} from './concurrency-result.ts';
import {
  type ConcurrentOptions,
  type Preset,
  parseConcurrentOptions,
  sharedUsage,
} from './concurrent-options.ts';
import { type ConcurrentProcess, startConcurrent } from './concurrent-process.ts';
import { planConcurrent } from './concurrent-variants.ts';
import { writeResult } from './write-result.ts';

export const concurrencyUsage: string = `node bench/run.ts concurrency [options]

  Closed loop: 1, 4, 16 and 64 events out at once, with 64 lanes; a handler that answers at once
  and one that waits 2 ms.

  --rounds=N         each starts each variant once for each handler
  --only=A,B         of bulkhead, bulkhead-before, aws-lambda-ric, aws-lambda-ric-pool, floor
${sharedUsage}`;

type Plan = {
  readonly rounds: number;
  readonly bursts: number;
  readonly burstMs: number;
  readonly warmupMs: number;
};

type Tally = { readonly latencyMs: number[]; inTime: number; cpuUs: number };

const PLANS: Readonly<Record<Preset, Plan>> = {
  full: { rounds: 6, bursts: 3, burstMs: 300, warmupMs: 1000 },
  quick: { rounds: 2, bursts: 2, burstMs: 150, warmupMs: 500 },
  smoke: { rounds: 1, bursts: 1, burstMs: 40, warmupMs: 40 },
};
const LANES = 64;
const EVENT_BYTES = 100;
const MEMORY_MB = 2048;
export async function runConcurrency(argv: readonly string[]): Promise<void> {
  const options = parseConcurrentOptions(argv, ['rounds']);
  if (options.isHelp) {
    process.stdout.write(concurrencyUsage);
    return;
  }
  const preset = PLANS[options.preset];
  const plan = { ...preset, rounds: options.numbers['rounds'] ?? preset.rounds };
  const comparison = await measureConcurrency(options, plan);
  if (options.print === 'json') process.stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
  else if (options.print === 'markdown') process.stdout.write(renderMarkdown(comparison));
  else process.stdout.write(renderText(comparison));
  if (options.isWriting)
    writeResult(comparison, renderComparisonPlot(comparison, concurrencyCharts()));
}

async function measureConcurrency(options: ConcurrentOptions, plan: Plan): Promise<Comparison> {
  const { node, only, before, threads } = options;
  const groups: MeasuredGroup[] = [];
  let variants: VariantPlan | undefined;
  for (const { handler, name, waitMs } of HANDLERS) {
    variants = planConcurrent({
      handler,
      lanes: LANES,
      threads,
      memoryMb: MEMORY_MB,
      only,
      before,
      floorWaitMs: waitMs,
      otherReference: 'pool',
    });
    const samples = new Map<string, RoundSamples[]>(variants.variants.map((v) => [v.name, []]));
    for (let round = 0; round < plan.rounds; round += 1) {
      showProgress(`${name}: round ${round + 1} of ${plan.rounds}`);
      const inOrder = { ...variants, variants: rotated(variants.variants, round) };
      for (const [variant, one] of await measureRound(node, inOrder, plan)) {
        samples.get(variant)?.push(one);
      }
    }
    groups.push(...toGroups(name, variants, samples));
  }
  showProgress('');
  return toComparison({
    bench: 'concurrency',
    title: 'Managed Instances: several events at once',
    node,
    plan: variants ?? { variants: [], missing: [] },
    parameters: { ...plan, lanes: LANES, threads, memoryMb: MEMORY_MB, LEVELS },
    notes: [
      `AWS_LAMBDA_MAX_CONCURRENCY=${LANES}, ${EVENT_BYTES} B events, ${plan.rounds} rounds of ` +
        `${plan.bursts} bursts of ${plan.burstMs} ms, variants interleaved`,
      'Latency: from the event at the server to its answer; ratios: medians over rounds, with the ' +
        '95 % bootstrap interval',
    ],
    groups,
  });
}

async function measureRound(
  node: string,
  { variants }: VariantPlan,
  plan: Plan,
): Promise<Map<string, RoundSamples>> {
  const processes: ConcurrentProcess[] = [];
  try {
    for (const variant of variants) processes.push(await startConcurrent(node, variant));
    const levels = new Map<ConcurrentProcess, LevelSamples[]>(processes.map((one) => [one, []]));
    for (const one of processes) await burst(one, LANES, plan.warmupMs);
    for (const outstanding of LEVELS) await measureLevel(levels, outstanding, plan);
    return new Map(
      [...levels].map(([one, samples]) => {
        const problem = strayProblem(one.server.counts);
        if (problem !== undefined) {
          throw new Error(`Cannot measure "${one.variant.title}": ${problem}`);
        }
        const rssMb = readProcessStats(one.pid).rssKb / 1024;
        return [one.variant.name, { levels: samples, rssMb, counts: { ...one.server.counts } }];
      }),
    );
  } finally {
    for (const one of processes) await one.stop();
  }
}

async function measureLevel(
  levels: Map<ConcurrentProcess, LevelSamples[]>,
  outstanding: number,
  { bursts, burstMs }: Plan,
): Promise<void> {
  const tallies = new Map<ConcurrentProcess, Tally>();
  for (const one of levels.keys()) tallies.set(one, { latencyMs: [], inTime: 0, cpuUs: 0 });
  for (let turn = 0; turn < bursts; turn += 1) {
    for (const [one, tally] of rotated([...tallies], turn)) {
      const before = readProcessStats(one.pid).cpuUs;
      const { latencyUs, answersInTime } = await burst(one, outstanding, burstMs);
      tally.cpuUs += readProcessStats(one.pid).cpuUs - before;
      tally.inTime += answersInTime;
      for (const us of latencyUs) tally.latencyMs.push(us / 1000);
    }
  }
  for (const [one, { latencyMs, inTime, cpuUs }] of tallies) {
    const throughput = inTime / ((bursts * burstMs) / 1000);
    levels.get(one)?.push({ throughput, latencyMs, cpuUs: cpuUs / latencyMs.length });
  }
}

function burst(
  one: ConcurrentProcess,
  outstanding: number,
  forMs: number,
): ReturnType<typeof runClosedLoop> {
  const payload = makePayload(EVENT_BYTES);
  const { server, variant } = one;
  return runClosedLoop(server, { payload, answers: variant.answers, outstanding, forMs });
}
