// The ways a worker fails to start.
import { ERROR_BODY_BYTES_MAX } from '../core/limits.ts';
import type { ErrorOutcome } from '../core/outcome.ts';
import type { Clock, InitFailure, InitResult } from '../core/ports.ts';
import { afterRunning } from './running-time.ts';
import type { WorkerSlot } from './worker-slot.ts';

export function workerFailure(errorMessage: string): InitFailure {
  const errorType = 'Runtime.WorkerError';
  return { kind: 'failure', error: { errorType, errorMessage, trace: [] }, headerType: errorType };
}

export function toInitFailure({
  error,
  headerType,
}: Pick<ErrorOutcome, 'error' | 'headerType'>): InitFailure {
  return { kind: 'failure', error, headerType };
}

/** Runs Init, for at most `limitMs`: a module may load once and hang the second time. */
export function startWithin(
  slot: Pick<WorkerSlot, 'start' | 'end'>,
  limitMs: number,
  clock: Clock,
): Promise<InitResult> {
  return new Promise((resolve) => {
    // A standby starts behind a poll, which is when the platform may freeze the process.
    const cancel = afterRunning(clock, limitMs, () => {
      slot.end('init');
      resolve(workerFailure(`The worker was not ready after ${Math.round(limitMs)} ms`));
    });
    void slot.start().then((result) => {
      cancel();
      resolve(result);
    });
  });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Where the error of a preload comes from: nothing of the runtime's runs in its thread yet. */
export function traceOf(error: unknown): readonly string[] {
  const { stack } = (error ?? {}) as { stack?: unknown };
  return typeof stack === 'string' ? stack.slice(0, ERROR_BODY_BYTES_MAX).split('\n') : [];
}
