import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InvocationTimes } from '../../../src/core/phases.ts';
import { toPhases } from '../../../src/core/phases.ts';
import { reportLine } from '../../../src/telemetry/report-line.ts';
import { ERROR, invocationMoment } from './moments.ts';

const TIMES: InvocationTimes = {
  polledAtMs: 100,
  firstByteAtMs: 110,
  arrivedAtMs: 110.01,
  thread: { begunAtMs: 110.03, calledAtMs: 110.04, returnedAtMs: 113.04, repliedAtMs: 113.05 },
  decidedAtMs: 113.07,
  sentAtMs: 113.1,
  repolledAtMs: 113.1,
};

function report(
  changes: Parameters<typeof invocationMoment>[0],
  times: InvocationTimes = TIMES,
): Record<string, unknown> {
  const derived = { phases: toPhases(times), isFirst: true };
  const line = reportLine(invocationMoment(changes), times, derived);
  assert.match(line, /^\{.*\}\n$/);
  return JSON.parse(line);
}

test('a report has the times, the use and the worker, and nothing of the answer', () => {
  const use = { cpuMs: 2.5, loopUtilization: 0.75, heapBytesBefore: 10, heapBytesAfter: 20 };
  const measured = { times: { ...(TIMES.thread ?? assert.fail()) }, use };
  const told = report({ measured, worker: { ageMs: 1234.4, invocationCount: 3 } });
  assert.deepEqual(told, {
    type: 'bulkhead.report',
    requestId: 'r-1',
    outcome: 'success',
    start: 'cold',
    durationMs: 3.1,
    handlerMs: 3,
    overheadUs: {
      wait: 10_000,
      receive: 10,
      dispatch: 20,
      parse: 10,
      handler: 3000,
      stringify: 10,
      return: 20,
      respond: 30,
      repoll: 0,
    },
    overheadTotalUs: 100,
    cpuMs: 2.5,
    eventLoopUtilization: 0.75,
    heapBytesBefore: 10,
    heapBytesAfter: 20,
    bytesIn: 100,
    bytesOut: 10,
    workerId: 2,
    workerAgeMs: 1234,
    workerInvocations: 3,
  });
});

test('what is not known is not in it', () => {
  const outcome = { kind: 'timeout', error: ERROR, headerType: 'Function.Timeout' } as const;
  const times = { ...TIMES, thread: undefined, repolledAtMs: undefined };
  const told = report({ outcome, slotId: undefined }, times);
  assert.deepEqual(Object.keys(told), [
    'type',
    'requestId',
    'outcome',
    'start',
    'durationMs',
    'handlerMs',
    'overheadUs',
    'overheadTotalUs',
    'bytesIn',
  ]);
  assert.deepEqual(told['overheadUs'], { wait: 10_000, receive: 10, respond: 30 });
});
