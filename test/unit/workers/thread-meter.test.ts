// What a thread tells of its own times and use, by a thread.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measured } from '../../../src/core/phases.ts';
import type { HandlerResult, WorkerSetup } from '../../../src/core/thread-protocol.ts';
import { nowMs } from '../../../workers/thread-clock.ts';
import { HandlerThread } from './handler-thread.ts';

async function run(
  handler: string,
  changes: Partial<WorkerSetup>,
  event: unknown = {},
): Promise<{ readonly result: HandlerResult; readonly sinceMs: number }> {
  const thread = new HandlerThread(handler, undefined, changes);
  await thread.init();
  const sinceMs = nowMs();
  const result = await thread.invoke(event);
  await thread.worker.terminate();
  return { result, sinceMs };
}

function measuredOf(result: HandlerResult): Measured {
  assert.ok('measured' in result && result.measured !== undefined, JSON.stringify(result));
  return result.measured;
}

test('moments are in their order, on the clock of whoever asked', async () => {
  const { result, sinceMs } = await run('meter.waits', { isMeasured: true }, { ms: 30 });
  const { times, use } = measuredOf(result);
  const { begunAtMs, calledAtMs, returnedAtMs, repliedAtMs } = times;
  const inOrder = [
    sinceMs - 0.02,
    begunAtMs,
    calledAtMs,
    returnedAtMs,
    repliedAtMs,
    nowMs() + 0.02,
  ];
  assert.deepEqual(
    inOrder.toSorted((one, other) => one - other),
    inOrder,
  );
  assert.ok(returnedAtMs - calledAtMs >= 29, `${returnedAtMs - calledAtMs} ms`);
  assert.equal(use, undefined);
});

test('with a report there is what was used: processor time, heap, the loop', async () => {
  const setup = { isMeasured: true, isReported: true };
  const busy = measuredOf((await run('meter.burns', setup, { ms: 60 })).result).use;
  const idle = measuredOf((await run('meter.waits', setup, { ms: 60 })).result).use;
  assert.ok(busy && idle);
  // 22.19 does not tell the processor time of a thread.
  if (process.threadCpuUsage === undefined) assert.equal(busy.cpuMs, undefined);
  else assert.ok(Number(busy.cpuMs) > Number(idle.cpuMs) + 20, `${busy.cpuMs}, ${idle.cpuMs} ms`);
  assert.ok(busy.loopUtilization > idle.loopUtilization);
  assert.ok(busy.heapBytesBefore > 0 && busy.heapBytesAfter > 0);
});

test('whose processor time it is cannot be told where several run at once', async () => {
  const setup = { isMeasured: true, isReported: true, multiConcurrent: true };
  const { use } = measuredOf((await run('meter.waits', setup, { ms: 1 })).result);
  assert.equal(use?.cpuMs, undefined);
});

test('an event that is no JSON has no time in the handler', async () => {
  const thread = new HandlerThread('meter.waits', undefined, { isMeasured: true });
  await thread.init();
  const result = await thread.invoke(undefined, { event: new TextEncoder().encode('{') });
  await thread.worker.terminate();
  const { times } = measuredOf(result);
  assert.equal(result.kind, 'failure');
  assert.equal(times.calledAtMs, times.returnedAtMs);
});

test('a handler that throws has its time up to there', async () => {
  const { result } = await run('meter.throws', { isMeasured: true }, { ms: 20 });
  const { calledAtMs, returnedAtMs } = measuredOf(result).times;
  assert.equal(result.kind, 'failure');
  assert.ok(returnedAtMs - calledAtMs >= 19);
});

test('nobody who wants to know: nothing is read', async () => {
  const { result } = await run('meter.waits', {}, { ms: 1 });
  assert.ok(!('measured' in result));
});
