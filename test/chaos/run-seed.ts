// Does what a seed says, against the real process, and keeps what happened.
import { setTimeout as wait } from 'node:timers/promises';
import type { RuntimeExchange } from '../../src/emulator/emulator.ts';
import { type FaultyFunction, startFaulty } from '../fault/matrix/faulty-function.ts';
import type { Happened, History } from './history.ts';
import { makePlan, type Step } from './plan.ts';

const TIMEOUT_MS = 1000;
/** Far longer than the platform's own timeout: whoever has no answer by then never gets one. */
const ANSWER_MS_MAX = 30_000;

export type SeedOptions = {
  readonly seed: number;
  readonly invocations: number;
  /** Under the guardian, as deployments start it. */
  readonly isGuarded: boolean;
  /** Timeout of the function; default 1000. */
  readonly timeoutMs?: number;
  /** How much longer the platform waits than it says, for machines with other things to do, ms. */
  readonly slackMs?: number;
};

export async function runSeed(options: SeedOptions): Promise<History> {
  const { seed, invocations, isGuarded, timeoutMs = TIMEOUT_MS, slackMs = 0 } = options;
  const exchanges: RuntimeExchange[] = [];
  const running = await startFaulty(
    { timeoutMs, isGuarded },
    { slackMs, onExchange: (exchange) => exchanges.push(exchange) },
  );
  const happened: Happened[] = [];
  try {
    for (const step of makePlan(seed, invocations)) {
      happened.push(await runStep(running, step, `seed-${seed}-step-${step.index}`, exchanges));
      if (happened.at(-1)?.result === undefined) break;
    }
  } finally {
    await running.emulator.close();
  }
  const { log, emulator } = running;
  exchanges.sort((one, other) => one.index - other.index);
  return { seed, isGuarded, happened, exchanges, log, environments: emulator.restartCount };
}

async function runStep(
  { emulator, log, timeoutMs, slackMs }: FaultyFunction,
  step: Step,
  requestId: string,
  exchanges: readonly RuntimeExchange[],
): Promise<Happened> {
  // The pause is part of the plan.
  if (step.pauseMs > 0) await wait(step.pauseMs);
  for (const rule of step.api) emulator.faults.add(rule);
  const startedAtMs = performance.now();
  const patience = new AbortController();
  const result = await Promise.race([
    emulator.invoke(toEvent(step), {
      requestId,
      deadlineEpochMs: Date.now() + timeoutMs,
      timeoutMs: timeoutMs + slackMs,
    }),
    wait(ANSWER_MS_MAX, undefined, { signal: patience.signal }).catch(() => undefined),
  ]);
  patience.abort();
  return {
    step,
    requestId,
    result,
    tookMs: performance.now() - startedAtMs,
    exchangesSeen: exchanges.length,
    linesSeen: log.length,
  };
}

function toEvent({ row, index, workMs }: Step): unknown {
  const event = { isCounted: true, step: index };
  if (row === undefined) return { ...event, workMs };
  return { ...event, fault: row.name, when: row.when, isTold: row.expect.process !== 'same' };
}
