// The Invoke API as callers see it, most of it through the AWS SDK.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { InvokeCommandInput } from '@aws-sdk/client-lambda';

import { Emulator } from '../../src/emulator/emulator.ts';
import {
  answerPath,
  idOf,
  next,
  post,
  type RawReply,
  rawCall,
  startBare,
  until,
} from '../unit/emulator/support/raw-runtime.ts';
import { clientOf, hostOf, INVOKE, startScripted } from '../unit/emulator/support/sdk-caller.ts';

test('the SDK invokes by name, by ARN and with a qualifier', async (t) => {
  const { send } = await startScripted(t, { functionName: 'f' }, (event) => {
    return JSON.stringify({
      event: JSON.parse(event.text),
      arn: event.headers['lambda-runtime-invoked-function-arn'],
    });
  });
  const arn = 'arn:aws:lambda:us-east-1:012345678912:function:f';
  const names: readonly (readonly [Partial<InvokeCommandInput>, string])[] = [
    [{ FunctionName: 'f' }, arn],
    [{ FunctionName: 'function' }, arn],
    [{ FunctionName: 'f:prod' }, `${arn}:prod`],
    [{ FunctionName: 'f', Qualifier: '7' }, `${arn}:7`],
    [{ FunctionName: `${arn}:prod` }, `${arn}:prod`],
  ];
  for (const [input, expectedArn] of names) {
    const output = await send({ FunctionName: 'f', Payload: '{"n":1}', ...input });

    assert.equal(output.StatusCode, 200);
    assert.equal(output.ExecutedVersion, '$LATEST');
    assert.equal(output.FunctionError, undefined);
    assert.equal(output.LogResult, undefined);
    assert.match(String(output.$metadata.requestId), /^[0-9a-f-]{36}$/);
    assert.deepEqual(JSON.parse(String(output.Payload?.transformToString())), {
      event: { n: 1 },
      arn: expectedArn,
    });
  }
});

test('client context, tenant and trace id reach the runtime', async (t) => {
  const { emulator, send } = await startScripted(t);
  const ClientContext = Buffer.from('{"custom":{"k":"é"}}').toString('base64');

  await send({ FunctionName: 'f', ClientContext, TenantId: 'blue' });
  await rawCall(hostOf(emulator), 'POST', INVOKE, {
    headers: {
      'X-Amzn-Trace-Id': 'Root=1-a-b;Parent=c;Sampled=1',
      'X-Amz-Cognito-Identity': '{"cognitoIdentityId":"i"}',
      'X-Amzn-RequestId': 'chosen-by-the-caller',
    },
  });

  const [first, second] = emulator.seen;
  const context = String(first?.headers['lambda-runtime-client-context']);
  assert.equal(Buffer.from(context, 'latin1').toString(), '{"custom":{"k":"é"}}');
  assert.equal(first?.headers['lambda-runtime-aws-tenant-id'], 'blue');
  assert.equal(second?.headers['lambda-runtime-trace-id'], 'Root=1-a-b;Parent=c;Sampled=1');
  assert.equal(second?.headers['lambda-runtime-cognito-identity'], '{"cognitoIdentityId":"i"}');
  assert.equal(idOf(second as RawReply), 'chosen-by-the-caller');
});

test('an empty payload reaches the function as an empty object', async (t) => {
  const { emulator, send } = await startScripted(t);
  await send({ FunctionName: 'f' });
  assert.equal(emulator.seen[0]?.text, '{}');
});

test('a function error has its header and the error as it was reported', async (t) => {
  const emulator = await startBare(t);
  const sent = clientOf(t, emulator)({ FunctionName: 'f' });
  const event = await next(emulator);
  await post(emulator, answerPath(idOf(event), 'error'), { body: '{"errorType":"E"}' });

  const output = await sent;

  assert.deepEqual([output.StatusCode, output.FunctionError], [200, 'Unhandled']);
  assert.equal(output.Payload?.transformToString(), '{"errorType":"E"}');
});

test('LogType Tail returns START, END and REPORT', async (t) => {
  const { send } = await startScripted(t);

  const output = await send({ FunctionName: 'f', LogType: 'Tail' });

  const id = output.$metadata.requestId;
  const lines = Buffer.from(String(output.LogResult), 'base64').toString().split('\n');
  assert.equal(lines[0], `START RequestId: ${id} Version: $LATEST`);
  assert.equal(lines[1], `END RequestId: ${id}`);
  assert.match(String(lines[2]), new RegExp(`^REPORT RequestId: ${id}\tDuration: [\\d.]+ ms\t`));
});

test('Event is answered before it runs, DryRun does not run', async (t) => {
  const emulator = await startBare(t);
  const send = clientOf(t, emulator);

  const event = await send({ FunctionName: 'f', InvocationType: 'Event', Payload: '{"e":1}' });
  const dry = await send({ FunctionName: 'f', InvocationType: 'DryRun' });

  assert.deepEqual([event.StatusCode, event.Payload?.length ?? 0], [202, 0]);
  assert.equal(dry.StatusCode, 204);
  const delivered = await next(emulator);
  assert.equal(delivered.text, '{"e":1}');
  assert.equal(idOf(delivered), event.$metadata.requestId);
  await post(emulator, answerPath(idOf(delivered)), { body: '1' });
  next(emulator).catch(() => {});
  await emulator.waitForPoll();
});

test('the host adds routes of its own', async (t) => {
  const emulator = await startBare(t, {
    routes: {
      '/metrics': () => ({ status: 200, contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
      '/echo': async ({ method, path }) => {
        return { status: 418, contentType: 'text/plain', body: `${method} ${path}` };
      },
    },
  });

  const metrics = await rawCall(hostOf(emulator), 'GET', '/metrics?x=1');
  const echo = await rawCall(hostOf(emulator), 'POST', '/echo');

  assert.deepEqual([metrics.status, metrics.text], [200, 'up 1\n']);
  assert.equal(metrics.headers['content-type'], 'text/plain; version=0.0.4');
  assert.deepEqual([echo.status, echo.text], [418, 'POST /echo']);
});

test('a port in use is named, with what to do about it', async (t) => {
  const emulator = await startBare(t);
  const port = Number(emulator.url.split(':')[2]);
  const runtimeApiPort = Number(emulator.runtimeApi.split(':')[1]);

  await assert.rejects(Emulator.start({ port }), {
    code: 'EADDRINUSE',
    message: new RegExp(`127\\.0\\.0\\.1:${port}.*in use.*"port"`),
  });
  await assert.rejects(Emulator.start({ runtimeApiPort }), {
    code: 'EADDRINUSE',
    message: new RegExp(`127\\.0\\.0\\.1:${runtimeApiPort}.*"runtimeApiPort"`),
  });
});

test('invocations that are open when the emulator closes are answered', async () => {
  const emulator = await Emulator.start({ onLog: () => {} });
  const open = [emulator.invoke(1), emulator.invoke(2)];
  const overHttp = rawCall(hostOf(emulator), 'POST', INVOKE, { body: '3' });
  await next(emulator);
  await until(() => emulator.openInvocationCount === 3);

  await emulator.close();
  await emulator.close();

  for (const { statusCode, errorType } of await Promise.all(open)) {
    assert.deepEqual([statusCode, errorType], [500, 'ServiceException']);
  }
  assert.equal((await overHttp).status, 500);
});
