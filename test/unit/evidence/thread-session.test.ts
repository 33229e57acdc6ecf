import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ThreadSession } from '../../../src/evidence/thread-session.ts';

const IDLE = 'setInterval(() => {}, 1000);';

/** Resolves right before the thread does what it is to do. */
async function start(context: TestContext, name: string, code: string): Promise<Worker> {
  const ready = `globalThis.me = "${name}"; require("worker_threads").parentPort.postMessage(1);`;
  const worker = new Worker(`${ready} ${code}`, { eval: true, name });
  context.after(() => worker.terminate());
  await once(worker, 'message');
  return worker;
}

function ask(session: ThreadSession, expression: string): Promise<unknown> {
  return new Promise((resolve) => session.evaluate(expression, resolve));
}

test('the right thread answers, whether it is busy or idle', async (context) => {
  const busy = await start(context, 'busy', 'for (;;);');
  const idle = await start(context, 'idle', IDLE);
  const sessions = [busy, idle].map(({ threadId }) => new ThreadSession(threadId));

  const answers = await Promise.all(sessions.map((session) => ask(session, '[me, { a: 1 }]')));

  for (const session of sessions) session.dispose();
  assert.deepEqual(answers, [
    ['busy', { a: 1 }],
    ['idle', { a: 1 }],
  ]);
});

test('what throws in the thread has no value', async (context) => {
  const worker = await start(context, 'idle', IDLE);
  const session = new ThreadSession(worker.threadId);

  assert.equal(await ask(session, 'missing.value'), undefined);
  session.dispose();
});

test('a thread that is not there is not attached to', () => {
  const session = new ThreadSession(-1);
  session.evaluate('1', () => assert.fail('nobody is there'));
  assert.equal(session.isAttached, false);
  session.dispose();
});

test('nothing is told after the end', async (context) => {
  const worker = await start(context, 'idle', IDLE);
  const session = new ThreadSession(worker.threadId);
  await ask(session, '1');

  session.evaluate('globalThis.asked = 1', () => assert.fail('it is over'));
  session.dispose();
  session.evaluate('globalThis.asked = 2', () => assert.fail('it is over'));

  const later = new ThreadSession(worker.threadId);
  assert.notEqual(await ask(later, 'globalThis.asked'), 2);
  later.dispose();
});
