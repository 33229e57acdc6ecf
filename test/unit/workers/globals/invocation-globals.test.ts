import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import {
  type InvocationGlobals,
  installInvocationGlobals,
} from '../../../../workers/globals/invocation-globals.ts';
import {
  type InvokeStore,
  MultiInvokeStore,
  SingleInvokeStore,
} from '../../../../workers/globals/invoke-store.ts';
import { NO_W3C_FIELDS } from '../../../../workers/w3c-fields.ts';

type Awslambda = Record<string, unknown> & { InvokeStore: InvokeStore };

const holder = globalThis as unknown as { awslambda?: Awslambda } & Record<symbol, unknown>;
const REQUEST_ID = Symbol.for('aws.lambda.runtime.requestId');
const TENANT_ID = Symbol.for('aws.lambda.runtime.tenantId');
const TASK = { requestId: 'r-1', traceId: 'Root=1', tenantId: 'blue' };

beforeEach(() => {
  delete holder.awslambda;
  delete holder[REQUEST_ID];
  delete holder[TENANT_ID];
});

test('user code finds the ids of its invocation in the store, the tenant’s among them', () => {
  const { runFor } = installInvocationGlobals({}, false);
  const w3c = { traceparent: 'p', tracestate: 's', baggage: 'b' };

  const found = runFor(TASK, w3c, () => {
    const store = installed().InvokeStore;
    return [
      store.getRequestId(),
      store.getXRayTraceId(),
      store.getTenantId(),
      store.getTraceparent(),
      store.getTracestate(),
      store.getBaggage(),
    ];
  });

  assert.deepEqual(found, ['r-1', 'Root=1', 'blue', 'p', 's', 'b']);
});

test('nothing of an invocation is there in the next', () => {
  const { runFor } = installInvocationGlobals({}, false);
  const store = installed().InvokeStore;

  runFor(TASK, { baggage: 'b' }, () => store.set('own', 1));
  const next = { requestId: 'r-2', traceId: undefined, tenantId: undefined };
  const found = runFor(next, NO_W3C_FIELDS, () => [
    store.getRequestId(),
    store.getXRayTraceId(),
    store.getTenantId(),
    store.getBaggage(),
    store.get('own'),
    holder[TENANT_ID],
  ]);

  assert.deepEqual(found, ['r-2', undefined, undefined, undefined, undefined, undefined]);
});

test('the npm package gives out the store that is installed', async () => {
  installInvocationGlobals({}, false);
  const { InvokeStore } = await import('@aws/lambda-invoke-store');
  assert.equal(await InvokeStore.getInstanceAsync(), installed().InvokeStore);
});

test('the store is one for several invocations when there may be several', () => {
  installInvocationGlobals({}, true);
  assert.ok(installed().InvokeStore instanceof MultiInvokeStore);
  delete holder.awslambda;
  installInvocationGlobals({}, false);
  assert.ok(installed().InvokeStore instanceof SingleInvokeStore);
});

test('a store that a preload has made is the one to fill, and its other globals stay', () => {
  const InvokeStore = new SingleInvokeStore();
  holder.awslambda = { InvokeStore, mine: 1 };
  const { runFor } = installInvocationGlobals({}, false);

  const id = runFor(TASK, NO_W3C_FIELDS, () => InvokeStore.getRequestId());

  assert.equal(id, 'r-1');
  assert.equal(installed().InvokeStore, InvokeStore);
  assert.equal(installed()['mine'], 1);
});

test('what is no store gives way to one', () => {
  for (const InvokeStore of [null, 'a text', {}]) {
    holder.awslambda = { InvokeStore } as never;
    installInvocationGlobals({}, false);
    assert.ok(installed().InvokeStore instanceof SingleInvokeStore);
  }
});

test('whoever puts another method in the store’s place does not keep it from being filled', () => {
  const { runFor } = installInvocationGlobals({}, false);
  const { InvokeStore } = installed();
  InvokeStore.run = () => assert.fail('not to be called');
  assert.equal(
    runFor(TASK, NO_W3C_FIELDS, () => InvokeStore.getRequestId()),
    'r-1',
  );
});

for (const value of ['1', 'true']) {
  test(`with AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA=${value} there is no such global`, () => {
    const env = { AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: value };
    const globals = installInvocationGlobals(env, false);
    assert.ok(!('awslambda' in globalThis));
    assert.equal(readLogGlobals(globals), 'r-1 of blue');
  });
}

for (const value of ['0', 'yes', '']) {
  test(`with AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA="${value}" there is one`, () => {
    installInvocationGlobals({ AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: value }, false);
    const { streamifyResponse, HttpResponseStream, InvokeStore } = installed();
    const types = [streamifyResponse, HttpResponseStream, InvokeStore].map((one) => typeof one);
    assert.deepEqual(types, ['function', 'function', 'object']);
  });
}

test('log libraries find the ids on the global, unless several invocations share it', () => {
  assert.equal(readLogGlobals(installInvocationGlobals({}, false)), 'r-1 of blue');
  delete holder[REQUEST_ID];
  delete holder[TENANT_ID];
  const several = installInvocationGlobals({}, true);
  assert.equal(readLogGlobals(several), 'undefined of undefined');
});

test('a log global that cannot be written does no harm', () => {
  Object.defineProperty(holder, REQUEST_ID, { value: 'mine', configurable: true });
  assert.equal(readLogGlobals(installInvocationGlobals({}, false)), 'mine of blue');
});

function readLogGlobals({ runFor }: InvocationGlobals): string {
  return runFor(TASK, NO_W3C_FIELDS, () => `${holder[REQUEST_ID]} of ${holder[TENANT_ID]}`);
}

function installed(): Awslambda {
  assert.ok(holder.awslambda !== undefined);
  return holder.awslambda;
}
