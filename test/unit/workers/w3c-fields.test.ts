import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeW3cFields } from '../../../workers/w3c-fields.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** The client context, what comes out of it, and what is left of it. */
const CASES: readonly (readonly [string, unknown, object, unknown])[] = [
  ['no client context', undefined, {}, undefined],
  ['a client context that is no object', 7, {}, 7],
  ['null', null, {}, null],
  ['no such key', { custom: {} }, {}, { custom: {} }],
  ['one field', { w3c: { baggage: 'a=b' } }, { baggage: 'a=b' }, {}],
  [
    'all fields, and one that is none',
    { env: 1, w3c: { traceparent: TRACEPARENT, tracestate: 'x=y', baggage: 'a=b', other: 'c' } },
    { traceparent: TRACEPARENT, tracestate: 'x=y', baggage: 'a=b' },
    { env: 1 },
  ],
  [
    'values that are no strings',
    { w3c: { traceparent: 42, tracestate: null, baggage: {} } },
    {},
    {},
  ],
  ['a text', { w3c: 'baggage=a' }, {}, {}],
  ['a list', { w3c: ['baggage=a'] }, {}, {}],
  ['nothing', { w3c: null }, {}, {}],
];

for (const [what, clientContext, fields, rest] of CASES) {
  test(`the trace context of: ${what}`, () => {
    const taken = takeW3cFields(clientContext);

    assert.deepEqual(taken, fields);
    assert.ok(Object.isFrozen(taken));
    assert.deepEqual(clientContext, rest);
  });
}
