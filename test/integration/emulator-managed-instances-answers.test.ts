// Managed Instances: which answers count, and how the others are refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkRefusal, serveOne, startOne } from '../unit/emulator/support/one-of-many.ts';
import {
  answerPath,
  next,
  openCall,
  post,
  startBare,
  until,
} from '../unit/emulator/support/raw-runtime.ts';

const MODE = 'lambda-runtime-function-response-mode';
const VERBS = ['response', 'error'] as const;

for (const first of VERBS) {
  for (const second of VERBS) {
    test(`/${second} behind /${first} of the same invocation is refused with 400`, async (t) => {
      const { emulator, result } = await startOne(t);
      assert.equal((await post(emulator, answerPath('id', first), { body: '1' })).status, 202);

      checkRefusal(await post(emulator, answerPath('id', second), { body: '2' }), 400);

      assert.equal((await result).payload, 1);
    });
  }
}

test('a response while another one is being sent is refused with 400', async (t) => {
  const { emulator, result } = await startOne(t);
  const slow = openCall(emulator.runtimeApi, 'POST', answerPath('id'), {
    headers: { 'content-length': '5' },
  });
  slow.request.write('"o');
  await until(() => emulator.exchanges.length === 2);

  checkRefusal(await post(emulator, answerPath('id'), { body: '"two"' }), 400);
  slow.request.end('ne"');

  assert.equal((await slow.reply).status, 202);
  assert.equal((await result).payload, 'one');
});

test('an error may overtake the response that is being sent', async (t) => {
  const { emulator, result } = await startOne(t);
  const slow = openCall(emulator.runtimeApi, 'POST', answerPath('id'), {
    headers: { 'content-length': '5' },
  });
  slow.request.write('"o');
  await until(() => emulator.exchanges.length === 2);

  const error = await post(emulator, answerPath('id', 'error'), { body: '{"errorType":"E"}' });
  slow.request.end('ne"');

  assert.equal(error.status, 202);
  checkRefusal(await slow.reply, 400);
  assert.deepEqual((await result).payload, { errorType: 'E' });
});

test('an unknown id is refused with 400, before and after Init', async (t) => {
  const emulator = await startBare(t, { concurrency: 2 });
  checkRefusal(await post(emulator, answerPath('no-such-id'), { body: '1' }), 400);
  next(emulator).catch(() => {});
  await emulator.waitForPoll();
  checkRefusal(await post(emulator, answerPath('no-such-id', 'error'), { body: '1' }), 400);
});

test('an error of more than 1 MiB is refused with 413, and a smaller one counts', async (t) => {
  const { emulator, result } = await startOne(t);
  const path = answerPath('id', 'error');

  const tooLarge = await post(emulator, path, { body: Buffer.alloc(1024 * 1024 + 1, 'x') });
  const small = await post(emulator, path, { body: '{"errorType":"E"}' });

  assert.equal(tooLarge.status, 413);
  assert.equal(JSON.parse(tooLarge.text).errorType, 'RequestEntityTooLarge');
  assert.equal(small.status, 202);
  assert.deepEqual((await result).payload, { errorType: 'E' });
});

test('a response that is too large is an error for its caller alone', async (t) => {
  const { emulator, result } = await startOne(t);

  const reply = await post(emulator, answerPath('id'), { body: Buffer.alloc(6_291_557, '1') });

  assert.equal(reply.status, 413);
  assert.equal((await result).errorType, 'Function.ResponseSizeTooLarge');
  checkRefusal(await post(emulator, answerPath('id'), { body: '1' }), 400);
});

test('an unknown response mode ends the invocation, and nothing else', async (t) => {
  const { emulator, result } = await startOne(t);

  const reply = await post(emulator, answerPath('id'), {
    headers: { [MODE]: 'buffered' },
    body: '1',
  });

  assert.equal(reply.status, 400);
  assert.equal(JSON.parse(reply.text).errorType, 'InvalidFunctionResponseMode');
  assert.equal((await result).errorType, 'Runtime.InvalidResponseModeHeader');
  assert.equal(await serveOne(emulator), 'served');
});

test('a response whose connection is lost ends its invocation', async (t) => {
  const { emulator, result } = await startOne(t);
  const torn = openCall(emulator.runtimeApi, 'POST', answerPath('id'), {
    headers: { 'content-length': '5' },
  });
  torn.reply.catch(() => {});
  torn.request.write('"o');
  await until(() => emulator.exchanges.length === 2);

  torn.request.destroy();

  assert.equal((await result).errorType, 'Runtime.TruncatedResponse');
  assert.equal(await serveOne(emulator), 'served');
});

test('an error whose connection is lost can be sent again', async (t) => {
  const { emulator, result } = await startOne(t);
  const torn = openCall(emulator.runtimeApi, 'POST', answerPath('id', 'error'), {
    headers: { 'content-length': '5' },
  });
  torn.reply.catch(() => {});
  torn.request.write('"o');
  await until(() => emulator.exchanges.length === 2);

  torn.request.destroy();
  await until(() => emulator.exchanges[1]?.repliedAtEpochMs !== undefined);
  const again = await post(emulator, answerPath('id', 'error'), { body: '{"errorType":"E"}' });

  assert.equal(again.status, 202);
  assert.deepEqual((await result).payload, { errorType: 'E' });
});
