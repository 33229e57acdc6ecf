// Managed Instances: what a timeout leaves, answers that come late, and polls that nobody reads.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkRefusal, startOne } from '../unit/emulator/support/one-of-many.ts';
import {
  answerPath,
  idOf,
  next,
  openCall,
  post,
  startBare,
} from '../unit/emulator/support/raw-runtime.ts';

const ECHO = 'lambda-runtime-invocation-id';
const VERBS = ['response', 'error'] as const;

test('a timeout is told to the caller; the others, the polls and the environment stay', async (t) => {
  const { emulator, result } = await startOne(t, { timeoutMs: 30 });
  const poll = next(emulator);
  await emulator.waitForPoll();
  // It stays parked until the emulator closes.
  next(emulator).catch(() => {});
  await emulator.waitForPoll({ count: 2 });
  const other = emulator.invoke({}, { requestId: 'other' });
  await poll;

  const { errorType, functionError, payload, logTail } = await result;

  assert.deepEqual([errorType, functionError], ['Sandbox.Timedout', 'Unhandled']);
  assert.deepEqual(payload, {
    errorType: 'Sandbox.Timedout',
    errorMessage: 'RequestId: id Error: Task timed out after 0.03 seconds',
  });
  assert.match(String(logTail), / id Task timed out after 0\.03 seconds\n.*\tStatus: timeout\n$/s);
  assert.deepEqual([emulator.parkedCount, emulator.openInvocationCount], [1, 1]);
  assert.equal((await post(emulator, answerPath('other'), { body: '"yes"' })).status, 202);
  assert.equal((await other).payload, 'yes');
});

for (const verb of VERBS) {
  test(`a late /${verb} is refused with 410 once, then with 400`, async (t) => {
    const { emulator, result } = await startOne(t, { timeoutMs: 1 });
    await result;

    checkRefusal(await post(emulator, answerPath('id', verb), { body: '1' }), 410);
    checkRefusal(await post(emulator, answerPath('id', verb), { body: '1' }), 400);
  });
}

test('an answer that is being sent when the time is up is late', async (t) => {
  const { emulator, result } = await startOne(t, { timeoutMs: 50 });
  const slow = openCall(emulator.runtimeApi, 'POST', answerPath('id'), {
    headers: { 'content-length': '5' },
  });
  slow.request.write('"o');
  await result;
  slow.request.end('ne"');

  checkRefusal(await slow.reply, 410);
});

test('the echo of another attempt is refused with 410, and the right answer still counts', async (t) => {
  const { emulator, event, result } = await startOne(t);
  const echo = String(event.headers[ECHO]);

  for (const verb of VERBS) {
    const headers = { [ECHO]: 'another-attempt' };
    checkRefusal(await post(emulator, answerPath('id', verb), { headers, body: '0' }), 410);
  }
  const right = await post(emulator, answerPath('id'), { headers: { [ECHO]: echo }, body: '1' });

  assert.equal(right.status, 202);
  assert.equal((await result).payload, 1);
});

test('an id that timed out can be invoked again; the late answer does not reach it', async (t) => {
  const { emulator, event: first, result } = await startOne(t, { timeoutMs: 1 });
  await result;
  const poll = next(emulator);
  await emulator.waitForPoll();
  const again = emulator.invoke({}, { requestId: 'id' });
  const second = await poll;

  const [late, right] = [first, second].map(({ headers }) => ({ [ECHO]: String(headers[ECHO]) }));
  checkRefusal(await post(emulator, answerPath('id'), { headers: late ?? {}, body: '1' }), 410);
  const reply = await post(emulator, answerPath('id'), { headers: right ?? {}, body: '2' });

  assert.equal(reply.status, 202);
  assert.equal((await again).payload, 2);
});

test('an abandoned poll still takes an event, which is lost until its time is up', async (t) => {
  const emulator = await startBare(t, { concurrency: 2 });
  const abandoned = openCall(emulator.runtimeApi, 'GET', '/2018-06-01/runtime/invocation/next');
  abandoned.reply.catch(() => {});
  abandoned.request.end();
  await emulator.waitForPoll();
  abandoned.request.destroy();
  const alive = next(emulator);
  await emulator.waitForPoll({ count: 2 });

  const lost = emulator.invoke({}, { requestId: 'lost', timeoutMs: 20 });
  const served = emulator.invoke({}, { requestId: 'served' });

  assert.equal(idOf(await alive), 'served');
  assert.equal((await lost).errorType, 'Sandbox.Timedout');
  await post(emulator, answerPath('served'), { body: '1' });
  assert.equal((await served).payload, 1);
});
