// Question: what does a runtime cost, from spawn to the first poll and per invocation?
// Variants: Bulkhead, Bulkhead without isolation, aws-lambda-ric, and a client that does nothing.
// Every answer is checked; a variant that answers wrongly ends the bench instead of winning it.
// A name before the options is another bench: those with several events at once.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runConcurrency } from './concurrent/concurrency.ts';
import { runLostThreads } from './concurrent/lost-threads.ts';
import { runNoisyNeighbour } from './concurrent/noisy-neighbour.ts';
import { runExperiment } from './support/experiment.ts';
import { readOrigin } from './support/machine.ts';
import { type Options, parseOptions, usage } from './support/options.ts';
import { readReferenceBuild } from './support/reference.ts';
import { renderPlot } from './support/report-plot.ts';
import { renderMarkdown, renderText } from './support/report-tables.ts';
import { type BenchResult, pickReference, ratioRows, summariseVariant } from './support/result.ts';
import { planVariants, type VariantPlan } from './support/variants.ts';

const resultsDirectory = join(import.meta.dirname, 'results');

/** By the name on the command line. */
const others: Readonly<Record<string, (argv: readonly string[]) => Promise<void>>> = {
  concurrency: runConcurrency,
  'noisy-neighbour': runNoisyNeighbour,
  'lost-threads': runLostThreads,
};

try {
  await runNamed(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function runNamed(argv: readonly string[]): Promise<void> {
  const [name, ...rest] = argv;
  if (name === undefined || name.startsWith('-')) return runCost(argv);
  const run = others[name];
  if (run !== undefined) return run(rest);
  const names = Object.keys(others).join(', ');
  throw new Error(`Cannot run the bench "${name}": there are ${names}, and one without a name`);
}

async function runCost(argv: readonly string[]): Promise<void> {
  const options = parseOptions(argv);
  if (options.isHelp) {
    process.stdout.write(usage);
    return;
  }
  const plan = chosen(planVariants(options.handler, options.before), options.only);
  for (const sentence of plan.missing) process.stderr.write(`${sentence}\n`);
  const result = await measure(options, plan);
  if (options.print === 'json') process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else if (options.print === 'markdown') process.stdout.write(renderMarkdown(result));
  else process.stdout.write(renderText(result));
  if (options.isWriting) writeResult(result);
}

function chosen(plan: VariantPlan, only: readonly string[] | undefined): VariantPlan {
  if (only === undefined) return plan;
  const variants = plan.variants.filter((variant) => only.includes(variant.name));
  const absent = only.filter((name) => !variants.some((variant) => variant.name === name));
  if (absent.length === 0) return { variants, missing: [] };
  throw new Error(
    `Cannot run "${absent.join(', ')}": ${plan.missing.join('; ') || 'no such name'}`,
  );
}

async function measure(options: Options, plan: VariantPlan): Promise<BenchResult> {
  const { node, coldStarts, rounds, loops } = options;
  const isTerminal = process.stderr.isTTY;
  const samples = await runExperiment({
    node,
    variants: plan.variants,
    coldStarts,
    rounds,
    loops,
    onProgress: (text) => {
      if (isTerminal) process.stderr.write(`\r\u001b[2K${text}`);
    },
  });
  if (isTerminal) process.stderr.write('\r\u001b[2K');
  const reference = pickReference(samples);
  return {
    schema: 1,
    takenAt: new Date().toISOString(),
    origin: readOrigin(node),
    reference: reference.variant.name,
    referenceBuild: readReferenceBuild() ?? null,
    missing: plan.missing,
    parameters: { handler: options.handler, coldStarts, rounds, loops },
    variants: samples.map(summariseVariant),
    ratios: ratioRows(samples, reference),
  };
}

function writeResult(result: BenchResult): void {
  mkdirSync(resultsDirectory, { recursive: true });
  const name = `${result.takenAt.slice(0, 10)}-node-${result.origin.node.replace(/^v/, '')}`;
  for (const [extension, text] of [
    ['json', `${JSON.stringify(result, null, 2)}\n`],
    ['svg', renderPlot(result)],
  ] as const) {
    const file = join(resultsDirectory, `${name}.${extension}`);
    writeFileSync(file, text);
    process.stderr.write(`Wrote bench/results/${name}.${extension}\n`);
  }
}
