// On real threads: what Node counts as pending is the point.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { watchEmptyLoop } from '../../../workers/nothing-pending.ts';
import { HandlerThread, told } from './handler-thread.ts';

const FIXTURES = '../../fixtures/handlers';
const { KINDS } = await import(`${FIXTURES}/pending-work.mjs`);
const { WAYS } = await import(`${FIXTURES}/in-vain.mjs`);
const IN_VAIN =
  'Runtime.NodeJsExit: The handler waits for a promise that can never settle: nothing is pending ' +
  'in its thread that could settle it';

async function start(context: TestContext, handler: string): Promise<HandlerThread> {
  const thread = new HandlerThread(handler);
  context.after(() => thread.close());
  assert.equal(told(await thread.init()), 'ready');
  return thread;
}

test('whoever waits for something that is pending is not told that it waits in vain', async (t) => {
  const thread = await start(t, 'pending-work.handler');
  for (const kind of Object.keys(KINDS)) {
    // One of them waits for the signal.
    const softEpochMs = Date.now() + 300;
    assert.equal(told(await thread.invoke({ kind }, { softEpochMs })), kind);
  }
});

test('whoever waits in vain is told at once, and the thread serves on', async (t) => {
  const thread = await start(t, 'in-vain.handler');
  let calls = 0;
  for (const way of Object.keys(WAYS)) {
    assert.equal(told(await thread.invoke({ way })), IN_VAIN, way);
    calls += 2;
    assert.deepEqual(told(await thread.invoke({ ok: true })), { pid: process.pid, calls });
  }
});

test('a callback that is never called is answered with null once nothing is pending', async (t) => {
  const thread = await start(t, 'in-vain.neverCallsBack');
  assert.equal(told(await thread.invoke({})), null);
  assert.deepEqual(told(await thread.invoke({ ok: true })), { pid: process.pid });
});

test('a callback that is never called, beside a promise without an end, is told', async (t) => {
  const thread = await start(t, 'in-vain.neverCallsBackNorSettles');
  assert.equal(
    told(await thread.invoke({})),
    'Runtime.NodeJsExit: The handler has neither called its callback nor settled its promise, and ' +
      'nothing is pending in its thread that could',
  );
  assert.deepEqual(told(await thread.invoke({ ok: true })), { pid: process.pid });
});

test('a callback that is called later is waited for', async (t) => {
  const thread = await start(t, 'in-vain.callsBackLate');
  assert.equal(told(await thread.invoke({})), 'late');
});

test('what user code throws while it is started ends the run', async () => {
  const run = watchEmptyLoop(undefined);
  const start = (): never => {
    throw new Error('no store');
  };
  await assert.rejects(
    run(start, () => null),
    /no store/,
  );
});

test('a module whose top-level await never ends is told at once', async (t) => {
  const thread = new HandlerThread('loads-in-vain.handler');
  t.after(() => thread.close());
  const result = await thread.init();
  const [message, file] = String(told(result)).split('. It waits in ');
  assert.equal(
    message,
    'Runtime.NodeJsExit: The handler module waits for a promise that can never settle (top-level ' +
      'await): nothing is pending in its thread that could settle it',
  );
  assert.match(file ?? '', /\/loads-in-vain\.mjs$/);
  assert.equal(result.kind === 'failure' && result.headerType, 'Runtime.NodeJsExit');
});

for (const when of ['load', 'call'] as const) {
  test(`a callback is waited for although the handler has removed all listeners at its ${when}`, async (t) => {
    const thread = new HandlerThread(`deaf-process.${when}`);
    t.after(() => thread.close());
    assert.equal(told(await thread.init()), 'ready');
    for (const time of ['first', 'second']) {
      assert.equal(told(await thread.invoke(null)), 'called back', time);
    }
  });
}
