// Managed Instances: the managed runtime, its Init, its death, its log, its end.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import {
  Emulator,
  type EmulatorOptions,
  type InvokeResult,
  type LogEntry,
} from '../../src/emulator/emulator.ts';
import { type LaneOrder, MANY_LANES_COMMAND } from '../unit/emulator/support/many-lanes-script.ts';
import { until } from '../unit/emulator/support/raw-runtime.ts';

test('the runtime finds the environment of Managed Instances', async (t) => {
  const { invoke } = await start(t, { concurrency: 3 });

  const { payload } = await invoke({
    env: ['AWS_LAMBDA_MAX_CONCURRENCY', 'AWS_LAMBDA_INITIALIZATION_TYPE', 'AWS_LAMBDA_LOG_FORMAT'],
  });

  assert.deepEqual(toPayload(payload).env, ['3', 'lambda-managed-instances', 'JSON']);
});

test('events that come before the first poll wait for it, as many as can run', async (t) => {
  const { emulator, invoke, isHolding } = await start(t, { concurrency: 2 });
  const early = ['a', 'b', 'c', 'd'].map((hold) => invoke({ hold }));

  const refused = await Promise.all(early.slice(2));
  await until(() => isHolding('a') && isHolding('b'));
  const refusedNow = await invoke({});

  for (const { statusCode, errorType } of [...refused, refusedNow]) {
    assert.deepEqual([statusCode, errorType], [400, 'Runtime.Unavailable']);
  }
  await emulator.close({ drains: true });
  const results = await Promise.all(early.slice(0, 2));
  assert.deepEqual(
    results.map(({ statusCode }) => statusCode),
    [200, 200],
  );
  assert.ok(Number(results[0]?.initDurationMs) > 0);
  assert.equal(results[1]?.initDurationMs, undefined);
});

test('an event that waited for Init and gets no poll of its own is refused in the end', async (t) => {
  const { emulator, invoke, isHolding } = await start(t, { concurrency: 2, env: { LANES: '1' } });

  const held = invoke({ hold: 'a' });
  const waiting = await invoke({}, { timeoutMs: 50 });

  assert.deepEqual([waiting.statusCode, waiting.errorType], [400, 'Runtime.Unavailable']);
  await until(() => isHolding('a'));
  await emulator.close({ drains: true });
  assert.equal((await held).statusCode, 200);
});

test('more events than may wait for Init are refused', async (t) => {
  const { invoke } = await start(t, { concurrency: 2, queueLength: 1 });

  const results = await Promise.all([invoke({}), invoke({}), invoke({})]);

  assert.deepEqual(
    results.map(({ statusCode }) => statusCode),
    [200, 200, 429],
  );
});

test('an error of Init is told to all that wait, the next event starts anew', async (t) => {
  const env: Record<string, string | undefined> = { INIT_ERROR: '{"errorType":"Mine"}' };
  const { emulator, invoke } = await start(t, { concurrency: 2, env });

  const failed = await Promise.all([
    invoke({}, { requestId: 'a' }),
    invoke({}, { requestId: 'b' }),
  ]);

  assert.deepEqual(
    failed.map(({ payload }) => payload),
    ['a', 'b'].map((id) => ({
      errorType: 'Runtime.Unknown',
      errorMessage: `RequestId: ${id} Error: Init failed, see the log`,
    })),
  );
  delete env['INIT_ERROR'];
  assert.equal((await invoke({})).functionError, undefined);
  assert.equal(emulator.restartCount, 1);
});

test('a runtime that ends in its Init fails the event, and is tried again for the next', async (t) => {
  const { emulator, invoke, log } = await start(t, { concurrency: 2, env: { INIT_EXIT: '2' } });

  for (const count of [0, 1]) {
    const { functionError, payload, requestId } = await invoke({});
    assert.equal(functionError, 'Unhandled');
    assert.deepEqual(payload, {
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 2`,
    });
    assert.equal(emulator.restartCount, count);
  }
  assert.ok(log.some(({ line }) => line === 'Error: Runtime exited with error: exit status 2'));
  assert.ok(
    log.some(({ line }) => line === 'INIT_REPORT Status: error Error Type: Runtime.ExitError'),
  );
});

test('an Init that takes too long is given up', async (t) => {
  const options = { concurrency: 2, initTimeoutMs: 300, env: { INIT_HANG: '1' } };
  const { emulator, invoke, log } = await start(t, options);

  const { errorType, payload, requestId } = await invoke({});

  assert.equal(errorType, 'Sandbox.Timedout');
  assert.deepEqual(payload, {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Init timed out after 0.30 seconds`,
  });
  assert.equal(emulator.runtimePid, undefined);
  assert.ok(log.some(({ line }) => line === 'INIT_REPORT Status: timeout'));
});

test('the end of the process fails all that is in flight, the next event starts anew', async (t) => {
  const { emulator, invoke, log } = await start(t, { concurrency: 3 });
  await emulator.waitForPoll({ count: 3 });
  const held = [
    invoke({ hold: 'a' }, { requestId: 'a' }),
    invoke({ hold: 'b' }, { requestId: 'b' }),
  ];

  const killer = await invoke({ exit: 7 }, { requestId: 'killer' });

  for (const { requestId, functionError, payload } of [killer, ...(await Promise.all(held))]) {
    assert.equal(functionError, 'Unhandled');
    assert.deepEqual(payload, {
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 7`,
    });
  }
  assert.equal(emulator.parkedCount, 0);
  assert.equal(emulator.restartCount, 0);
  assert.equal((await invoke({})).functionError, undefined);
  assert.equal(emulator.restartCount, 1);
  await emulator.waitForPoll({ count: 3 });
  await until(() => log.filter(({ line }) => line.startsWith('REPORT ')).length === 4);
});

test('a line of the log belongs to the invocation that it names', async (t) => {
  const { emulator, invoke, log } = await start(t, { concurrency: 2 });
  await emulator.waitForPoll({ count: 2 });
  const held = invoke(
    { hold: 'a', print: ['{"requestId":"ID","n":1}', 'nobody’s'] },
    { requestId: 'a' },
  );
  await until(() => log.some(({ line }) => line === 'nobody’s'));

  const print = ['{"requestId":"a","n":2}', '{"requestId":"ID","n":3}', '{"requestId":7}', '{"no'];
  const other = await invoke({ print, release: 'a' }, { requestId: 'b', logTail: true });

  const output = log.filter(({ source, line }) => source === 'stdout' && !line.startsWith('hold'));
  assert.deepEqual(
    output.map(({ line, requestId }) => [line, requestId]),
    [
      ['{"requestId":"a","n":1}', 'a'],
      ['nobody’s', undefined],
      ['{"requestId":"a","n":2}', 'a'],
      ['{"requestId":"b","n":3}', 'b'],
      ['{"requestId":7}', undefined],
      ['{"no', undefined],
    ],
  );
  assert.deepEqual(inner(other), ['{"requestId":"b","n":3}']);
  assert.deepEqual(inner(await held), ['{"requestId":"a","n":1}', '{"requestId":"a","n":2}']);
});

test('a restart waits for what is in flight, and what comes meanwhile for the restart', async (t) => {
  const { emulator, invoke, isHolding } = await start(t, { concurrency: 3 });
  await emulator.waitForPoll({ count: 3 });
  const held = [invoke({ hold: 'a' }), invoke({ hold: 'b' })];
  await until(() => isHolding('a') && isHolding('b'));
  const { pid } = toPayload((await invoke({})).payload);

  const restarted = emulator.restartRuntime();
  const waiting = invoke({});
  await until(() => emulator.parkedCount === 1);
  assert.deepEqual([emulator.runtimePid, emulator.openInvocationCount], [pid, 3]);
  process.kill(Number(pid), 'SIGUSR2');

  const before = await Promise.all(held);
  await restarted;
  const after = await waiting;
  assert.deepEqual(
    before.map(({ payload }) => toPayload(payload).pid),
    [pid, pid],
  );
  assert.equal(after.functionError, undefined);
  assert.notEqual(toPayload(after.payload).pid, pid);
});

test('a close that drains gives the callers what the runtime answers on its way out', async (t) => {
  const { emulator, invoke, isHolding } = await start(t, { concurrency: 2 });
  await emulator.waitForPoll({ count: 2 });
  const held = [invoke({ hold: 'a' }), invoke({ hold: 'b' })];
  await until(() => isHolding('a') && isHolding('b'));

  const closed = emulator.close({ drains: true });
  const late = await invoke({});

  assert.deepEqual([late.statusCode, late.errorType], [500, 'ServiceException']);
  for (const { statusCode } of await Promise.all(held)) assert.equal(statusCode, 200);
  await closed;
});

test('any other close answers what is in flight by itself', async (t) => {
  const { emulator, invoke } = await start(t, { concurrency: 2 });
  await emulator.waitForPoll({ count: 2 });
  const held = [invoke({ hold: 'a' }), invoke({ hold: 'b' })];

  await emulator.close();

  for (const { errorType } of await Promise.all(held)) assert.equal(errorType, 'ServiceException');
});

async function start(t: TestContext, options: EmulatorOptions) {
  const log: LogEntry[] = [];
  const emulator = await Emulator.start({
    command: MANY_LANES_COMMAND,
    timeoutMs: 60_000,
    onLog: (entry) => log.push(entry),
    ...options,
  });
  t.after(() => emulator.close());
  const invoke = (
    order: LaneOrder,
    invokeOptions: Parameters<Emulator['invoke']>[1] = {},
  ): Promise<InvokeResult> => emulator.invoke(order, { logTail: true, ...invokeOptions });
  const isHolding = (name: string): boolean => log.some(({ line }) => line === `holding ${name}`);
  return { emulator, invoke, isHolding, log };
}

function toPayload(payload: unknown): { readonly pid?: number; readonly env?: readonly string[] } {
  return Object(payload) as { readonly pid?: number; readonly env?: readonly string[] };
}

/** The lines of the log tail between those of the platform. */
function inner({ logTail = '' }: InvokeResult): string[] {
  return logTail.split('\n').filter((line) => line.startsWith('{'));
}
