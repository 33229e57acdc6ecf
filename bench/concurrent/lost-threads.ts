// Question: what becomes of the events, and of the capacity, when one event in 50 takes its thread
// down? The runtimes run one after another, each for the whole time, with the same script.

import { showProgress } from '../../src/cli/bench/show-progress.ts';
import { readOrigin } from '../support/machine.ts';
import { readReferenceBuild } from '../support/reference.ts';
import {
  type ConcurrentOptions,
  type Preset,
  parseConcurrentOptions,
  sharedUsage,
} from './concurrent-options.ts';
import { planConcurrent, withManagedHeap } from './concurrent-variants.ts';
import { renderLossPlot } from './loss-plot.ts';
import type { LossPlan } from './loss-record.ts';
import { brokenPromises, type LossReport, type LossResult, toLossResult } from './loss-result.ts';
import { runLosses } from './loss-run.ts';
import { renderLossMarkdown, renderLossText } from './loss-tables.ts';
import { writeResult } from './write-result.ts';

export const lostThreadsUsage: string = `node bench/run.ts lost-threads [options]

  64 events outstanding for some minutes. They wait 2 to 20 ms, or take their thread down: throw in
  a timer, fill the heap, process.exit, an endless loop, in turn. Their deadline is 3 s.
  Ends with 1 when Bulkhead left an event unanswered, answered one twice or wrongly, or died.

  --minutes=N        of each runtime, by default 5
  --seconds=N        the same in seconds
  --every=N          one event in N takes its thread down, by default 50
  --gap-ms=N         but not sooner than that after another, by default 1000; with 1, every one
  --think-ms=N       a caller waits that long after an answer; by default it does not
  --seed=N           of the script
  --only=A,B         of bulkhead, bulkhead-before, aws-lambda-ric, aws-lambda-ric-http
${sharedUsage}`;

const SECONDS: Readonly<Record<Preset, number>> = { full: 300, quick: 15, smoke: 3 };
const LANES = 64;
const MEMORY_MB = 2048;
const DEADLINE_MS = 3000;
const EVERY = 50;
const GAP_MS = 1000;
const SMOKE_GAP_MS = 300;
const SEED = 1;

export async function runLostThreads(argv: readonly string[]): Promise<void> {
  const names = ['minutes', 'seconds', 'every', 'gap-ms', 'think-ms', 'seed'];
  const options = parseConcurrentOptions(argv, names);
  if (options.isHelp) {
    process.stdout.write(lostThreadsUsage);
    return;
  }
  const plan = planOf(options);
  const report = await measureLostThreads(options, plan);
  if (options.print === 'json') process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else if (options.print === 'markdown') process.stdout.write(renderLossMarkdown(report));
  else process.stdout.write(renderLossText(report));
  if (options.isWriting) writeResult(report, renderLossPlot(report));
  const own = report.results.find(({ variant }) => variant === 'bulkhead');
  const flaws = own === undefined ? [] : brokenPromises(own, plan.lanes);
  if (flaws.length > 0) throw new Error(`Bulkhead did not hold: ${flaws.join('; ')}`);
}

function planOf({ preset, numbers }: ConcurrentOptions): LossPlan {
  const minutes = numbers['minutes'];
  const seconds = numbers['seconds'] ?? (minutes === undefined ? SECONDS[preset] : minutes * 60);
  return {
    seed: numbers['seed'] ?? SEED,
    every: numbers['every'] ?? EVERY,
    gapMs: numbers['gap-ms'] ?? (preset === 'smoke' ? SMOKE_GAP_MS : GAP_MS),
    lanes: LANES,
    forMs: seconds * 1000,
    deadlineMs: DEADLINE_MS,
    thinkMs: numbers['think-ms'] ?? 0,
  };
}

async function measureLostThreads(
  { node, only, before, threads }: ConcurrentOptions,
  plan: LossPlan,
): Promise<LossReport> {
  const { variants, missing } = planConcurrent({
    handler: 'losing.handler',
    lanes: LANES,
    threads,
    memoryMb: MEMORY_MB,
    only,
    before,
    floorWaitMs: undefined,
    otherReference: 'http',
  });
  const takenAt = new Date().toISOString();
  const results: LossResult[] = [];
  for (const variant of variants) {
    showProgress(`${variant.title}, ${plan.forMs / 1000} s`);
    const run = await runLosses(node, withManagedHeap(variant, MEMORY_MB), plan);
    results.push(toLossResult(variant, run, plan));
  }
  showProgress('');
  return {
    schema: 1,
    bench: 'lost-threads',
    takenAt,
    origin: readOrigin(node),
    referenceBuild: readReferenceBuild() ?? null,
    missing,
    notes: [
      `AWS_LAMBDA_MAX_CONCURRENCY=${LANES}, ${LANES} events outstanding for ` +
        `${plan.forMs / 1000} s; one in ${plan.every} takes its thread down, at least ` +
        `${plan.gapMs} ms after another; deadline ${DEADLINE_MS} ms, seed ${plan.seed}`,
    ],
    parameters: plan,
    results,
  };
}
