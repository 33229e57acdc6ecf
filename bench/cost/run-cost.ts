// Question: what does a runtime cost, from spawn to the first poll and per invocation?
// Variants: Bulkhead, Bulkhead without isolation, aws-lambda-ric, and clients that do nothing.
// Every answer is checked; a variant that answers wrongly ends the bench instead of winning it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { showProgress } from '../../src/cli/bench/show-progress.ts';
import { renderPlot } from '../report/cost-plot.ts';
import { renderMarkdown, renderText } from '../report/cost-tables.ts';
import { renderHtml } from '../report/html/page.ts';
import { readOrigin } from '../support/machine.ts';
import { readReferenceBuild } from '../support/reference.ts';
import { planVariants, type VariantPlan } from '../support/variants.ts';
import { runColdStarts, runExperiment } from './experiment.ts';
import { judge, readTargets } from './judge.ts';
import { nameOf, writeFile } from './kept-results.ts';
import type { Measured } from './metrics.ts';
import { type Options, parseOptions, usage } from './options.ts';
import { measurePhases } from './phases.ts';
import { renderKept } from './render-kept.ts';
import type { BenchResult } from './result.ts';
import { planSdk } from './sdk-plan.ts';
import { pickReference, ratioRows, summariseStarts, summariseVariant } from './summarise-run.ts';

export async function runCost(argv: readonly string[]): Promise<void> {
  const options = parseOptions(argv);
  if (options.isHelp) {
    process.stdout.write(usage);
    return;
  }
  if (options.isRendering) return renderKept();
  const plan = chosen(planVariants(options.handler, options.before), options.only);
  for (const sentence of plan.missing) process.stderr.write(`${sentence}\n`);
  const result = await measure(options, plan);
  if (options.print === 'json') process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else if (options.print === 'markdown') process.stdout.write(renderMarkdown(result));
  else process.stdout.write(renderText(result));
  if (options.isWriting) writeResult(result);
  if (result.targets.some(({ verdict }) => verdict === 'missed')) process.exitCode = 1;
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
  const { node, handler, coldStarts, sdkStarts, rounds, loops } = options;
  const caches = mkdtempSync(join(tmpdir(), 'bulkhead-bench-'));
  try {
    const sdk = await planSdk(node, plan.variants, caches);
    for (const sentence of sdk.missing) process.stderr.write(`${sentence}\n`);
    const shared = { node, onProgress: showProgress };
    const measured: Measured = {
      variants: await runExperiment({ ...shared, ...plan, coldStarts, rounds, loops }),
      sdk: await runColdStarts({ ...shared, ...sdk, coldStarts: sdkStarts }),
    };
    const origin = readOrigin(node);
    const reference = pickReference(measured.variants).variant.name;
    const memoryAfter = loops[0]?.warmup ?? 0;
    return {
      schema: 2,
      takenAt: new Date().toISOString(),
      origin,
      reference,
      referenceBuild: readReferenceBuild() ?? null,
      missing: [...plan.missing, ...sdk.missing],
      parameters: { handler, coldStarts, sdkStarts, rounds, loops, memoryAfter },
      variants: measured.variants.map(summariseVariant),
      sdk: measured.sdk.map(summariseStarts),
      ratios: ratioRows(measured, reference),
      targets: judge(measured, readTargets(), origin.node),
      ...(await phasesOf(options, plan)),
    };
  } finally {
    showProgress('');
    rmSync(caches, { recursive: true, force: true });
  }
}

/** Of the first size; not there where Bulkhead itself is not measured. */
async function phasesOf(
  { node, loops, coldStarts }: Options,
  { variants }: VariantPlan,
): Promise<Pick<BenchResult, 'phases'>> {
  const variant = variants.find(({ name }) => name === 'bulkhead-no-standby');
  const [loop] = loops;
  if (variant === undefined || loop === undefined) return {};
  return { phases: await measurePhases({ node, variant, starts: coldStarts, ...loop }) };
}

function writeResult(result: BenchResult): void {
  const name = nameOf(result);
  writeFile(`${name}.json`, toJson(result));
  writeFile(`${name}.html`, renderHtml(result));
  writeFile(`${name}.svg`, renderPlot(result));
}

/** Indented, but for lists of numbers: each would take more lines than the rest of the file. */
function toJson(result: BenchResult): string {
  const text = JSON.stringify(result, null, 2);
  return `${text.replace(/\[[-\d.,\s]+\]/g, (list) => list.replace(/\s+/g, ' '))}\n`;
}
