// Managed Instances: the end of Init, by the first poll or by an error.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { INIT_ERROR, next, post, startBare } from '../unit/emulator/support/raw-runtime.ts';

test('init/error is legal until the first poll, and only once', async (t) => {
  const emulator = await startBare(t, { concurrency: 2 });
  const waiting = emulator.invoke();
  const headers = { 'lambda-runtime-function-error-type': 'Runtime.Mine' };
  assert.equal((await post(emulator, INIT_ERROR, { headers, body: '{}' })).status, 202);

  const failed = await waiting;
  assert.equal(failed.errorType, 'Runtime.Mine');

  next(emulator).catch(() => {});
  await emulator.waitForPoll();
  const reply = await post(emulator, INIT_ERROR, { headers, body: '{}' });
  assert.equal(reply.status, 403);
  assert.deepEqual(JSON.parse(reply.text), {
    errorMessage:
      'State transition from Ready to InitError failed for runtime. ' +
      'Error: State transition is not allowed',
    errorType: 'InvalidStateTransition',
  });
});

test('after an error of Init nothing but a new start is legal', async (t) => {
  const emulator = await startBare(t, { concurrency: 2 });
  assert.equal((await post(emulator, INIT_ERROR, { body: '{}' })).status, 202);

  assert.equal((await post(emulator, INIT_ERROR, { body: '{}' })).status, 403);
  assert.equal((await next(emulator)).status, 403);
  assert.equal(emulator.state, 'InitError');
});
