// Init and the function’s clock, for a runtime that the emulator does not manage.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  answerPath,
  INIT_ERROR,
  idOf,
  next,
  post,
  startBare,
} from '../unit/emulator/support/raw-runtime.ts';

const ERROR_TYPE = 'lambda-runtime-function-error-type';

test('an answer after the timeout is 400, and the runtime may go on', async (t) => {
  const emulator = await startBare(t);
  const late = emulator.invoke('slow', { requestId: 'id', timeoutMs: 20 });
  await next(emulator);
  assert.equal((await late).errorType, 'Sandbox.Timedout');

  assert.equal((await post(emulator, answerPath('id'), { body: '1' })).status, 400);
  const poll = next(emulator);
  await emulator.waitForPoll();
  void emulator.invoke('on');

  assert.equal((await poll).text, '"on"');
});

test('a runtime that never polls is a timeout once Init has had its time', async (t) => {
  const emulator = await startBare(t, { initTimeoutMs: 20 });
  const { errorType, requestId, payload } = await emulator.invoke({}, { timeoutMs: 20 });

  assert.equal(errorType, 'Sandbox.Timedout');
  assert.deepEqual(payload, {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after 0.02 seconds`,
  });
});

test('waitForPoll() and waitForExchange() give up and say what they waited for', async (t) => {
  const emulator = await startBare(t);
  const timeoutMs = 5;

  await assert.rejects(emulator.waitForPoll({ timeoutMs }), /a poll of the runtime.*5 ms/);
  await assert.rejects(
    emulator.waitForExchange(() => true, { timeoutMs }),
    /an exchange/,
  );
});

test('an Init error is answered to the first invocation, then Init is repeated', async (t) => {
  const emulator = await startBare(t);
  const body = '{"errorType":"Runtime.ImportModuleError","errorMessage":"no"}';
  const headers = { [ERROR_TYPE]: 'Runtime.ImportModuleError' };
  assert.equal((await post(emulator, INIT_ERROR, { headers, body })).status, 202);
  assert.equal((await next(emulator)).status, 403);

  const failed = await emulator.invoke();
  assert.equal(Buffer.from(failed.payloadBytes).toString(), body);
  assert.deepEqual(
    [failed.functionError, failed.errorType],
    ['Unhandled', 'Runtime.ImportModuleError'],
  );

  const second = emulator.invoke('again', { requestId: 'id-2' });
  assert.equal(idOf(await next(emulator)), 'id-2');
  await post(emulator, answerPath('id-2'), { body: '"fine"' });
  assert.equal((await second).payload, 'fine');
});

test('a runtime of its own that reports a failed Init while an invocation waits', async (t) => {
  const emulator = await startBare(t);
  const first = emulator.invoke();

  await post(emulator, INIT_ERROR, { body: '{"errorType":"X"}' });

  assert.deepEqual((await first).payload, { errorType: 'X' });
});
