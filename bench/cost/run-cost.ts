// Question: what does a runtime cost, from spawn to the first poll and per invocation?
// Variants: Bulkhead, Bulkhead without isolation, aws-lambda-ric, and a client that does nothing.
// Every answer is checked; a variant that answers wrongly ends the bench instead of winning it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { renderPlot } from '../report/cost-plot.ts';
import { renderMarkdown, renderText } from '../report/cost-tables.ts';
import { readOrigin } from '../support/machine.ts';
import { readReferenceBuild } from '../support/reference.ts';
import { showProgress } from '../support/show-progress.ts';
import { planVariants, type VariantPlan } from '../support/variants.ts';
import { runExperiment } from './experiment.ts';
import { type Options, parseOptions, usage } from './options.ts';
import { type BenchResult, pickReference, ratioRows, summariseVariant } from './result.ts';

const resultsDirectory = resolve(import.meta.dirname, '../results');

export async function runCost(argv: readonly string[]): Promise<void> {
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
  const samples = await runExperiment({
    node,
    variants: plan.variants,
    coldStarts,
    rounds,
    loops,
    onProgress: showProgress,
  });
  showProgress('');
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
