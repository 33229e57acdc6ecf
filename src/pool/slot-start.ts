// The ways a worker fails to start that are not the handler's own.
import type { Clock, InitFailure, InitResult } from '../core/ports.ts';
import type { WorkerSlot } from './worker-slot.ts';

export function workerFailure(errorMessage: string): InitFailure {
  const errorType = 'Runtime.WorkerError';
  return { kind: 'failure', error: { errorType, errorMessage, trace: [] }, headerType: errorType };
}

/** Runs Init, for at most `limitMs`: a module may load once and hang the second time. */
export function startWithin(slot: WorkerSlot, limitMs: number, clock: Clock): Promise<InitResult> {
  return new Promise((resolve) => {
    const cancel = clock.scheduleAt(clock.nowEpochMs() + limitMs, () => {
      slot.end('init');
      resolve(workerFailure(`The worker was not ready after ${Math.round(limitMs)} ms`));
    });
    void slot.start().then((result) => {
      cancel();
      resolve(result);
    });
  });
}
