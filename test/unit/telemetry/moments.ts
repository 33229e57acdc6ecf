// Moments for the tests of this room.
import type { InvocationMoment } from '../../../src/core/telemetry-port.ts';

export const KEY: InvocationMoment['key'] = { requestId: 'r-1', invocationId: undefined };

export const ERROR = {
  errorType: 'Sandbox.Timedout',
  errorMessage: 'RequestId: r-1 Error: Task timed out after 1.00 seconds',
  trace: ['at spin (/var/task/app.mjs:3:9)'],
} as const;

export function invocationMoment(changes: Partial<InvocationMoment> = {}): InvocationMoment {
  return {
    key: KEY,
    outcome: { kind: 'success', body: new TextEncoder().encode('"a secret"') },
    receipt: { kind: 'accepted', status: 202 },
    waitMs: 12,
    dispatchMs: 0.061_234_5,
    handlerMs: 3,
    respondMs: 0.4,
    slotId: 2,
    watchdogLateMs: undefined,
    profilePath: undefined,
    eventBytes: 100,
    ...changes,
  };
}
