// The two measurements. Both check every answer; a variant that answers wrongly gives no figures.
import type { LoopResult, Timing } from '../support/loop-run.ts';
import { makePayload, type Payload } from '../support/payload.ts';
import { readProcessStats } from '../support/process-stats.ts';
import { rotated } from '../support/rotated.ts';
import { type RuntimeProcess, startRuntime } from '../support/runtime-process.ts';
import type { Variant, VariantName } from '../support/variants.ts';

export type ColdStart = { readonly firstPollMs: number; readonly firstAnswerMs: number };

export type LoopSamples = {
  readonly payloadBytes: number;
  /** Event sent to answer received, answer received to next poll, and their sum. */
  readonly answerUs: readonly number[];
  readonly pollUs: readonly number[];
  readonly loopUs: readonly number[];
  /** Mean processor time of the runtime, and of the bench's server, per invocation. */
  readonly cpuUs: number;
  readonly serverUs: number;
};

export type WarmRun = {
  readonly loops: readonly LoopSamples[];
  /** All of them right: a wrong answer ends the bench. */
  readonly checkedAnswers: number;
  /** After the warm-up of the first loop, the one with small events. */
  readonly rssKb: number;
  readonly rssPeakKb: number;
  readonly connections: number;
};

export type LoopPlan = {
  readonly payloadBytes: number;
  readonly invocations: number;
  readonly warmup: number;
};

export type WarmRound = {
  readonly node: string;
  readonly variants: readonly Variant[];
  readonly loops: readonly LoopPlan[];
};

/** A variant in a round: its process, and what is known of it so far. */
type Subject = {
  readonly variant: Variant;
  readonly runtime: RuntimeProcess;
  readonly loops: LoopSamples[];
  checkedAnswers: number;
  memory: { readonly rssKb: number; readonly rssPeakKb: number };
};

type Tally = { readonly timings: Timing[]; cpuUs: number; serverUs: number };

const BURSTS = 10;
const NO_MEMORY = { rssKb: 0, rssPeakKb: 0 };
const SMALL_EVENT_BYTES = 100;
const COLD_LIFE_MS_MAX = 20_000;
const WARM_LIFE_MS_MAX = 900_000;

/** Starts the runtime with an event already queued. */
export async function measureColdStart(node: string, variant: Variant): Promise<ColdStart> {
  const runtime = await startRuntime({ node, variant, lifeMsMax: COLD_LIFE_MS_MAX });
  try {
    const payload = makePayload(SMALL_EVENT_BYTES);
    const result = await runtime.api.serve({ payload, count: 1, answers: variant.answers });
    refuseWrongAnswers(variant, result);
    const [timing] = result.timings;
    const firstPollUs = runtime.api.firstPollUs;
    if (timing === undefined || firstPollUs === undefined) throw new Error('Cannot time: no poll');
    return {
      firstPollMs: (firstPollUs - runtime.spawnedUs) / 1000,
      firstAnswerMs: (timing.answeredUs - runtime.spawnedUs) / 1000,
    };
  } finally {
    await runtime.stop();
  }
}

/**
 * Runs the loops of all variants at the same time, in short bursts by turns: a machine that slows
 * down for a second slows all of them. The others wait in their poll meanwhile, at no cost.
 */
export async function measureWarmRound(round: WarmRound): Promise<Map<VariantName, WarmRun>> {
  const subjects: Subject[] = [];
  try {
    for (const variant of round.variants) {
      const runtime = await startRuntime({
        node: round.node,
        variant,
        lifeMsMax: WARM_LIFE_MS_MAX,
      });
      subjects.push({ variant, runtime, loops: [], checkedAnswers: 0, memory: NO_MEMORY });
    }
    for (const plan of round.loops) await runLoop(subjects, plan);
    return new Map(
      subjects.map(({ variant, runtime, loops, checkedAnswers, memory }) => [
        variant.name,
        {
          loops,
          checkedAnswers,
          rssKb: memory.rssKb,
          rssPeakKb: memory.rssPeakKb,
          connections: runtime.api.connections,
        },
      ]),
    );
  } finally {
    for (const { runtime } of subjects) await runtime.stop();
  }
}

async function runLoop(subjects: readonly Subject[], plan: LoopPlan): Promise<void> {
  const payload = makePayload(plan.payloadBytes);
  const tallies = new Map<Subject, Tally>();
  for (const subject of subjects) {
    if (plan.warmup > 0) await serve(subject, payload, plan.warmup);
    if (subject.loops.length === 0) subject.memory = readProcessStats(subject.runtime.pid);
    tallies.set(subject, { timings: [], cpuUs: 0, serverUs: 0 });
  }
  const burst = Math.ceil(plan.invocations / BURSTS);
  for (let done = 0, turn = 0; done < plan.invocations; done += burst, turn += 1) {
    const count = Math.min(burst, plan.invocations - done);
    for (const subject of rotated(subjects, turn)) {
      const tally = tallies.get(subject);
      const before = readProcessStats(subject.runtime.pid);
      const result = await serve(subject, payload, count);
      const after = readProcessStats(subject.runtime.pid);
      if (tally === undefined) continue;
      tally.timings.push(...result.timings);
      tally.cpuUs += after.cpuUs - before.cpuUs;
      tally.serverUs += result.serverUs;
    }
  }
  for (const [subject, tally] of tallies) subject.loops.push(toSamples(payload.bytes, tally));
}

async function serve(subject: Subject, payload: Payload, count: number): Promise<LoopResult> {
  const { variant, runtime } = subject;
  const result = await runtime.api.serve({ payload, count, answers: variant.answers });
  refuseWrongAnswers(variant, result);
  subject.checkedAnswers += result.timings.length;
  return result;
}

function toSamples(payloadBytes: number, { timings, cpuUs, serverUs }: Tally): LoopSamples {
  const times = (of: (timing: Timing) => number): number[] => timings.map(of);
  return {
    payloadBytes,
    answerUs: times((timing) => timing.answeredUs - timing.sentUs),
    pollUs: times((timing) => timing.polledUs - timing.answeredUs),
    loopUs: times((timing) => timing.polledUs - timing.sentUs),
    cpuUs: cpuUs / timings.length,
    serverUs: serverUs / timings.length,
  };
}

function refuseWrongAnswers(variant: Variant, result: LoopResult): void {
  if (result.wrongAnswers === 0) return;
  throw new Error(
    `Cannot measure "${variant.title}": ${result.wrongAnswers} of ${result.timings.length} ` +
      `answers are wrong; the first: ${result.firstProblem}`,
  );
}
