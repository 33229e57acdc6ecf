// The two measurements, cold starts and a warm loop. All variants take turns in short bursts: a
// machine that slows down slows all of them.
import { CliError } from '../cli-error.ts';
import type { ColdStart, VariantResult } from './bench-result.ts';
import { MeasuredFunction } from './measured-function.ts';
import { cpuUsBetween } from './process-use.ts';
import type { InvocationReport, StartReport } from './report-line.ts';
import type { Variant, VariantPlan } from './variants.ts';

export type MeasureOptions = {
  readonly plan: VariantPlan;
  readonly event: Uint8Array;
  readonly coldStarts: number;
  /** Of each variant; undefined: as many as fit into some seconds. */
  readonly invocations: number | undefined;
  readonly onProgress: (text: string) => void;
};

export type Measurement = {
  readonly variants: readonly VariantResult[];
  readonly reports: readonly InvocationReport[];
  readonly startReports: readonly StartReport[];
  readonly invocations: number;
  readonly missing: readonly string[];
};

/** Unless told otherwise: enough for a p99; a slow handler gets what fits into the time. */
const INVOCATIONS = 1000;
const INVOCATIONS_MIN = 20;
const LOOP_MS = 10_000;
/** As a share of the invocations, and at most that long. */
const WARM_UP_SHARE = 0.25;
const WARM_UP_MS_MAX = 2_500;
const BURSTS = 10;

/**
 * Measures all variants of the plan.
 *
 * @throws CliError when the function fails.
 */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  const { plan, event } = options;
  const missing = [...plan.missing];
  const variants: Variant[] = [];
  options.onProgress('first starts');
  for (const variant of plan.variants) {
    // A start that is not counted: it reads the files from the disk, and finds out what fails.
    const problem = await tryOut(variant, event);
    if (problem === undefined) variants.push(variant);
    else missing.push(`${variant.title} is left out: ${problem}`);
  }
  const starts = await coldStarts(variants, options);
  const warm = await warmLoop(variants, options);
  return {
    variants: variants.map((variant, at) => ({
      name: variant.name,
      title: variant.title,
      coldStarts: starts.samples[at] ?? [],
      ...(warm.figures[at] ?? { loopUs: [], cpuUs: undefined, rssMb: undefined }),
    })),
    reports: warm.reports,
    startReports: starts.reports,
    invocations: warm.invocations,
    missing,
  };
}

/** Why the reference client cannot be measured. What fails under Bulkhead is no bench. */
async function tryOut(variant: Variant, event: Uint8Array): Promise<string | undefined> {
  try {
    await coldStart(variant, event);
    return undefined;
  } catch (error) {
    if (variant.name === 'aws-lambda-ric' && error instanceof CliError) {
      return error.message.split('\n', 1)[0];
    }
    throw error;
  }
}

type Starts = {
  /** In the order of the variants; those of the reporter are the last and of no use. */
  readonly samples: readonly (readonly ColdStart[])[];
  readonly reports: readonly StartReport[];
};

async function coldStarts(
  variants: readonly Variant[],
  { plan, event, coldStarts: count, onProgress }: MeasureOptions,
): Promise<Starts> {
  const all = [...variants, plan.reporter];
  const samples: ColdStart[][] = all.map(() => []);
  const reports: StartReport[] = [];
  for (let round = 0; round < count; round += 1) {
    onProgress(`cold starts: ${round + 1} of ${count}`);
    for (const at of turns(all.length, round)) {
      const variant = all[at];
      if (variant === undefined) continue;
      const { sample, report } = await coldStart(variant, event);
      samples[at]?.push(sample);
      if (report !== undefined) reports.push(report);
    }
  }
  return { samples, reports };
}

async function coldStart(
  variant: Variant,
  event: Uint8Array,
): Promise<{ readonly sample: ColdStart; readonly report: StartReport | undefined }> {
  const measured = await MeasuredFunction.start(variant, event);
  let sample: ColdStart;
  try {
    sample = await measured.firstAnswer();
  } finally {
    await measured.close();
  }
  // It comes after the poll that the answer is followed by: it is there when the runtime is gone.
  return { sample, report: measured.startReport };
}

type WarmFigures = Pick<VariantResult, 'loopUs' | 'cpuUs' | 'rssMb'>;

type WarmLoop = {
  /** In the order of the variants; those of the reporter are the last and of no use. */
  readonly figures: readonly WarmFigures[];
  readonly reports: readonly InvocationReport[];
  readonly invocations: number;
};

/** A runtime in the loop, and what is known of it so far. */
class Runner {
  readonly measured: MeasuredFunction;
  readonly bursts: number[][] = [];
  readonly requestIds: Set<string> = new Set();
  #cpuUs: number | undefined = 0;

  constructor(measured: MeasuredFunction) {
    this.measured = measured;
  }

  async burst(count: number): Promise<void> {
    const before = this.measured.use;
    const loopsUs: number[] = [];
    for (let done = 0; done < count; done += 1) {
      const { requestId, loopUs } = await this.measured.invoke();
      loopsUs.push(loopUs);
      this.requestIds.add(requestId);
    }
    const cpuUs = cpuUsBetween(before, this.measured.use);
    this.bursts.push(loopsUs);
    if (this.#cpuUs !== undefined) this.#cpuUs = cpuUs === undefined ? cpuUs : this.#cpuUs + cpuUs;
  }

  /** While the runtime is still there. */
  figures(): WarmFigures {
    return {
      loopUs: this.bursts,
      cpuUs: this.#cpuUs === undefined ? undefined : this.#cpuUs / this.requestIds.size,
      rssMb: this.measured.use?.rssMb,
    };
  }
}

async function warmLoop(
  variants: readonly Variant[],
  { plan, event, invocations: wanted, onProgress }: MeasureOptions,
): Promise<WarmLoop> {
  const runners: Runner[] = [];
  let figures: readonly WarmFigures[];
  let invocations = wanted ?? INVOCATIONS;
  try {
    onProgress('warming up');
    for (const variant of [...variants, plan.reporter]) {
      const measured = await MeasuredFunction.start(variant, event);
      runners.push(new Runner(measured));
      await measured.firstAnswer();
      const loopMs = await warmUp(measured, Math.ceil(invocations * WARM_UP_SHARE));
      if (wanted === undefined) invocations = Math.min(invocations, fitting(loopMs));
    }
    const burst = Math.ceil(invocations / BURSTS);
    for (let done = 0, turn = 0; done < invocations; done += burst, turn += 1) {
      onProgress(`warm loop: ${done} of ${invocations}`);
      const count = Math.min(burst, invocations - done);
      for (const at of turns(runners.length, turn)) await runners[at]?.burst(count);
    }
    figures = runners.map((runner) => runner.figures());
  } finally {
    for (const { measured } of runners) await measured.close();
  }
  // The last report comes after the last poll: all are there when the runtime is gone.
  const reporter = runners.at(-1);
  const reports = reporter?.measured.reports ?? [];
  return {
    figures,
    reports: reports.filter(({ requestId }) => reporter?.requestIds.has(requestId)),
    invocations,
  };
}

/** How long one invocation takes, ms. */
async function warmUp(measured: MeasuredFunction, count: number): Promise<number> {
  const startMs = performance.now();
  let done = 0;
  while (done === 0 || (done < count && performance.now() - startMs < WARM_UP_MS_MAX)) {
    await measured.invoke();
    done += 1;
  }
  return (performance.now() - startMs) / done;
}

function fitting(loopMs: number): number {
  return Math.max(INVOCATIONS_MIN, Math.floor(LOOP_MS / loopMs));
}

/** 0 to `count` - 1, another first in each turn. */
function turns(count: number, turn: number): number[] {
  return Array.from({ length: count }, (_, at) => (at + turn) % count);
}
