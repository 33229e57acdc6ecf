// What `/next` hands out: headers, framing, repetition.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  idOf,
  NEXT,
  next,
  openCall,
  startBare,
  startRunning,
  until,
} from '../unit/emulator/support/raw-runtime.ts';

const INVOCATION_ID = 'lambda-runtime-invocation-id';

test('an event arrives with all its headers, in the spelling of the Go server', async (t) => {
  const emulator = await startBare(t, { functionName: 'f', region: 'eu-west-1' });
  const before = Date.now();
  void emulator.invoke(
    { name: 'Zoë' },
    {
      requestId: 'id-1',
      qualifier: 'prod',
      traceId: 'Root=1-2-3',
      clientContext: { client: { installation_id: 'Zoë' } },
      cognitoIdentity: '{"cognitoIdentityId":"a","cognitoIdentityPoolId":"b"}',
      tenantId: 'tenant 7',
      timeoutMs: 5000,
    },
  );

  const event = await next(emulator);

  assert.equal(event.status, 200);
  assert.equal(event.text, '{"name":"Zoë"}');
  assert.equal(event.headers['content-type'], 'application/json');
  assert.equal(idOf(event), 'id-1');
  assert.equal(
    event.headers['lambda-runtime-invoked-function-arn'],
    'arn:aws:lambda:eu-west-1:012345678912:function:f:prod',
  );
  assert.equal(event.headers['lambda-runtime-trace-id'], 'Root=1-2-3');
  assert.equal(event.headers['lambda-runtime-aws-tenant-id'], 'tenant 7');
  const context = String(event.headers['lambda-runtime-client-context']);
  assert.equal(Buffer.from(context, 'latin1').toString(), '{"client":{"installation_id":"Zoë"}}');
  assert.match(String(event.headers['lambda-runtime-cognito-identity']), /cognitoIdentityId/);
  assert.match(String(event.headers[INVOCATION_ID]), /^[0-9a-f-]{36}$/);
  const deadline = Number(event.headers['lambda-runtime-deadline-ms']);
  assert.ok(deadline >= before + 5000 && deadline <= Date.now() + 5000);
  assert.ok(event.rawHeaders.includes('Lambda-Runtime-Aws-Request-Id'));
});

test('headers without a value are left out, a trace id is made up', async (t) => {
  const emulator = await startBare(t, { invocationId: false });
  void emulator.invoke();

  const event = await next(emulator);

  assert.equal(event.text, '{}');
  assert.match(
    String(event.headers['lambda-runtime-trace-id']),
    /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/,
  );
  for (const name of ['client-context', 'cognito-identity', 'aws-tenant-id', 'invocation-id']) {
    assert.equal(event.headers[`lambda-runtime-${name}`], undefined, name);
  }
});

test('a test may bend single headers and send bytes that are not JSON', async (t) => {
  const emulator = await startBare(t);
  void emulator.invoke(Buffer.from('{not json'), {
    deadlineEpochMs: 12,
    nextHeaders: {
      'Lambda-Runtime-Trace-Id': '',
      'lambda-runtime-invoked-function-arn': undefined,
      'lambda-runtime-client-context': 'not json\r\neither',
    },
  });

  const event = await next(emulator);

  assert.equal(event.text, '{not json');
  assert.equal(event.headers['lambda-runtime-deadline-ms'], '12');
  assert.equal(event.headers['lambda-runtime-trace-id'], '');
  assert.equal(event.headers['lambda-runtime-invoked-function-arn'], undefined);
  assert.equal(event.headers['lambda-runtime-client-context'], 'not json  either');
});

for (const [sizeBytes, framing] of [
  [2048, 'length'],
  [2049, 'chunked'],
] as const) {
  test(`an event of ${sizeBytes} bytes is framed by ${framing}`, async (t) => {
    const emulator = await startBare(t);
    void emulator.invoke(Buffer.alloc(sizeBytes, 'x'));

    const event = await next(emulator);

    assert.equal(event.body.length, sizeBytes);
    const isChunked = event.headers['transfer-encoding'] === 'chunked';
    assert.equal(isChunked, framing === 'chunked');
    assert.equal(event.headers['content-length'], isChunked ? undefined : String(sizeBytes));
  });
}

test('a poll while the invocation runs gets the same event again', async (t) => {
  const { emulator, event } = await startRunning(t);

  const again = await next(emulator);

  assert.equal(idOf(again), idOf(event));
  assert.equal(again.headers[INVOCATION_ID], event.headers[INVOCATION_ID]);
  assert.equal(again.text, event.text);
});

test('an abandoned poll stays in the queue and eats the next event', async (t) => {
  const emulator = await startBare(t);
  const { request, reply } = openCall(emulator.runtimeApi, 'GET', NEXT);
  reply.catch(() => {});
  request.end();
  await emulator.waitForPoll();
  request.destroy();
  const second = next(emulator);
  await until(() => emulator.exchanges.length === 2);

  const lost = emulator.invoke('lost', { timeoutMs: 50 });
  second.catch(() => {});

  assert.equal(((await lost).payload as { errorType: string }).errorType, 'Sandbox.Timedout');
});
