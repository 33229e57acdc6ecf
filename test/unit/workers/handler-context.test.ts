import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InvokeTask } from '../../../src/core/thread-protocol.ts';
import * as handlerContext from '../../../workers/handler-context.ts';
import { InvocationSignal } from '../../../workers/invocation-signal.ts';

const { setTraceId } = handlerContext;

const ENV = {
  AWS_LAMBDA_FUNCTION_NAME: 'fn',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  AWS_LAMBDA_LOG_GROUP_NAME: 'group',
  AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
};

function buildContext(task: InvokeTask, env: handlerContext.Environment, takesCallback = false) {
  const signal = new InvocationSignal(task);
  const [done, succeed, fail] = [() => {}, () => {}, () => {}];
  const call = { takesCallback, done, succeed, fail };
  return handlerContext.buildContext(task, env, { signal, call, waitsForEmptyLoop: true });
}

function makeTask(fields: Partial<InvokeTask> = {}): InvokeTask {
  return {
    kind: 'invoke',
    number: 1,
    requestId: 'r-1',
    softEpochMs: undefined,
    deadlineEpochMs: 1000,
    functionArn: 'arn',
    traceId: 'Root=1',
    clientContext: undefined,
    cognitoIdentity: undefined,
    tenantId: undefined,
    event: new Uint8Array(),
    ...fields,
  };
}

test('buildContext() has the reference client’s keys in its order', () => {
  assert.deepEqual(Object.keys(buildContext(makeTask(), {})), [
    'clientContext',
    'identity',
    'invokedFunctionArn',
    'awsRequestId',
    'tenantId',
    'xRayTraceId',
    'getRemainingTimeInMillis',
    'functionName',
    'functionVersion',
    'memoryLimitInMB',
    'logGroupName',
    'logStreamName',
  ]);
});

test('buildContext() has the members of version 3 where they do not show', () => {
  const context = buildContext(makeTask(), {});

  assert.equal(context.callbackWaitsForEmptyEventLoop, true);
  for (const member of ['done', 'succeed', 'fail', 'w3c'] as const) {
    assert.equal(typeof context[member], 'function', member);
  }
  assert.equal(Object.keys(context).length, 12);
  context.callbackWaitsForEmptyEventLoop = false;
  assert.equal(Object.create(context).callbackWaitsForEmptyEventLoop, false);
});

test('buildContext() shows them to a handler with a callback, so that a copy has them', () => {
  const context = buildContext(makeTask(), {}, true);

  assert.deepEqual(Object.keys(context).slice(12), [
    'callbackWaitsForEmptyEventLoop',
    'succeed',
    'fail',
    'done',
  ]);
  const { done, callbackWaitsForEmptyEventLoop } = { ...context };
  assert.equal(done, context.done);
  assert.equal(callbackWaitsForEmptyEventLoop, true);
});

test('w3c() gives what the client context had, and takes it away there', () => {
  const clientContext = '{"custom":{"a":1},"w3c":{"baggage":"userId=alice","other":"x"}}';
  const context = buildContext(makeTask({ clientContext }), {});

  assert.deepEqual(context.w3c(), { baggage: 'userId=alice' });
  assert.ok(Object.isFrozen(context.w3c()));
  assert.deepEqual(context.clientContext, { custom: { a: 1 } });
  assert.deepEqual(buildContext(makeTask(), {}).w3c(), {});
});

test('buildContext() takes its values from the task and the environment', () => {
  const task = makeTask({
    clientContext: '{"custom":{"a":"é"}}',
    cognitoIdentity: '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
    tenantId: 'blue',
  });

  const { getRemainingTimeInMillis: _, ...values } = buildContext(task, ENV);

  assert.deepEqual(values, {
    clientContext: { custom: { a: 'é' } },
    identity: { cognitoIdentityId: 'i', cognitoIdentityPoolId: 'p' },
    invokedFunctionArn: 'arn',
    awsRequestId: 'r-1',
    tenantId: 'blue',
    xRayTraceId: 'Root=1',
    functionName: 'fn',
    functionVersion: '$LATEST',
    memoryLimitInMB: '512',
    logGroupName: 'group',
    logStreamName: 'stream',
  });
});

test('buildContext() gives a plain extensible object, a fresh one each time', () => {
  const task = makeTask();
  const context = buildContext(task, ENV);

  assert.notEqual(context, buildContext(task, ENV));
  assert.equal(Object.getPrototypeOf(context), Object.prototype);
  assert.ok(Object.isExtensible(context));
});

test('buildContext() leaves out what neither headers nor environment say', () => {
  const context = buildContext(makeTask({ clientContext: '', traceId: undefined }), {});

  assert.equal(context.clientContext, undefined);
  assert.equal(context.identity, undefined);
  assert.equal(context.xRayTraceId, undefined);
  assert.equal(context.functionName, undefined);
});

function checkInvalid(field: 'clientContext' | 'cognitoIdentity', name: string, header: string) {
  test(`buildContext() fails with ${name} when ${field} is not JSON`, () => {
    const task = makeTask({ [field]: '{oops' });

    assert.throws(
      () => buildContext(task, ENV),
      (error: Error) => {
        assert.equal(error.name, name);
        assert.match(error.message, new RegExp(`^Cannot parse ${header} as JSON: .+`));
        assert.ok(error.cause instanceof SyntaxError);
        return true;
      },
    );
  });
}
checkInvalid('clientContext', 'Runtime.InvalidClientContext', 'lambda-runtime-client-context');
checkInvalid(
  'cognitoIdentity',
  'Runtime.InvalidCognitoIdentity',
  'lambda-runtime-cognito-identity',
);

test('getRemainingTimeInMillis() asks the current Date and works detached', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 400 });
  const { getRemainingTimeInMillis } = buildContext(makeTask({ deadlineEpochMs: 1000 }), ENV);

  assert.equal(getRemainingTimeInMillis(), 600);
  t.mock.timers.setTime(1500);
  assert.equal(getRemainingTimeInMillis(), -500);
});

test('getRemainingTimeInMillis() is a number that timers take when there is no deadline', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1000 });
  const context = buildContext(makeTask({ deadlineEpochMs: undefined }), ENV);

  assert.equal(context.getRemainingTimeInMillis(), 900_000);
});

test('setTraceId() sets the variable and removes the last invocation’s', () => {
  const env: Record<string, string | undefined> = {};

  setTraceId(env, 'Root=1');
  assert.equal(env['_X_AMZN_TRACE_ID'], 'Root=1');

  setTraceId(env, undefined);
  assert.ok(!('_X_AMZN_TRACE_ID' in env));
});
