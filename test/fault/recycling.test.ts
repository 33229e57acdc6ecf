// Workers that are replaced although nothing is wrong with them: by number, heap and age.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Emulator, LogEntry } from '../../src/emulator/emulator.ts';
import { startFunction } from '../support/start-function.ts';
import { untilLogged } from '../support/until.ts';

type Answer = { readonly count: number; readonly threadId: number; readonly pid: number };
type Running = { readonly emulator: Emulator; readonly log: readonly LogEntry[] };

function startWith(context: TestContext, env: Record<string, string>): Promise<Running> {
  const options = { memoryMb: 512, env: { AWS_LAMBDA_LOG_LEVEL: 'DEBUG', ...env } };
  return startFunction(context, 'counter.handler', options);
}

async function answerTo({ emulator }: Running, event: object = {}): Promise<Answer> {
  const { functionError, payload } = await emulator.invoke(event);
  assert.equal(functionError, undefined, JSON.stringify(payload));
  return payload as Answer;
}

/** Invokes until another thread answers; the number of invocations the first one had. */
async function untilReplaced(running: Running, event: object = {}): Promise<number> {
  const first = await answerTo(running, event);
  for (let served = first.count; ; ) {
    const { count, threadId } = await answerTo(running, event);
    if (threadId !== first.threadId) return served;
    served = count;
  }
}

test('by number: the replacement is ready first, and no event waits for it', async (context) => {
  const running = await startWith(context, { BULKHEAD_RECYCLE_AFTER: '10', BULKHEAD_STANDBY: '0' });
  const served = await untilReplaced(running);
  assert.ok(served >= 10, `after ${served}`);
  const { log, emulator } = running;
  const reason = /"cause":"recycle".*it has served \d+ invocations \(BULKHEAD_RECYCLE_AFTER\)/;
  await untilLogged(context, running.log, reason);
  const left = log.some(({ line }) => /thread \d+ leaves after \d+/.test(line));
  assert.ok(left, 'its exit listeners have run');
  assert.equal(emulator.restartCount, 0);
  const start = log.findIndex(({ line }) => /"worker_started".*"worker_id":2/.test(line));
  const end = log.findIndex(({ line }) => line.includes('"cause":"recycle"'));
  assert.ok(start !== -1 && start < end, 'replacement first, then retirement');
});

test('by heap: what stays after several invocations counts', async (context) => {
  const running = await startWith(context, { BULKHEAD_RECYCLE_HEAP_MB: '40' });
  const served = await untilReplaced(running, { keepMb: 8 });
  assert.ok(served >= 5, `after ${served}`);
  await untilLogged(
    context,
    running.log,
    /its heap stays above 40 MB \(BULKHEAD_RECYCLE_HEAP_MB\)/,
  );
});

test('by age', async (context) => {
  const running = await startWith(context, { BULKHEAD_RECYCLE_AGE_S: '1' });
  await untilReplaced(running, { waitMs: 50 });
  await untilLogged(context, running.log, /it is 1 s old \(BULKHEAD_RECYCLE_AGE_S\)/);
});

test('a thousand invocations with a worker for each five: every one is answered', async (context) => {
  const running = await startWith(context, { BULKHEAD_RECYCLE_AFTER: '5' });
  const threads = new Set<number>();
  for (let run = 0; run < 1000; run += 1) threads.add((await answerTo(running)).threadId);
  context.diagnostic(`${threads.size} threads`);
  assert.ok(threads.size > 10);
  assert.equal(running.emulator.restartCount, 0);
});
