// The invoke store and the other globals (rows A3.13 to A3.17, A12.2 to A12.5).
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import type { ConformanceCase } from '../table/case.ts';
import { returns } from '../table/expect.ts';

const STORE = 'globalThis.awslambda.InvokeStore';
/** The npm package, as a function that brings it would have it. */
const PACKAGE = fileURLToPath(new URL('../../../package.json', import.meta.url));
const tenant = (id: string) => ({ headers: { 'Lambda-Runtime-Aws-Tenant-Id': id } });
const withW3c = (w3c: unknown) => ({
  headers: { 'Lambda-Runtime-Client-Context': JSON.stringify({ custom: 1, w3c }) },
});
const FIELDS = { traceparent: '00-0af7-b7ad-01', tracestate: 'a=1', baggage: 'k=v' };

const store: readonly ConformanceCase[] = [
  {
    rows: ['A3.13', 'T9'],
    stance: 'M',
    says: 'awslambda with all its members is there before the module of the handler is loaded',
    before: 'const atLoad = Object.keys(awslambda).sort();',
    code: 'async () => atLoad',
    check: returns(['HttpResponseStream', 'InvokeStore', 'streamifyResponse']),
  },
  {
    rows: ['A3.13'],
    stance: 'M',
    says: 'the store has the methods of the npm package',
    code: `async () => ['getContext', 'hasContext', 'get', 'set', 'run', 'getRequestId',
      'getXRayTraceId', 'getTenantId', 'isProtectedKey'].map((name) => typeof ${STORE}[name])`,
    check: returns(Array(9).fill('function')),
  },
  {
    rows: ['A3.13'],
    stance: 'M',
    says: 'the store knows the request and its trace, and what the handler puts in',
    code: `async (_event, context) => {
      const store = ${STORE};
      store.set('mine', 1);
      return [
        store.getRequestId() === context.awsRequestId,
        store.getXRayTraceId() === context.xRayTraceId,
        store.get('mine'), store.hasContext(), Object.keys(store.getContext()),
      ];
    }`,
    check: returns([true, true, 1, true, ['mine']]),
  },
  {
    rows: ['A3.13'],
    stance: 'M',
    says: 'the keys of the runtime are protected, with the package’s words',
    code: `async () => ['_AWS_LAMBDA_REQUEST_ID', '_AWS_LAMBDA_X_RAY_TRACE_ID', '_AWS_LAMBDA_TENANT_ID']
      .map((name) => {
        const key = Symbol.for(name);
        try { ${STORE}.set(key, 1); } catch (error) {
          return error.message === 'Cannot modify protected Lambda context field: ' + String(key) &&
            ${STORE}.isProtectedKey(key);
        }
      })`,
    check: returns([true, true, true]),
  },
  {
    rows: ['A3.13'],
    stance: 'M',
    says: 'the request id is a dash before the first event',
    before: `const atLoad = ${STORE}.getRequestId();`,
    code: 'async () => atLoad',
    check: returns('-'),
  },
  {
    rows: ['A3.13'],
    stance: 'M',
    says: 'who asks the npm package for its store gets this one',
    before: `const { createRequire } = process.getBuiltinModule('node:module');
      const { InvokeStore } = createRequire(process.env.PACKAGE)('@aws/lambda-invoke-store');`,
    code: `async (_event, context) => {
      const store = await InvokeStore.getInstanceAsync();
      return store === ${STORE} && store.getRequestId() === context.awsRequestId;
    }`,
    env: { PACKAGE },
    check: returns(true),
  },
  {
    rows: ['A3.14'],
    stance: 'M',
    says: 'the store keeps the last request between two events',
    code: `async (_event, { awsRequestId }) => {
      setTimeout(() => console.log('late', ${STORE}.getRequestId()), 20);
      return awsRequestId;
    }`,
    isAlone: true,
    events: [{}, { after: /late c0-0/ }],
    check: returns('c0-0', 'c0-1'),
  },
  {
    rows: ['A3.15', 'A12.2'],
    stance: 'B',
    says: 'the store knows the tenant',
    code: `async () => ${STORE}.getTenantId() ?? 'none'`,
    events: [tenant('blue'), {}],
    check: returns('blue', 'none'),
  },
  {
    rows: ['A3.15', 'A7.5'],
    stance: 'B',
    says: 'a JSON line has the tenant',
    code: "async () => console.log('x')",
    kinds: ['esm'],
    env: { AWS_LAMBDA_LOG_FORMAT: 'JSON' },
    events: [tenant('blue')],
    tell: (run) => `keys ${Object.keys(JSON.parse(run.lines[0] ?? '{}')).join(', ')}`,
    check: (run) => {
      const keys = ['timestamp', 'level', 'requestId', 'tenantId', 'message'];
      assert.deepEqual(Object.keys(JSON.parse(run.lines[0] ?? '{}')), keys, run.text);
    },
  },
  ...['1', 'true'].map(
    (value): ConformanceCase => ({
      rows: ['A3.16'],
      stance: 'M',
      says: `AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA=${value} leaves the global out`,
      code: 'async () => typeof globalThis.awslambda',
      env: { AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: value },
      check: returns('undefined'),
    }),
  ),
  {
    rows: ['A3.16'],
    stance: 'M',
    says: 'another value leaves it in',
    code: 'async () => typeof globalThis.awslambda',
    kinds: ['esm'],
    env: { AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: 'yes' },
    check: returns('object'),
  },
  {
    rows: ['A3.17'],
    stance: 'B',
    says: 'log libraries that were written for version 3 find the request and the tenant',
    code: `async () => ['requestId', 'tenantId']
      .map((name) => globalThis[Symbol.for('aws.lambda.runtime.' + name)] ?? 'none')`,
    isAlone: true,
    events: [tenant('blue'), {}],
    check: returns(['c0-0', 'blue'], ['c0-1', 'none']),
  },
];

const upstream: readonly ConformanceCase[] = [
  {
    rows: ['A12.3'],
    stance: 'B',
    says: 'context.w3c() has the trace context of the caller, which leaves the client context',
    code: `async (_event, context) => {
      const w3c = context.w3c();
      return [w3c, Object.isFrozen(w3c), context.clientContext];
    }`,
    events: [withW3c(FIELDS)],
    check: returns([FIELDS, true, { custom: 1 }]),
  },
  {
    rows: ['A12.3'],
    stance: 'B',
    says: 'what is no string, or no object, is not in it',
    code: 'async (_event, context) => [context.w3c(), context.clientContext ?? null]',
    events: [withW3c({ traceparent: 1, tracestate: 'a=1', other: 'x' }), withW3c(['a']), {}],
    check: returns([{ tracestate: 'a=1' }, { custom: 1 }], [{}, { custom: 1 }], [{}, null]),
  },
  {
    rows: ['A12.4', 'A12.5'],
    stance: 'B',
    says: 'the store has the methods that the AWS SDKs call for the trace context',
    code: `async () => ['getTraceparent', 'getTracestate', 'getBaggage']
      .map((name) => ${STORE}[name]?.() ?? 'none')`,
    events: [withW3c(FIELDS), {}],
    check: returns(Object.values(FIELDS), ['none', 'none', 'none']),
  },
  {
    rows: ['A12.4'],
    stance: 'B',
    says: 'those keys are protected, too',
    code: `async () => ['_AWS_LAMBDA_TRACEPARENT', '_AWS_LAMBDA_TRACESTATE', '_AWS_LAMBDA_BAGGAGE']
      .map((name) => ${STORE}.isProtectedKey(Symbol.for(name)))`,
    check: returns([true, true, true]),
  },
];

export const storeCases: readonly ConformanceCase[] = [...store, ...upstream];
