import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InvocationTimes } from '../../../src/core/phases.ts';
import type { WorkerStartMoment } from '../../../src/core/telemetry-port.ts';
import { Report } from '../../../src/telemetry/report.ts';
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

const START = { processAtMs: 10, loadedAtMs: 32, launchedAtMs: 35, servingAtMs: 41 };

/** The lines of one invocation, the first. */
function linesOf(
  changes: Parameters<typeof invocationMoment>[0],
  times: InvocationTimes,
  worker?: Partial<WorkerStartMoment>,
): Record<string, unknown>[] {
  const lines: string[] = [];
  const report = new Report(START, (line) => lines.push(line));
  const started = { slotId: 1, role: 'active', ok: true, durationMs: 1 } as const;
  if (worker !== undefined) report.workerStarted({ ...started, ...worker });
  report.invocation(invocationMoment(changes), times);
  for (const line of lines) assert.match(line, /^\{.*\}\n$/);
  return lines.map((line) => JSON.parse(line));
}

function report(
  changes: Parameters<typeof invocationMoment>[0],
  times: InvocationTimes = TIMES,
): Record<string, unknown> {
  return linesOf(changes, times).at(-1) ?? assert.fail();
}

test('the first report comes behind that of the start, step by step', () => {
  const [start, ...others] = linesOf({}, TIMES, { bootedAtMs: 62, readyAtMs: 66 });
  assert.deepEqual(start, {
    type: 'bulkhead.start',
    processAtMs: 10,
    durationMs: 90,
    steps: [
      { name: 'Node.js', fromMs: 0, toMs: 22 },
      { name: 'settings', fromMs: 22, toMs: 25 },
      { name: 'runtime', fromMs: 25, toMs: 31 },
      { name: 'thread', fromMs: 25, toMs: 52 },
      { name: 'Init', fromMs: 52, toMs: 56 },
      { name: 'first poll', fromMs: 56, toMs: 90 },
    ],
  });
  assert.equal(others.length, 1);
});

test('without a thread the start has no steps of one', () => {
  const [start] = linesOf({}, TIMES);
  const steps = start?.['steps'] as { readonly name: string }[];
  assert.deepEqual(
    steps.map(({ name }) => name),
    ['Node.js', 'settings', 'runtime', 'first poll'],
  );
});

test('the start is told once', () => {
  const lines: string[] = [];
  const twice = new Report(START, (line) => lines.push(line));
  for (let count = 0; count < 2; count += 1) twice.invocation(invocationMoment({}), TIMES);
  const types = lines.map((line) => JSON.parse(line).type);
  assert.deepEqual(types, ['bulkhead.start', 'bulkhead.report', 'bulkhead.report']);
});

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

test('without the first byte there is no duration', () => {
  const told = report({}, { ...TIMES, firstByteAtMs: undefined });
  assert.equal('durationMs' in told, false);
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
  const phases = { wait: 10_000, receive: 10, handler: 3000, respond: 30 };
  assert.deepEqual(told['overheadUs'], phases);
});
