// What the Invoke API refuses, with the names that the AWS SDK knows.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { rawCall, runScripted, startBare } from '../unit/emulator/support/raw-runtime.ts';
import {
  assertRefused,
  clientOf,
  hostOf,
  INVOKE,
  startScripted,
} from '../unit/emulator/support/sdk-caller.ts';

const REFUSED: readonly (readonly [string, Record<string, string>, string, number, string])[] = [
  [
    'an unknown type',
    { 'X-Amz-Invocation-Type': 'Later' },
    '{}',
    400,
    'InvalidParameterValueException',
  ],
  ['an unknown log type', { 'X-Amz-Log-Type': 'All' }, '{}', 400, 'InvalidParameterValueException'],
  ['an event that is not JSON', {}, '{a', 400, 'InvalidRequestContentException'],
  [
    'an asynchronous event that is not JSON',
    { 'X-Amz-Invocation-Type': 'Event' },
    'x',
    400,
    'InvalidRequestContentException',
  ],
  [
    'a client context that is not base64',
    { 'X-Amz-Client-Context': '{}' },
    '{}',
    400,
    'InvalidRequestContentException',
  ],
  [
    'a client context that is not JSON',
    { 'X-Amz-Client-Context': 'YWJj' },
    '{}',
    400,
    'InvalidRequestContentException',
  ],
];

for (const [what, headers, body, status, errorType] of REFUSED) {
  test(`${what} is refused with ${errorType}`, async (t) => {
    const emulator = await startBare(t);

    const reply = await rawCall(hostOf(emulator), 'POST', INVOKE, { headers, body });

    assert.equal(reply.status, status);
    assert.equal(reply.headers['x-amzn-errortype'], errorType);
    assert.match(String(reply.headers['x-amzn-requestid']), /./);
    const error = JSON.parse(reply.text);
    assert.equal(error.Type, 'User');
    assert.ok(error.message.length > 0);
  });
}

test('bytes that are not UTF-8 are not JSON', async (t) => {
  const emulator = await startBare(t);
  const body = Buffer.from([0x22, 0xff, 0x22]);
  assert.equal((await rawCall(hostOf(emulator), 'POST', INVOKE, { body })).status, 400);
});

test('a payload over the limit is refused: 6 MiB, asynchronously 1 MiB', async (t) => {
  const { send } = await startScripted(t);
  const toPayload = (bytes: number): string => `"${'x'.repeat(bytes - 2)}"`;
  const rows = [
    ['RequestResponse', 6_291_556],
    ['Event', 1_048_576],
  ] as const;
  for (const [InvocationType, limit] of rows) {
    const base = { FunctionName: 'f', InvocationType };
    const largest = await send({ ...base, Payload: toPayload(limit) });
    assert.equal(largest.StatusCode, InvocationType === 'Event' ? 202 : 200);
    await assertRefused(send({ ...base, Payload: toPayload(limit + 1) }), {
      name: 'RequestTooLargeException',
      status: 413,
    });
  }
});

test('the queue has a bound; beyond it calls are throttled', async (t) => {
  const emulator = await startBare(t, { queueLength: 2 });
  const send = clientOf(t, emulator);
  const accepted = [emulator.invoke(1), emulator.invoke(2), emulator.invoke(3)];

  const error = await assertRefused(send({ FunctionName: 'f' }), {
    name: 'TooManyRequestsException',
    status: 429,
  });
  assert.equal((error as { Reason?: string }).Reason, 'ConcurrentInvocationLimitExceeded');
  assert.equal((await emulator.invoke(5)).statusCode, 429);

  void runScripted(emulator, (event) => event.text);
  const results = await Promise.all(accepted);
  assert.deepEqual(
    results.map(({ payload }) => payload),
    [1, 2, 3],
  );
  assert.equal((await send({ FunctionName: 'f', Payload: '6' })).StatusCode, 200);
});

test('a function of another name is not found, when the name was set', async (t) => {
  const emulator = await startBare(t, { functionName: 'f' });

  const error = await assertRefused(clientOf(t, emulator)({ FunctionName: 'g' }), {
    name: 'ResourceNotFoundException',
    status: 404,
  });

  assert.match(error.message, /Function not found: arn:aws:lambda:.*:function:g$/);
});

test('other paths and methods are a 404 in JSON', async (t) => {
  const emulator = await startBare(t);
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', INVOKE],
    ['GET', '/2015-03-31/functions/f'],
    ['POST', '/2021-11-15/functions/f/invocations'],
  ] as const) {
    const reply = await rawCall(hostOf(emulator), method, path);
    assert.equal(reply.status, 404);
    assert.equal(reply.headers['content-type'], 'application/json');
    assert.equal(reply.headers['x-amzn-errortype'], 'UnknownOperationException');
    assert.ok(JSON.parse(reply.text).message.includes(path));
  }
});
