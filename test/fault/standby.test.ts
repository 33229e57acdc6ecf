// After a lost worker: who serves the next event, how soon, and which worker is never used again.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Emulator, EmulatorOptions, LogEntry } from '../../src/emulator/emulator.ts';
import { startFunction } from '../support/start-function.ts';

/** What the Init of the handler takes, at least. */
const INIT_MS = 400;
/** An answer that did not wait for an Init is there within this time, on a busy machine. */
const WARM_MS_MAX = 200;
const TIMEOUT_MS = 1000;

type Answer = {
  readonly count: number;
  readonly pid: number;
  readonly threadId: number;
  /** When its thread's Init was over, Unix time in ms. */
  readonly readyAtEpochMs: number;
};

type Loss = { readonly ending: 'exit' | 'spin' | 'never'; readonly errorType: string };

const losses: readonly Loss[] = [
  { ending: 'exit', errorType: 'Runtime.ExitError' },
  { ending: 'spin', errorType: 'Sandbox.Timedout' },
  { ending: 'never', errorType: 'Sandbox.Timedout' },
];

for (const loss of losses) {
  test(`a standby serves the next event at once after "${loss.ending}"`, (context) =>
    checkStandby(context, loss));
}

async function checkStandby(context: TestContext, loss: Loss): Promise<void> {
  const { emulator, log } = await start(context, { env: { BULKHEAD_STANDBY: '1' } });
  for (let run = 1; run <= 3; run += 1) {
    await untilStarted(log, run + 1);
    const before = await succeed(emulator);
    await lose(emulator, loss);
    const askedAtEpochMs = Date.now();
    const after = await succeed(emulator);
    const tookMs = Date.now() - askedAtEpochMs;

    context.diagnostic(`"${loss.ending}", run ${run}: the next answer took ${tookMs} ms`);
    assert.ok(tookMs < WARM_MS_MAX, `it took ${tookMs} ms`);
    assert.ok(after.readyAtEpochMs <= askedAtEpochMs, 'the event has waited for no Init');
    assert.deepEqual([before.pid, after.pid], [emulator.runtimePid, emulator.runtimePid]);
    assert.notEqual(after.threadId, before.threadId);
    assert.equal(after.count, 1, 'a fresh worker');
  }
  assert.equal(emulator.restartCount, 0);
}

test('a worker whose handler ends well, or throws, is used again and again', async (context) => {
  const { emulator } = await start(context, { env: { BULKHEAD_STANDBY: '1', INIT_MS: '0' } });
  const first = await succeed(emulator);
  for (let count = 2; count <= 8; count += 2) {
    assert.deepEqual(await succeed(emulator), { ...first, count });
    const thrown = await emulator.invoke({ ending: 'throw' });
    assert.equal((thrown.payload as { errorMessage: string }).errorMessage, 'asked for');
  }
});

test('without a standby the poll waits for the replacement after a crash', async (context) => {
  const { emulator } = await start(context, { env: { BULKHEAD_STANDBY: '0' }, timeoutMs: 5000 });
  const before = await succeed(emulator);
  const { requestId } = await lose(emulator, { ending: 'exit', errorType: 'Runtime.ExitError' });
  const after = await succeed(emulator);

  assert.notEqual(after.threadId, before.threadId);
  assert.equal(after.count, 1);
  const { answered, polled } = turn(emulator, requestId);
  context.diagnostic(`polled ${polled - answered} ms after the answer`);
  assert.ok(polled >= after.readyAtEpochMs, 'the poll has waited for the Init');
  assert.equal(emulator.restartCount, 0);
});

test('without a standby the poll comes before the deadline, ready or not', async (context) => {
  const { emulator } = await start(context, { env: { BULKHEAD_STANDBY: '0' } });
  const before = await succeed(emulator);
  const deadlineEpochMs = Date.now() + TIMEOUT_MS;
  const loss = { ending: 'spin', errorType: 'Sandbox.Timedout' } as const;
  const { requestId } = await lose(emulator, loss, deadlineEpochMs);
  const after = await succeed(emulator);

  assert.equal(emulator.restartCount, 0);
  assert.equal(after.pid, before.pid);
  assert.equal(after.count, 1);
  const { polled } = turn(emulator, requestId);
  assert.ok(polled < deadlineEpochMs, `polled ${polled - deadlineEpochMs} ms after the deadline`);
  assert.ok(polled < after.readyAtEpochMs, 'the event has waited for the Init');
});

test('a standby that cannot start costs the worker beside it nothing', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-once-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const { emulator, log } = await startFunction(context, 'fails-second-start.handler', {
    env: { BULKHEAD_STANDBY: '1', FIRST_START_FILE: join(folder, 'started') },
  });
  const failures = (): number =>
    log.filter(({ line }) => line.includes('"worker_start_failed"')).length;
  for (let tries = 1; tries <= 3; tries += 1) {
    await until(() => failures() >= tries);
    const askedAtMs = performance.now();
    const { payload } = await emulator.invoke({ ok: true });
    assert.deepEqual(payload, { pid: emulator.runtimePid });
    assert.ok(performance.now() - askedAtMs < WARM_MS_MAX);
  }
  assert.equal(emulator.restartCount, 0);
});

for (const [memoryMb, heapLimitMb] of [
  [128, 80],
  [512, 448],
  [1769, 1705],
  [64, 48],
] as const) {
  test(`a function of ${memoryMb} MB gets a worker with ${heapLimitMb} MB of heap`, async (t) => {
    const { emulator } = await startFunction(t, 'facts.handler', { memoryMb });
    const { payload } = await emulator.invoke({});
    assert.equal((payload as { heapLimitMb: number }).heapLimitMb, heapLimitMb);
  });
}

for (const [memoryMb, workers] of [
  [511, 1],
  [512, 2],
] as const) {
  test(`a function of ${memoryMb} MB has ${workers - 1} standby workers by default`, async (t) => {
    const { emulator, log } = await start(t, { memoryMb, env: { INIT_MS: '0' } });
    await succeed(emulator);
    await untilStarted(log, workers);
    // A second one would have been begun behind the first poll, long before these are over.
    for (let run = 0; run < 20; run += 1) await succeed(emulator);
    await emulator.close();
    assert.equal(startedCount(log), workers);
  });
}

async function start(
  context: TestContext,
  { env = {}, ...options }: EmulatorOptions,
): Promise<{ readonly emulator: Emulator; readonly log: readonly LogEntry[] }> {
  return await startFunction(context, 'slow-init.handler', {
    timeoutMs: TIMEOUT_MS,
    memoryMb: 256,
    env: { AWS_LAMBDA_LOG_LEVEL: 'DEBUG', INIT_MS: String(INIT_MS), ...env },
    ...options,
  });
}

async function succeed(emulator: Emulator): Promise<Answer> {
  const { functionError, payload } = await emulator.invoke({});
  assert.equal(functionError, undefined, JSON.stringify(payload));
  return payload as Answer;
}

async function lose(
  emulator: Emulator,
  { ending, errorType }: Loss,
  deadlineEpochMs: number = Date.now() + TIMEOUT_MS,
): Promise<{ readonly requestId: string }> {
  const { payload, requestId } = await emulator.invoke({ ending }, { deadlineEpochMs });
  assert.equal((payload as { errorType: string }).errorType, errorType);
  return { requestId };
}

/** When an error reached the Runtime API, and when the poll behind it did, Unix time in ms. */
function turn(emulator: Emulator, requestId: string): Record<'answered' | 'polled', number> {
  const { exchanges } = emulator;
  const at = exchanges.findIndex((one) => one.endpoint === 'error' && one.requestId === requestId);
  const answered = exchanges[at]?.arrivedAtEpochMs;
  const polled = exchanges.slice(at).find((one) => one.endpoint === 'next')?.arrivedAtEpochMs;
  assert.ok(answered !== undefined && polled !== undefined, 'answered by the runtime, then polled');
  return { answered, polled };
}

function startedCount(log: readonly LogEntry[]): number {
  return log.filter(({ line }) => line.includes('"worker_started"')).length;
}

function untilStarted(log: readonly LogEntry[], count: number): Promise<void> {
  return until(() => startedCount(log) >= count);
}

/** The log of a managed runtime has no event to wait for: look at each turn of the loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
