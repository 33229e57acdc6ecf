// The context object and the headers that it is made of (rows A3.1 to A3.12).
import assert from 'node:assert/strict';
import type { ConformanceCase } from '../table/case.ts';
import { checkAnsweredOnce, fails, gives, returns } from '../table/expect.ts';

const KEYS = [
  ...['clientContext', 'identity', 'invokedFunctionArn', 'awsRequestId', 'tenantId'],
  ...['xRayTraceId', 'getRemainingTimeInMillis', 'functionName', 'functionVersion'],
  ...['memoryLimitInMB', 'logGroupName', 'logStreamName'],
];
const TRACE = 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0';
/** Bytes of UTF-8, as a server sends them in a header. */
const wire = (text: string): string => Buffer.from(text).toString('latin1');

const members: readonly ConformanceCase[] = [
  {
    rows: ['A3.1'],
    stance: 'M',
    says: 'the context has the reference client’s keys, in its order',
    code: 'async (_event, context) => Object.keys(context)',
    check: returns(KEYS),
  },
  {
    rows: ['A3.1'],
    stance: 'M',
    says: 'the context as JSON is the reference client’s',
    code: 'async (_event, context) => JSON.stringify(context)',
    isAlone: true,
    check: returns(
      JSON.stringify({
        invokedFunctionArn: 'arn:aws:lambda:eu-west-1:012345678912:function:f',
        awsRequestId: 'c0-0',
        xRayTraceId: TRACE,
        functionName: 'f',
        functionVersion: '$LATEST',
        memoryLimitInMB: '128',
        logGroupName: '/aws/lambda/f',
        logStreamName: '2026/01/01/[$LATEST]1',
      }),
    ),
  },
  {
    rows: ['A3.1'],
    stance: 'M',
    says: 'it is a plain object that can be extended, and a fresh one each time',
    code: `async (_event, context) => {
      const had = 'mark' in context;
      context.mark = true;
      return [had, 'mark' in context, Object.getPrototypeOf(context) === Object.prototype];
    }`,
    events: [{}, {}],
    check: returns([false, true, true], [false, true, true]),
  },
  {
    rows: ['A3.2'],
    stance: 'B',
    says: 'the members of version 3 are there, too',
    code: `async (_event, context) => [
      context.callbackWaitsForEmptyEventLoop,
      typeof context.succeed, typeof context.fail, typeof context.done,
    ]`,
    check: returns([true, 'function', 'function', 'function']),
  },
  {
    rows: ['A3.3'],
    stance: 'M',
    says: 'the remaining time is what is left until the deadline, also when it is called detached',
    code: `async (_event, { getRemainingTimeInMillis }) => {
      const ms = getRemainingTimeInMillis();
      return ms > 20_000 && ms <= 60_000 && Number.isInteger(ms);
    }`,
    check: returns(true),
  },
  {
    rows: ['A3.3'],
    stance: 'M',
    says: 'the remaining time asks the clock that the handler has put in place, and can be negative',
    code: `async (_event, context) => {
      const { now } = Date;
      Date.now = () => 4_102_444_800_000;
      try { return context.getRemainingTimeInMillis() < 0; } finally { Date.now = now; }
    }`,
    check: returns(true),
  },
  ...([undefined, 'abc', '0', ''] as const).map(
    (deadline): ConformanceCase => ({
      rows: ['A3.4'],
      stance: 'B',
      says: `an event whose deadline is ${deadline === undefined ? 'missing' : `"${deadline}"`} is served`,
      code: 'async (_event, context) => Number.isFinite(context.getRemainingTimeInMillis())',
      kinds: ['esm'],
      isAlone: true,
      events: [{ headers: { 'Lambda-Runtime-Deadline-Ms': deadline } }],
      check: returns(true),
    }),
  ),
  {
    rows: ['A3.5'],
    stance: 'M',
    says: 'an event without the ARN of its function is served',
    code: 'async (_event, context) => context.invokedFunctionArn',
    isAlone: true,
    events: [{ headers: { 'Lambda-Runtime-Invoked-Function-Arn': undefined } }],
    check: returns(''),
  },
  {
    rows: ['A3.5'],
    stance: 'M',
    says: 'an event without a request id cannot be answered: the process ends with 1',
    code: 'async () => 1',
    kinds: ['esm'],
    events: [{ headers: { 'Lambda-Runtime-Aws-Request-Id': undefined } }],
    isAlone: true,
    check: (run) => {
      assert.deepEqual(run.answers, []);
      assert.deepEqual([run.facts.end, run.facts.exitCode], ['itself', 1], run.text);
    },
  },
  {
    rows: ['A3.6'],
    stance: 'M',
    says: 'the memory limit is a string',
    code: 'async (_event, context) => context.memoryLimitInMB',
    check: gives('"128"'),
  },
];

const JSON_FIELDS = [
  { row: 'A3.7', header: 'Lambda-Runtime-Client-Context', key: 'clientContext' },
  { row: 'A3.8', header: 'Lambda-Runtime-Cognito-Identity', key: 'identity' },
] as const;

const fields: readonly ConformanceCase[] = JSON_FIELDS.flatMap(
  ({ row, header, key }): readonly ConformanceCase[] => [
    {
      rows: [row],
      stance: 'M',
      says: `context.${key} is the JSON of its header, in any script`,
      code: `async (_event, context) => context.${key}`,
      events: [{ headers: { [header]: wire('{"custom":{"a":[1,"é 漢字 😀"]}}') } }],
      check: returns({ custom: { a: [1, 'é 漢字 😀'] } }),
    },
    {
      rows: [row],
      stance: 'M',
      says: `context.${key} is undefined when its header is empty or missing`,
      code: `async (_event, context) => [typeof context.${key}, '${key}' in context]`,
      events: [{ headers: { [header]: '' } }, {}],
      check: returns(['undefined', true], ['undefined', true]),
    },
    {
      rows: [row],
      stance: 'B',
      says: `a ${header} that is not JSON fails its event, and the next one is served`,
      code: 'async () => 1',
      kinds: ['esm'],
      isAlone: true,
      events: [{ headers: { [header]: '{"a"' } }, {}],
      check: (run) => {
        fails({
          errorType: `Runtime.Invalid${key === 'identity' ? 'CognitoIdentity' : 'ClientContext'}`,
          errorMessage: new RegExp(header, 'i'),
        })(run);
        checkAnsweredOnce(run);
        assert.equal(run.result(1), 1);
      },
    },
  ],
);

const headers: readonly ConformanceCase[] = [
  {
    rows: ['A3.8'],
    stance: 'M',
    says: 'the keys of the identity are as they are sent',
    code: 'async (_event, { identity }) => identity',
    events: [
      {
        headers: {
          'Lambda-Runtime-Cognito-Identity':
            '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
        },
      },
    ],
    check: returns({ cognitoIdentityId: 'i', cognitoIdentityPoolId: 'p' }),
  },
  {
    rows: ['A3.9'],
    stance: 'M',
    says: 'the tenant id is the header as it is; undefined when that is missing or empty',
    code: 'async (_event, { tenantId }) => [typeof tenantId, tenantId]',
    events: ['blue', undefined, ''].map((id) => ({
      headers: { 'Lambda-Runtime-Aws-Tenant-Id': id },
    })),
    check: returns(['string', 'blue'], ['undefined', null], ['undefined', null]),
  },
  {
    rows: ['A3.10'],
    stance: 'M',
    says: 'the trace id is the header as it is',
    code: 'async (_event, { xRayTraceId }) => xRayTraceId',
    check: returns(TRACE),
  },
  {
    rows: ['A3.10'],
    stance: 'B',
    says: 'the trace id is undefined without the header',
    code: 'async (_event, { xRayTraceId }) => typeof xRayTraceId',
    events: [{ headers: { 'Lambda-Runtime-Trace-Id': undefined } }],
    check: returns('undefined'),
  },
  {
    rows: ['A3.11', 'A1.10'],
    stance: 'M',
    says: '_X_AMZN_TRACE_ID is that of the event, and not there when the event has none',
    code: "async () => process.env._X_AMZN_TRACE_ID ?? 'none'",
    events: [{}, { headers: { 'Lambda-Runtime-Trace-Id': undefined } }, {}],
    check: returns(TRACE, 'none', TRACE),
  },
  {
    rows: ['A3.12'],
    stance: 'M',
    says: 'the names of headers may be written in any case; unknown ones are dropped',
    code: 'async (_event, context) => [context.tenantId, Object.keys(context).length]',
    events: [
      { headers: { 'LAMBDA-RUNTIME-AWS-TENANT-ID': 'blue', 'Lambda-Runtime-Unheard-Of': 'x' } },
      { headers: { 'lambda-runtime-aws-tenant-id': 'red' } },
    ],
    check: returns(['blue', KEYS.length], ['red', KEYS.length]),
  },
];

export const contextCases: readonly ConformanceCase[] = [...members, ...fields, ...headers];
