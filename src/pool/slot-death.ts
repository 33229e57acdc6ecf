// The death of a worker's thread -> what each of its invocations is told.
import { type Death, SILENT_DEATH, toVictimOutcome, type Victim } from '../core/crash.ts';
import type { HeldMemory } from '../core/held-memory.ts';
import type { ErrorOutcome } from '../core/outcome.ts';
import type { LastWords } from '../core/thread-protocol.ts';
import { messageOf, traceOf } from './slot-start.ts';

export type OutcomeOf = (victim: Victim) => ErrorOutcome;

/** What is known of the worker. */
export type DyingWorker = {
  readonly heapLimitMb: number | undefined;
  readonly held: HeldMemory;
  /** In flight in its thread. */
  readonly tasks: readonly Victim[];
};

/** @param error of the thread's `error` event; undefined: it has left. */
export function deathOf(
  error: unknown,
  exitCode: number | undefined,
  lastWords: LastWords | undefined,
): Partial<Death> {
  const { code } = (error ?? {}) as { code?: unknown };
  return {
    lastWords,
    errorCode: typeof code === 'string' ? code : undefined,
    errorMessage: error === undefined ? undefined : messageOf(error),
    errorTrace: traceOf(error),
    exitCode,
  };
}

export function outcomesOf(death: Partial<Death>, worker: DyingWorker): OutcomeOf {
  const { heapLimitMb, held } = worker;
  const lastUse = held.recent.at(-1);
  const whole: Death = { ...SILENT_DEATH, heapLimitMb, lastUse, ...death };
  // They are gone from the worker by the time that they are told.
  const inFlight = [...worker.tasks];
  return (victim) => toVictimOutcome(whole, victim, inFlight);
}
