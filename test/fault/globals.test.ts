// What user code finds of its invocation beside the event: the store, the log globals, the context.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { InvokeOptions } from '../../src/emulator/emulator.ts';
import { type RunningFunction, startFunction } from '../support/start-function.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const OF_THE_BLUE: InvokeOptions = {
  tenantId: 'blue',
  clientContext: { custom: { a: 1 }, w3c: { traceparent: TRACEPARENT, baggage: 'a=b', other: 1 } },
};

type Found = {
  readonly atImport: object | undefined;
  readonly isOne: boolean;
  readonly left: string | undefined;
  readonly store: readonly unknown[];
  readonly log: readonly unknown[];
  readonly context: readonly unknown[];
  readonly w3c: object;
  readonly clientContext: unknown;
  readonly keys: number;
};

for (const isolation of ['shared', 'none']) {
  test(`a handler finds its invocation in the globals, isolation "${isolation}"`, async (t) => {
    const { emulator } = await start(t, 'globals.handler', { BULKHEAD_ISOLATION: isolation });
    const blue = await emulator.invoke({}, OF_THE_BLUE);
    const plain = await emulator.invoke({});
    const [first, second] = [blue.payload, plain.payload] as [Found, Found];

    const keys = ['HttpResponseStream', 'InvokeStore', 'streamifyResponse'];
    assert.deepEqual(first.atImport, { keys, id: '-', hasContext: false });
    assert.ok(first.isOne, 'the npm package gives out the runtime’s store');
    const [, traceId] = first.context;
    assert.match(String(traceId), /^Root=/);
    assert.deepEqual(first.context, [blue.requestId, traceId, 'blue']);
    assert.deepEqual(first.store, [blue.requestId, traceId, 'blue', TRACEPARENT, 'a=b']);
    assert.deepEqual(first.log, [blue.requestId, 'blue']);
    assert.deepEqual(first.w3c, { traceparent: TRACEPARENT, baggage: 'a=b' });
    assert.deepEqual(first.clientContext, { custom: { a: 1 } });
    assert.equal(first.keys, 12);

    const [, nextTraceId] = second.context;
    assert.deepEqual(second.store, [plain.requestId, nextTraceId, null, null, null]);
    assert.deepEqual(second.log, [plain.requestId, null]);
    assert.deepEqual(second.w3c, {});
    assert.equal(second.left, undefined, 'what the first has stored is gone');
  });
}

test('with AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA the package has its own store', async (t) => {
  const env = { AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: '1' };
  const { emulator } = await start(t, 'globals.handler', env);
  const { payload } = await emulator.invoke({}, OF_THE_BLUE);
  const { atImport, isOne, store, w3c } = payload as Found;
  assert.deepEqual([atImport, isOne, store[0]], [undefined, false, '-']);
  assert.deepEqual(w3c, { traceparent: TRACEPARENT, baggage: 'a=b' });
});

test('several events at once have a store that keeps them apart', async (t) => {
  const { emulator } = await start(t, 'globals.handler', { AWS_LAMBDA_MAX_CONCURRENCY: '1' });
  const { payload, requestId } = await emulator.invoke({}, OF_THE_BLUE);
  const { isOne, log, store } = payload as Found;
  assert.ok(isOne);
  assert.deepEqual([store[0], store[2]], [requestId, 'blue']);
  // They have room for one invocation only.
  assert.deepEqual(log, [null, null]);
});

function start(
  context: TestContext,
  handler: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningFunction> {
  return startFunction(context, handler, { memoryMb: 512, env });
}
