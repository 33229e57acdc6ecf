// Events, results and headers of every kind through the real runtime, byte for byte.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { PAYLOAD_BYTES_MAX } from '../../src/core/limits.ts';
import type { Emulator, EmulatorOptions, InvokeOptions } from '../../src/emulator/emulator.ts';
import { startFunction } from '../support/start-function.ts';

type Facts = {
  readonly event: unknown;
  readonly traceIdVariable: string | null;
  readonly hasTraceIdVariable: boolean;
  readonly traceId?: string;
  readonly clientContext?: unknown;
  readonly identity?: unknown;
  readonly tenantId?: string;
  readonly requestId: string;
  readonly arn: string;
  readonly remainingMs: number;
};

const ISOLATIONS = ['shared', 'none'] as const;

/** Sizes of a JSON string with its quotes, around every limit on the way: the emulator frames up
 * to 2048 bytes by length and chunks more; answers up to 256 KiB may be pipelined. */
const SIZES = [2, 2047, 2048, 2049, 65_536, 262_143, 262_144, 262_145, PAYLOAD_BYTES_MAX];

for (const BULKHEAD_ISOLATION of ISOLATIONS) {
  test(`events of any legal size arrive whole, isolation ${BULKHEAD_ISOLATION}`, async (context) => {
    const emulator = await start(context, 'sized', { BULKHEAD_ISOLATION });
    for (const bytes of SIZES) {
      const { payload } = await emulator.invoke(Buffer.from(`"${'x'.repeat(bytes - 2)}"`));
      assert.equal(payload, bytes - 2);
    }
  });

  test(`an event beyond the limit does not come, isolation ${BULKHEAD_ISOLATION}`, async (context) => {
    const emulator = await start(context, 'sized', { BULKHEAD_ISOLATION });
    const text = `"${'x'.repeat(PAYLOAD_BYTES_MAX - 1)}"`;
    const refused = await emulator.invoke(Buffer.from(text));
    const after = await emulator.invoke('"fits"');
    assert.equal(refused.statusCode, 413);
    assert.equal(after.payload, 6);
  });

  test(`results of any legal size arrive whole, isolation ${BULKHEAD_ISOLATION}`, async (context) => {
    const emulator = await start(context, 'sized', { BULKHEAD_ISOLATION });
    for (const bytes of SIZES) {
      const { payload, requestId } = await emulator.invoke({ bytes });
      assert.equal(payload, 'y'.repeat(bytes - 2));
      const posted = await answerOf(emulator, requestId);
      assert.deepEqual([posted.requestBodyBytes, posted.status], [bytes, 202]);
    }
  });

  test(`a result of one byte too many fails alone, isolation ${BULKHEAD_ISOLATION}`, async (context) => {
    const emulator = await start(context, 'sized', { BULKHEAD_ISOLATION });
    const bytes = PAYLOAD_BYTES_MAX + 1;
    const { payload, functionError, requestId } = await emulator.invoke({ bytes });
    const after = await emulator.invoke({ bytes: 2 });

    assert.equal(functionError, 'Unhandled');
    const { errorType, errorMessage } = payload as Record<string, unknown>;
    assert.equal(errorType, 'Function.ResponseSizeTooLarge');
    assert.match(String(errorMessage), /\(6291557 bytes\).*\(6291556 bytes\)/);
    const { endpoint, status } = await answerOf(emulator, requestId);
    assert.deepEqual([endpoint, status], ['error', 202], 'refused before it was sent');
    assert.equal(after.payload, '');
  });
}

test('an event is what JSON says, in any script and of any kind', async (context) => {
  const emulator = await start(context, 'facts');
  const events: readonly unknown[] = [
    'ß漢字🦊\u2028\u2029\u0000',
    '\ud800 alone',
    { ключ: ['été', { '🗝️': 'e\u0301' }] },
    [],
    null,
    0,
    -1.5e300,
    false,
    '',
    { ['__proto__']: 'own', constructor: 'own', 'a"b\\c': '\\' },
  ];
  for (const event of events) {
    const { payload } = await emulator.invoke(bytesOf(event));
    assert.deepEqual((payload as Facts).event, JSON.parse(JSON.stringify(event)));
  }
});

test('_X_AMZN_TRACE_ID is set for each invocation that has one, and gone for others', async (t) => {
  for (const BULKHEAD_ISOLATION of ISOLATIONS) {
    const emulator = await start(t, 'facts', { BULKHEAD_ISOLATION });
    const without = { nextHeaders: { 'lambda-runtime-trace-id': undefined } };
    for (const traceId of ['Root=1-1-1', undefined, 'Root=1-2-2', 'Root=1-3-3', undefined]) {
      const facts = await factsOf(emulator, traceId === undefined ? without : { traceId });
      assert.equal(facts.traceIdVariable, traceId ?? null);
      assert.equal(facts.hasTraceIdVariable, traceId !== undefined);
      assert.equal(facts.traceId, traceId);
    }
  }
});

test('client context, identity and tenant reach the one invocation they came with', async (t) => {
  const emulator = await start(t, 'facts');
  const clientContext = { client: { installation_id: 'ü🦊' }, custom: { key: 'value' } };
  const identity = { cognitoIdentityId: 'id', cognitoIdentityPoolId: 'pool' };
  const given = await factsOf(emulator, {
    clientContext,
    cognitoIdentity: JSON.stringify(identity),
    tenantId: 'tenant-1',
    qualifier: 'live',
  });
  const bare = await factsOf(emulator, {});

  assert.deepEqual(given.clientContext, clientContext);
  assert.deepEqual(given.identity, identity);
  assert.equal(given.tenantId, 'tenant-1');
  assert.match(given.arn, /^arn:aws:lambda:.*:function:function:live$/);
  assert.deepEqual(
    [bare.clientContext, bare.identity, bare.tenantId],
    [undefined, undefined, undefined],
  );
  assert.match(bare.arn, /:function:function$/);
});

for (const [what, value, isRead] of [
  ['missing', undefined, false],
  ['empty', '', false],
  ['a word', 'soon', false],
  ['zero', '0', false],
  ['negative', '-1', false],
  ['followed by garbage', `${Date.now() + 60_000}xyz`, true],
] as const) {
  test(`a deadline header that is ${what} harms no invocation`, async (context) => {
    const emulator = await start(context, 'facts');
    const nextHeaders = { 'lambda-runtime-deadline-ms': value };
    const { remainingMs } = await factsOf(emulator, { nextHeaders });
    const after = await factsOf(emulator, {});

    const [min, max] = isRead ? [1, 60_000] : [899_000, 900_000];
    assert.ok(remainingMs > min && remainingMs <= max, `${remainingMs} ms are left`);
    assert.ok(after.remainingMs > 0 && after.remainingMs <= 3000);
  });
}

test('an event that arrives after its deadline is answered without being run', async (context) => {
  const emulator = await start(context, 'facts');
  const late = await emulator.invoke({}, { deadlineEpochMs: Date.now() - 1 });
  const after = await factsOf(emulator, {});
  assert.equal((late.payload as { errorType: string }).errorType, 'Sandbox.Timedout');
  assert.deepEqual(after.event, {});
});

test('the invocation id is echoed where there is one', async (context) => {
  for (const invocationId of [true, false]) {
    const emulator = await start(context, 'throws', {}, { invocationId });
    for (const event of [{ ok: true }, {}]) {
      const { requestId } = await emulator.invoke(event);
      const { requestHeaders, status } = await answerOf(emulator, requestId);
      // That it is the right one, the emulator checks; a wrong one gets a 410.
      assert.equal(status, 202);
      assert.equal('lambda-runtime-invocation-id' in requestHeaders, invocationId);
    }
  }
});

const EVENT = { key: 'value' };

for (const [handler, expected] of [
  ['module.handler', { event: EVENT, kind: 'commonjs' }],
  ['module.nested.deep.handler', 'nested'],
  ['module.withCallback', { event: EVENT, kind: 'callback' }],
  ['default-export.handler', { event: EVENT, kind: 'default export' }],
  ['default-export.nested.deep.handler', 'nested in the default export'],
  ['results.undefinedResult', null],
  ['results.functionResult', null],
  ['results.plainValue', 'not a promise'],
  ['results.thenable', 'from a thenable'],
  ['results.date', '2026-01-02T03:04:05.000Z'],
  ['results.callbackError', { errorType: 'TypeError', errorMessage: 'by callback' }],
  [
    'results.bigint',
    {
      errorType: 'Runtime.JSONStringifyError',
      errorMessage: 'Unable to stringify response body: Do not know how to serialize a BigInt',
    },
  ],
] as const) {
  test(`${handler} answers the same on a worker and on the main thread`, async (context) => {
    const answers = await Promise.all(
      ISOLATIONS.map(async (BULKHEAD_ISOLATION) => {
        const emulator = await start(context, handler, { BULKHEAD_ISOLATION });
        const { payload, requestId, functionError } = await emulator.invoke(EVENT);
        const { endpoint, requestHeaders } = await answerOf(emulator, requestId);
        const header = requestHeaders['lambda-runtime-function-error-type'];
        // Below the handler's own frames the two stacks are those of two different callers.
        return { payload: withoutTrace(payload), functionError, endpoint, header };
      }),
    );
    const [onWorker, onMainThread] = answers;
    assert.deepEqual(onMainThread, onWorker);
    assert.deepEqual(onWorker?.payload, expected);
  });
}

async function start(
  context: TestContext,
  handler: string,
  env: Readonly<Record<string, string>> = {},
  options: EmulatorOptions = {},
): Promise<Emulator> {
  const name = handler.includes('.') ? handler : `${handler}.handler`;
  return (await startFunction(context, name, { env, ...options })).emulator;
}

async function factsOf(emulator: Emulator, options: InvokeOptions): Promise<Facts> {
  const { payload, functionError, requestId } = await emulator.invoke({}, options);
  assert.equal(functionError, undefined, JSON.stringify(payload));
  assert.equal((payload as Facts).requestId, requestId);
  return payload as Facts;
}

function answerOf(emulator: Emulator, requestId: string): ReturnType<Emulator['waitForExchange']> {
  return emulator.waitForExchange((one) => one.requestId === requestId && one.endpoint !== 'next');
}

function withoutTrace(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null || !('trace' in payload)) return payload;
  const { trace: _, ...told } = payload;
  return told;
}

function bytesOf(event: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(event));
}
