// A handler that waits for what can never come is told at once; one that waits for something that
// is pending is left alone.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Emulator, InvokeResult } from '../../src/emulator/emulator.ts';
import { answersFor, startFunction } from '../support/start-function.ts';

const TIMEOUT_MS = 3000;
/** "At once", on a busy machine. */
const AT_ONCE_MS_MAX = 1000;
const IN_VAIN =
  /^The handler waits for a promise that can never settle: nothing is pending in its /;

const ways = [
  'a promise without an end',
  'an unref timer',
  'a pair that waits for each other',
  'another invocation',
  'after some work',
];

for (const isolation of ['shared', 'none']) {
  test(`with isolation "${isolation}" it is told at once, and the handler serves on`, async (t) => {
    const emulator = await start(t, 'in-vain.handler', { BULKHEAD_ISOLATION: isolation });
    const before = await emulator.invoke({ ok: true });
    const { pid } = before.payload as { readonly pid: number };
    assert.equal(pid, emulator.runtimePid);
    for (const [run, way] of ways.entries()) {
      const askedAtMs = performance.now();
      const result = await emulator.invoke({ way });
      const tookMs = Math.round(performance.now() - askedAtMs);
      await checkInVain(emulator, result, IN_VAIN);
      assert.ok(tookMs < AT_ONCE_MS_MAX, `${way}: ${tookMs} ms`);
      t.diagnostic(`${way}: told after ${tookMs} ms`);
      // The same thread, with its state: its calls are counted on.
      const after = await emulator.invoke({ ok: true });
      assert.deepEqual(after.payload, { pid, calls: 2 * run + 3 });
    }
    assert.equal(emulator.restartCount, 0);
  });
}

test('a promise beside a callback that nobody calls is told at once', async (t) => {
  const emulator = await start(t, 'in-vain.neverCallsBackNorSettles');
  const before = await emulator.invoke({ ok: true });
  const result = await emulator.invoke({});
  const after = await emulator.invoke({ ok: true });
  await checkInVain(emulator, result, /^The handler has neither called its callback nor settled /);
  assert.deepEqual(after.payload, before.payload);
});

test('whoever waits for something that is pending is left alone', async (t) => {
  const { KINDS } = await import('../fixtures/handlers/pending-work.mjs' as string);
  const emulator = await start(t, 'pending-work.handler');
  // That one ends at the soft deadline: test/fault/signal.test.ts.
  const kinds = Object.keys(KINDS).filter((kind) => kind !== 'context.signal');
  assert.ok(kinds.length > 25);
  for (const kind of kinds) {
    const { payload } = await emulator.invoke({ kind });
    assert.equal(payload, kind);
  }
});

test('beside something that an earlier event has left behind it is a timeout', async (t) => {
  const emulator = await start(t, 'in-vain.handler', {}, 1000);
  await emulator.invoke({ ok: true, leave: true });
  const { payload } = await emulator.invoke({ way: 'a promise without an end' });
  assert.equal((payload as { readonly errorType: string }).errorType, 'Sandbox.Timedout');
});

async function start(
  context: TestContext,
  handler: string,
  env: Readonly<Record<string, string>> = {},
  timeoutMs = TIMEOUT_MS,
): Promise<Emulator> {
  const { emulator } = await startFunction(context, handler, { memoryMb: 512, timeoutMs, env });
  return emulator;
}

async function checkInVain(emulator: Emulator, result: InvokeResult, why: RegExp): Promise<void> {
  const { requestId, payload, functionError } = result;
  const { errorType, errorMessage } = payload as Record<string, unknown>;
  assert.equal(functionError, 'Unhandled');
  assert.equal(errorType, 'Runtime.NodeJsExit');
  assert.match(String(errorMessage), why);
  assert.deepEqual(await answersFor(emulator, requestId), [202]);
  const posted = emulator.exchanges.find(
    (one) => one.requestId === requestId && one.endpoint === 'error',
  );
  assert.equal(posted?.requestHeaders['lambda-runtime-function-error-type'], 'Runtime.NodeJsExit');
}
