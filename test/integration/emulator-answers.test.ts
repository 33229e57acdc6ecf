// What `/response` and `/error` are answered, and what the caller gets.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PAYLOAD_BYTES_MAX } from '../../src/core/limits.ts';
import {
  answerPath,
  idOf,
  next,
  openCall,
  post,
  startRunning,
  until,
} from '../unit/emulator/support/raw-runtime.ts';

const MODE = 'lambda-runtime-function-response-mode';
const INVOCATION_ID = 'lambda-runtime-invocation-id';
const ERROR_TYPE = 'lambda-runtime-function-error-type';

test('a second answer is refused by state, after the next poll by id', async (t) => {
  const { emulator, result } = await startRunning(t);
  assert.equal((await post(emulator, answerPath('id'), { body: '1' })).status, 202);

  assert.equal((await post(emulator, answerPath('id'), { body: '2' })).status, 403);
  assert.equal((await post(emulator, answerPath('id', 'error'), { body: '2' })).status, 403);
  next(emulator).catch(() => {});
  await emulator.waitForPoll();
  const late = await post(emulator, answerPath('id'), { body: '2' });

  assert.equal(late.status, 400);
  assert.deepEqual(JSON.parse(late.text), {
    errorMessage: 'Invalid request ID',
    errorType: 'InvalidRequestID',
  });
  assert.equal((await result).payload, 1);
});

test('a wrong id changes nothing: the right answer is still accepted', async (t) => {
  const { emulator, result } = await startRunning(t);

  assert.equal((await post(emulator, answerPath('other'), { body: '2' })).status, 400);
  assert.equal((await post(emulator, answerPath('id'), { body: '1' })).status, 202);

  assert.equal((await result).payload, 1);
});

test('an echo of another invocation id is 410, the right one is accepted afterwards', async (t) => {
  const { emulator, event, result } = await startRunning(t);
  const headers = { [INVOCATION_ID]: 'of-an-earlier-attempt' };

  for (const verb of ['response', 'error'] as const) {
    const reply = await post(emulator, answerPath('id', verb), { headers, body: '2' });
    assert.equal(reply.status, 410);
    assert.deepEqual(JSON.parse(reply.text), {
      errorMessage: 'Invoke timeout',
      errorType: 'InvokeTimeout',
    });
  }
  const right = { [INVOCATION_ID]: String(event.headers[INVOCATION_ID]) };
  const reply = await post(emulator, answerPath('id'), { headers: right, body: '1' });

  assert.equal(reply.status, 202);
  assert.equal((await result).payload, 1);
});

test('without invocation ids an echo is not looked at', async (t) => {
  const { emulator } = await startRunning(t, { invocationId: false });
  const headers = { [INVOCATION_ID]: 'anything' };
  assert.equal((await post(emulator, answerPath('id'), { headers, body: '1' })).status, 202);
});

test('a response of the largest size passes, one byte more is 413', async (t) => {
  const { emulator, result } = await startRunning(t);
  const body = Buffer.alloc(PAYLOAD_BYTES_MAX, ' ');
  assert.equal((await post(emulator, answerPath('id'), { body })).status, 202);
  assert.equal((await result).payloadBytes.length, PAYLOAD_BYTES_MAX);

  const tooLarge = emulator.invoke({}, { requestId: 'id-2' });
  assert.equal(idOf(await next(emulator)), 'id-2');
  const reply = await post(emulator, answerPath('id-2'), {
    body: Buffer.alloc(PAYLOAD_BYTES_MAX + 1, ' '),
  });

  assert.equal(reply.status, 413);
  assert.deepEqual(JSON.parse(reply.text), {
    errorMessage: 'Exceeded maximum allowed payload size (6291556 bytes).',
    errorType: 'RequestEntityTooLarge',
  });
  const { payload, functionError } = await tooLarge;
  assert.equal(functionError, 'Unhandled');
  assert.deepEqual(payload, {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage:
      'Response payload size (6291557 bytes) exceeded maximum allowed payload size ' +
      '(6291556 bytes).',
  });
  assert.equal((await post(emulator, answerPath('id-2', 'error'), { body: '{}' })).status, 403);
  next(emulator).catch(() => {});
  await emulator.waitForPoll();
});

test('a response mode other than "streaming" is 400, and the state is stuck', async (t) => {
  const { emulator, result } = await startRunning(t);
  const headers = { [MODE]: 'buffered' };

  const reply = await post(emulator, answerPath('id'), { headers, body: '1' });

  assert.equal(reply.status, 400);
  assert.equal(JSON.parse(reply.text).errorType, 'InvalidFunctionResponseMode');
  assert.equal((await next(emulator)).status, 403);
  assert.equal((await post(emulator, answerPath('id'), { body: '1' })).status, 403);
  const { functionError, errorType, payloadBytes } = await result;
  assert.deepEqual(
    [functionError, errorType, payloadBytes.length],
    ['Unhandled', 'Runtime.InvalidResponseModeHeader', 0],
  );
});

test('a streamed response is put together, error trailers take its place', async (t) => {
  const { emulator, result } = await startRunning(t);
  const headers = { [MODE]: 'streaming' };
  assert.equal((await post(emulator, answerPath('id'), { headers, body: '"a"' })).status, 202);
  assert.equal((await result).payload, 'a');

  const failed = emulator.invoke({}, { requestId: 'id-2' });
  await next(emulator);
  const reply = await post(emulator, answerPath('id-2'), {
    headers: { ...headers, 'transfer-encoding': 'chunked' },
    body: 'first part',
    trailers: {
      'Lambda-Runtime-Function-Error-Type': 'Function.Broken',
      'Lambda-Runtime-Function-Error-Body': Buffer.from('{"errorType":"E"}').toString('base64'),
    },
  });

  assert.equal(reply.status, 202);
  const { payload, functionError, errorType } = await failed;
  assert.deepEqual(
    [payload, functionError, errorType],
    [{ errorType: 'E' }, 'Unhandled', 'Function.Broken'],
  );
});

test('a truncated body ends the connection without a reply, and the state is stuck', async (t) => {
  const { emulator } = await startRunning(t);
  const { request, reply } = openCall(emulator.runtimeApi, 'POST', answerPath('id'), {
    headers: { 'content-length': '10' },
  });
  request.write('half ');
  await until(() => emulator.state === 'InvocationResponse');

  request.destroy();

  await assert.rejects(reply);
  await emulator.waitForExchange(({ endpoint }) => endpoint === 'response');
  assert.equal((await next(emulator)).status, 403);
});

test('an error report is handed on as it is, its type is filed', async (t) => {
  const { emulator, result } = await startRunning(t);
  const body = '{"errorType":"MyError","errorMessage":"é","trace":["a"], "more": 1}';

  const reply = await post(emulator, answerPath('id', 'error'), {
    headers: { [ERROR_TYPE]: 'MyError' },
    body,
  });

  assert.equal(reply.status, 202);
  const { statusCode, payloadBytes, functionError, errorType } = await result;
  assert.equal(Buffer.from(payloadBytes).toString(), body);
  assert.deepEqual([statusCode, functionError, errorType], [200, 'Unhandled', 'Runtime.Unknown']);
});

test('a cause inside an error report is taken out', async (t) => {
  const { emulator, result } = await startRunning(t);
  await post(emulator, answerPath('id', 'error'), {
    headers: { 'content-type': 'application/vnd.aws.lambda.error.cause+json' },
    body: '{"errorMessage":"m","errorType":"T","stackTrace":["a"],"errorCause":{"paths":[]}}',
  });

  assert.deepEqual((await result).payload, {
    errorMessage: 'm',
    errorType: 'T',
    stackTrace: ['a'],
  });
});
