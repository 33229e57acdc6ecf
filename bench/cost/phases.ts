// Where the time goes by the runtime's own telling (BULKHEAD_REPORT=1): of each invocation phase by
// phase, and of the start step by step. Measured beside the loops, which are not reported.
import type { LoopPhases, StartPhases } from '../../src/cli/bench/phase-charts.ts';
import { summariseStarts } from '../../src/cli/bench/phase-summary.ts';
import {
  type InvocationReport,
  parseReport,
  type StartReport,
} from '../../src/cli/bench/report-line.ts';
import { summarise } from '../../src/cli/bench/statistics.ts';
import { PHASES } from '../../src/core/phases.ts';
import { makePayload } from '../support/payload.ts';
import { startRuntime } from '../support/runtime-process.ts';
import type { Variant } from '../support/variants.ts';
import type { PhaseResult } from './result.ts';

export type PhasePlan = {
  readonly node: string;
  readonly variant: Variant;
  readonly starts: number;
  readonly payloadBytes: number;
  readonly invocations: number;
  readonly warmup: number;
};

/** What one process has told. */
type Told = { readonly start: StartReport; readonly invocations: readonly InvocationReport[] };

const LIFE_MS_MAX = 120_000;

/** @throws Error when the runtime has not reported all of it. */
export async function measurePhases(plan: PhasePlan): Promise<PhaseResult> {
  const { variant, payloadBytes, invocations, warmup } = plan;
  const starts: StartReport[] = [];
  for (let at = 1; at < plan.starts; at += 1) starts.push((await listen(plan, 1)).start);
  const last = await listen(plan, warmup + invocations);
  starts.push(last.start);
  const reports = last.invocations.slice(-invocations);
  return {
    loops: [{ variant: variant.name, payloadBytes, phases: toPhases(reports) }],
    coldStarts: [{ variant: variant.name, steps: toSteps(starts) }],
  };
}

/** Runs one process, which serves so many events. Its start is told from its spawn on. */
async function listen({ node, variant: plain, payloadBytes }: PhasePlan, count: number) {
  const variant = { ...plain, env: { ...plain.env, BULKHEAD_REPORT: '1' } };
  const told: { start?: StartReport; invocations: InvocationReport[] } = { invocations: [] };
  const onLine = (line: string): void => {
    const { start, invocation } = parseReport(line);
    if (start !== undefined) told.start = start;
    if (invocation !== undefined) told.invocations.push(invocation);
  };
  const runtime = await startRuntime({ node, variant, lifeMsMax: LIFE_MS_MAX, onLine });
  try {
    const payload = makePayload(payloadBytes);
    await runtime.api.serve({ payload, count, answers: variant.answers });
    await runtime.end();
  } finally {
    await runtime.stop();
  }
  const { start, invocations } = told;
  if (start === undefined || invocations.length < count) {
    const what = start === undefined ? 'the start is not' : `${invocations.length} of ${count} are`;
    throw new Error(`Cannot tell the phases: ${what} reported`);
  }
  return { start: fromSpawn(start, runtime.spawnedUs / 1000), invocations } satisfies Told;
}

/** Durations have one clock for all processes. */
function fromSpawn(start: StartReport, spawnedMs: number): StartReport {
  const processMs = start.processAtMs - spawnedMs;
  const steps = start.steps.map(({ name, fromMs, toMs }) => ({
    name,
    fromMs: fromMs + processMs,
    toMs: toMs + processMs,
  }));
  return { ...start, steps: [{ name: 'process', fromMs: 0, toMs: processMs }, ...steps] };
}

function toPhases(reports: readonly InvocationReport[]): LoopPhases['phases'] {
  return PHASES.map((name) => {
    return { name, us: summarise(reports.map(({ phasesUs }) => phasesUs[name] ?? 0)) };
  });
}

function toSteps(starts: readonly StartReport[]): StartPhases['steps'] {
  return summariseStarts(starts).map(({ name, fromMs, toMs }) => {
    return { name, startMs: fromMs, endMs: toMs };
  });
}
