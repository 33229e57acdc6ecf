import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReport } from '../../../../src/cli/bench/report-line.ts';
import type { InvocationTimes } from '../../../../src/core/phases.ts';
import { Report } from '../../../../src/telemetry/report.ts';
import { ERROR, invocationMoment } from '../../telemetry/moments.ts';

const START = { processAtMs: 10, loadedAtMs: 32, launchedAtMs: 35, servingAtMs: 41 };
const TIMES: InvocationTimes = {
  polledAtMs: 100,
  firstByteAtMs: 110,
  arrivedAtMs: 111,
  thread: { begunAtMs: 113, calledAtMs: 116, returnedAtMs: 120, repliedAtMs: 125 },
  decidedAtMs: 131,
  sentAtMs: 138,
  repolledAtMs: 146,
};
const LINE = { type: 'bulkhead.report', requestId: 'id-1', outcome: 'success' };

/** What the runtime writes for its first invocation. */
function written(changes: Parameters<typeof invocationMoment>[0] = {}): string[] {
  const lines: string[] = [];
  const report = new Report(START, (line) => lines.push(line.trimEnd()));
  const started = { slotId: 1, role: 'active', ok: true, durationMs: 1 } as const;
  report.workerStarted({ ...started, bootedAtMs: 62, readyAtMs: 66 });
  report.invocation(invocationMoment(changes), TIMES);
  return lines;
}

function invocationOf(
  changes: Record<string, unknown>,
): ReturnType<typeof parseReport>['invocation'] {
  return parseReport(JSON.stringify({ ...LINE, ...changes })).invocation;
}

test('what the runtime writes of its start is read, step by step', () => {
  const [line = ''] = written();

  const { start, invocation } = parseReport(line);
  assert.equal(invocation, undefined);
  assert.equal(start?.durationMs, 90);
  assert.equal(typeof start?.processAtMs, 'number');
  assert.deepEqual(start?.steps, [
    { name: 'Node.js', fromMs: 0, toMs: 22 },
    { name: 'settings', fromMs: 22, toMs: 25 },
    { name: 'runtime', fromMs: 25, toMs: 31 },
    { name: 'thread', fromMs: 25, toMs: 52 },
    { name: 'Init', fromMs: 52, toMs: 56 },
    { name: 'first poll', fromMs: 56, toMs: 90 },
  ]);
});

test('what the runtime writes of an invocation is read, phase by phase', () => {
  const [, line = ''] = written();

  const { start, invocation } = parseReport(line);
  assert.equal(start, undefined);
  assert.equal(typeof invocation?.requestId, 'string');
  assert.deepEqual(Object.entries(invocation?.phasesUs ?? {}), [
    ['wait', 10_000],
    ['receive', 1000],
    ['dispatch', 2000],
    ['parse', 3000],
    ['handler', 4000],
    ['stringify', 5000],
    ['return', 6000],
    ['respond', 7000],
    ['repoll', 8000],
  ]);
});

test('an invocation that failed is not among those that are measured', () => {
  const [, line = ''] = written({
    outcome: { kind: 'failure', error: ERROR, headerType: 'Function.Error' },
  });

  assert.match(line, /^\{"type":"bulkhead\.report".*"outcome":"failure"/);
  assert.deepEqual(parseReport(line), {});
});

test('what is absent or no figure is left out', () => {
  const report = invocationOf({
    overheadUs: { receive: '9', dispatch: null, return: 7 },
    heapBytesAfter: {},
  });

  assert.deepEqual(report?.phasesUs, { return: 7 });
  assert.equal(report?.heapBytes, undefined);
  assert.deepEqual(invocationOf({})?.phasesUs, {});
  assert.deepEqual(parseReport('{"type":"bulkhead.start","durationMs":9,"steps":[7,{}]}'), {
    start: { processAtMs: 0, durationMs: 9, steps: [] },
  });
});

test('other lines are no reports, however much they look like one', () => {
  const others = [
    'bulkhead.report',
    '{"type":"bulkhead.report","requestId":"cut',
    '{"message":"bulkhead.report"}',
    '{"type":"bulkhead.other"}',
    '{}',
    'null',
    '["bulkhead.report"]',
  ];
  for (const line of others) assert.deepEqual(parseReport(line), {}, line);
});
