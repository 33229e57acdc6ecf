// Who completes an invocation, and when the answer goes out, in a handler with a callback.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { answersFor, type RunningFunction, startFunction } from '../support/start-function.ts';

const TIMEOUT_MS = 3000;
const ALREADY_DONE =
  'Invocation has already been reported as done. Cannot call complete more than once per ' +
  'invocation.';
const FORGOTTEN =
  'The handler has not called its callback, and nothing is pending in its thread that could: it ' +
  'is answered with null';

/** An event, and the answer that comes at once, whatever is pending. */
const AT_ONCE: readonly (readonly [way: string, answer: unknown])[] = [
  ['a result', 'result'],
  ['a result, an interval, no waiting', 'result'],
  ['a result, the signal was read', false],
  ['an error, an interval', { errorType: 'RangeError', errorMessage: 'told' }],
  ['done, an interval', 'done'],
  ['succeed, an interval', 'succeed'],
  ['fail, an interval', { errorType: 'string', errorMessage: 'handled' }],
  ['a promise, an interval', 'promise'],
  ['nothing', null],
];

for (const isolation of ['shared', 'none']) {
  const suffix = `isolation "${isolation}"`;

  test(`a completion is answered at once unless it has to wait, ${suffix}`, async (t) => {
    const { emulator } = await start(t, 'callbacks.handler', { BULKHEAD_ISOLATION: isolation });
    for (const [way, answer] of AT_ONCE) {
      const askedAtMs = performance.now();
      const { payload, requestId } = await emulator.invoke({ way });
      const tookMs = Math.round(performance.now() - askedAtMs);
      assert.deepEqual(withoutTrace(payload), answer, way);
      assert.ok(tookMs < 1000, `${way}: ${tookMs} ms`);
      assert.deepEqual(await answersFor(emulator, requestId), [202]);
      // Clears what the event has left behind.
      await emulator.invoke({});
    }
    assert.equal(emulator.restartCount, 0);
  });

  test(`a result waits until nothing is pending, ${suffix}`, async (t) => {
    const { emulator } = await start(t, 'callbacks.handler', { BULKHEAD_ISOLATION: isolation });
    const { payload } = await emulator.invoke({ way: 'a result, work pending' });
    assert.equal(payload, 'result');
    const after = await emulator.invoke({});
    assert.deepEqual(after.payload, { pid: emulator.runtimePid, finished: 1 });
  });
}

test('a result that waits for what never ends is a timeout', async (t) => {
  const { emulator } = await start(t, 'callbacks.handler');
  const { payload } = await emulator.invoke({ way: 'a result, an interval' });
  const { errorType, trace } = payload as { readonly errorType: string; readonly trace: string[] };
  assert.equal(errorType, 'Sandbox.Timedout');
  assert.match(trace.join('\n'), /Timeout/);
});

test('the first completion counts; another is one line of that invocation’s', async (t) => {
  const { emulator, log } = await start(t, 'callbacks.handler');
  const twice = await emulator.invoke({ way: 'twice and once more' });
  assert.equal(twice.payload, 'first');
  const late = await emulator.invoke({ way: 'a late second' });
  assert.equal(late.payload, 'first');
  await wait(300);
  await emulator.invoke({});
  const lines = log.map(({ line }) => line.split('\t').slice(1));
  assert.deepEqual(
    lines.filter(([, , text]) => text === ALREADY_DONE),
    [twice, late].map(({ requestId }) => [requestId, 'WARN', ALREADY_DONE]),
  );
});

test('a callback that is forgotten is answered with null, and told', async (t) => {
  const { emulator, log } = await start(t, 'callbacks.handler');
  const { payload, functionError, requestId } = await emulator.invoke({ way: 'nothing' });
  assert.deepEqual({ payload, functionError }, { payload: null, functionError: undefined });
  const lines = log.map(({ line }) => line.split('\t').slice(1));
  assert.deepEqual(
    lines.filter(([, level]) => level === 'WARN'),
    [[requestId, 'WARN', FORGOTTEN]],
  );
});

test('a result of a callback that has no JSON is an error', async (t) => {
  const { emulator } = await start(t, 'callbacks.handler');
  const { payload, functionError } = await emulator.invoke({ way: 'a result that has no JSON' });
  assert.equal(functionError, 'Unhandled');
  assert.equal((payload as { readonly errorType: string }).errorType, 'Runtime.JSONStringifyError');
});

test('a handler without a callback may complete through its context, before it returns', async (t) => {
  const { emulator, log } = await start(t, 'callbacks.contextual');
  const answers: unknown[] = [];
  for (const way of ['at once', 'later', 'too late', 'nothing']) {
    answers.push((await emulator.invoke({ way })).payload);
    await wait(100);
  }
  assert.deepEqual(answers, ['at once', 'later', null, null]);
  assert.equal(log.filter(({ line }) => line.endsWith(ALREADY_DONE)).length, 1);
});

function start(
  context: TestContext,
  handler: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningFunction> {
  return startFunction(context, handler, { memoryMb: 512, timeoutMs: TIMEOUT_MS, env });
}

function withoutTrace(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null) return payload;
  const { trace: _, ...rest } = payload as { readonly trace?: unknown };
  return rest;
}
