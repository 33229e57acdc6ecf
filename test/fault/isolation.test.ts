// The isolation modes, proven by a global counter in the handler's module.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Emulator } from '../../src/emulator/emulator.ts';
import { startFunction } from '../support/start-function.ts';
import { until } from '../support/until.ts';

type Answer = {
  readonly count: number;
  readonly threadId: number;
  readonly pid: number;
  readonly tenantId: string | null;
};

/** Less than a thread takes to start. */
const WARM_MS_MAX = 30;

async function answerTo(emulator: Emulator, tenantId?: string): Promise<Answer> {
  const { functionError, payload } = await emulator.invoke(
    {},
    tenantId === undefined ? {} : { tenantId },
  );
  assert.equal(functionError, undefined, JSON.stringify(payload));
  return payload as Answer;
}

function startWith(context: TestContext, env: Record<string, string>): Promise<Emulator> {
  const options = { memoryMb: 512, env: { AWS_LAMBDA_LOG_LEVEL: 'DEBUG', ...env } };
  return startFunction(context, 'counter.handler', options).then(({ emulator }) => emulator);
}

test('shared: one worker keeps its state', async (context) => {
  const emulator = await startWith(context, {});
  const counts: number[] = [];
  for (let run = 0; run < 5; run += 1) counts.push((await answerTo(emulator)).count);
  assert.deepEqual(counts, [1, 2, 3, 4, 5]);
});

for (const standby of ['0', '1', '3']) {
  test(`invocation: no worker is used twice, with ${standby} standby workers`, async (context) => {
    const emulator = await startWith(context, {
      BULKHEAD_ISOLATION: 'invocation',
      BULKHEAD_STANDBY: standby,
    });
    const threads = new Set<number>();
    for (let run = 0; run < 12; run += 1) {
      const { count, threadId, pid } = await answerTo(emulator);
      assert.equal(count, 1);
      assert.equal(pid, emulator.runtimePid);
      threads.add(threadId);
    }
    assert.equal(threads.size, 12);
    assert.equal(emulator.restartCount, 0);
  });
}

test('invocation: with a standby an event does not wait for a start', async (context) => {
  const { emulator, log } = await startFunction(context, 'counter.handler', {
    memoryMb: 512,
    env: { AWS_LAMBDA_LOG_LEVEL: 'DEBUG', BULKHEAD_ISOLATION: 'invocation' },
  });
  const started = (): number => log.filter(({ line }) => line.includes('"worker_started"')).length;
  const times: number[] = [];
  for (let run = 0; run < 10; run += 1) {
    await until(context, () => started() >= run + 2);
    const askedAtMs = performance.now();
    assert.equal((await answerTo(emulator)).count, 1);
    times.push(performance.now() - askedAtMs);
  }
  const median = times.toSorted((a, b) => a - b)[5] ?? Number.NaN;
  context.diagnostic(`median ${median.toFixed(1)} ms`);
  assert.ok(median < WARM_MS_MAX, `the median answer took ${median} ms`);
});

for (const standby of ['0', '1', '2']) {
  test(`tenant: no worker serves two tenants, with ${standby} standby workers`, async (context) => {
    const emulator = await startWith(context, {
      BULKHEAD_ISOLATION: 'tenant',
      BULKHEAD_STANDBY: standby,
    });
    const tenantOfThread = new Map<number, string | null>();
    const counts: number[] = [];
    for (const tenant of [
      'blue',
      'blue',
      'red',
      'blue',
      undefined,
      'red',
      'red',
      'green',
      'blue',
    ]) {
      const { count, threadId, tenantId } = await answerTo(emulator, tenant);
      assert.equal(tenantId, tenant ?? null);
      assert.equal(tenantOfThread.get(threadId) ?? tenantId, tenantId, 'one tenant per thread');
      tenantOfThread.set(threadId, tenantId);
      counts.push(count);
    }
    assert.equal(counts[1], 2, 'a tenant keeps its worker');
    assert.ok(tenantOfThread.size >= 4);
    assert.equal(emulator.restartCount, 0);
  });
}
