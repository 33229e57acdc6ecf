// What becomes of results, and of events (rows A4.2 to A4.10, A4.14).
import assert from 'node:assert/strict';
import type { ConformanceCase } from '../table/case.ts';
import { fails, gives, returns } from '../table/expect.ts';

const RESULT_BYTES_MAX = 6 * 1024 * 1024 + 100;

/** A value as source, and its bytes. */
const VALUES: readonly (readonly [what: string, code: string, text: string])[] = [
  ['undefined', 'undefined', 'null'],
  ['null', 'null', 'null'],
  ['the empty string', "''", '""'],
  ['zero', '0', '0'],
  ['minus zero', '-0', '0'],
  ['false', 'false', 'false'],
  ['a number that JSON has not', '[NaN, Infinity]', '[null,null]'],
  ['a date', 'new Date(0)', '"1970-01-01T00:00:00.000Z"'],
  ['a Buffer', "Buffer.from('a')", '{"type":"Buffer","data":[97]}'],
  ['a Uint8Array', 'new Uint8Array([1, 2])', '{"0":1,"1":2}'],
  ['a Map', "new Map([['a', 1]])", '{}'],
  ['what toJSON returns', "({ toJSON: () => 'by toJSON' })", '"by toJSON"'],
  ['undefined in an object and a list', '({ a: undefined, b: [undefined] })', '{"b":[null]}'],
  ['half a pair of surrogates', "'\\ud800'", '"\\ud800"'],
  ['text in any script', "'é 漢字 😀 \\u2028'", '"é 漢字 😀 \u2028"'],
  ['keys in their order', '({ b: 1, a: 2, 1: 3 })', '{"1":3,"b":1,"a":2}'],
  ['a class’s own fields', 'new (class { a = 1; #b = 2; get c() { return 3; } })()', '{"a":1}'],
  ['a wrapper object', 'Object("text")', '"text"'],
];

const results: readonly ConformanceCase[] = [
  ...VALUES.map(
    ([what, code, text]): ConformanceCase => ({
      rows: ['A4.2', 'T18'],
      stance: 'M',
      says: `${what} is ${text.replace('\u2028', '…')} as a result`,
      code: `async () => ${code}`,
      check: gives(text),
    }),
  ),
  {
    rows: ['A4.2'],
    stance: 'M',
    says: 'a result has its type and its exact length',
    code: "async () => 'é'",
    check: (run) => {
      assert.equal(run.answer().header('content-type'), 'application/json');
      assert.equal(run.answer().header('content-length'), '4');
      assert.equal(run.answer().header('transfer-encoding'), undefined);
    },
  },
  ...(
    [
      ['a BigInt', '12n', /BigInt/],
      ['a cycle', '(() => { const a = {}; a.self = a; return a; })()', /circular/],
      ['a toJSON that throws', "({ toJSON() { throw new Error('hostile'); } })", /hostile/],
    ] as const
  ).flatMap(([what, code, why]): readonly ConformanceCase[] => [
    {
      rows: ['A4.3', 'T18'],
      stance: 'M',
      says: `${what} cannot be a result: the error has the reference client’s type and words`,
      code: `async () => ${code}`,
      check: fails({
        errorType: 'Runtime.JSONStringifyError',
        errorMessage: /^Unable to stringify response body/,
      }),
    },
    {
      rows: ['A4.3'],
      stance: 'B',
      says: `the error for ${what} says why`,
      code: `async () => ${code}`,
      check: fails({ errorType: 'Runtime.JSONStringifyError', errorMessage: why }),
    },
  ]),
  ...['() => 1', 'Symbol("s")'].map(
    (value): ConformanceCase => ({
      rows: ['A4.4'],
      stance: 'D',
      says: `${value} as a result is null`,
      code: `async () => (${value})`,
      check: gives('null'),
    }),
  ),
  {
    rows: ['A4.5'],
    stance: 'M',
    says: 'a plain value that is returned is the result',
    code: '() => 42',
    check: gives('42'),
  },
  {
    rows: ['A4.6'],
    stance: 'M',
    says: 'what has a then is waited for',
    code: '() => ({ then(resolve) { setTimeout(resolve, 5, "by then"); } })',
    check: gives('"by then"'),
  },
  {
    rows: ['A4.6'],
    stance: 'M',
    says: 'a then that throws is the error',
    code: '() => ({ then() { throw new RangeError("in then"); } })',
    check: fails({ errorType: 'RangeError', errorMessage: 'in then' }),
  },
  {
    rows: ['A4.14'],
    stance: 'M',
    says: `an event and a result of ${RESULT_BYTES_MAX} bytes pass whole`,
    code: 'async (event) => event',
    isAlone: true,
    kinds: ['esm'],
    events: [{ body: `"${'x'.repeat(RESULT_BYTES_MAX - 2)}"` }],
    check: (run) => {
      assert.equal(run.answer().kind, 'response', run.text);
      assert.equal(run.answer().body.length, RESULT_BYTES_MAX);
    },
  },
  {
    rows: ['A4.14', 'A4.12'],
    stance: 'B',
    says: 'one byte more is an error with both sizes before it is sent',
    code: `async (event) => event.n ?? 'x'.repeat(${RESULT_BYTES_MAX - 1})`,
    isAlone: true,
    kinds: ['esm'],
    events: [{}, { body: '{"n":1}' }],
    tell: (run) => `sends ${run.answers[0]?.body.length} bytes, which the platform refuses`,
    check: (run) => {
      fails({
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: new RegExp(`${RESULT_BYTES_MAX + 1}.*${RESULT_BYTES_MAX}`),
      })(run);
      assert.equal(run.result(1), 1);
    },
  },
];

const ECHO = 'async (event) => event';

const events: readonly ConformanceCase[] = [
  ...(
    [
      ['nothing', ''],
      ['half an object', '{'],
      ['a byte order mark', '\ufeff{}'],
      ['more than one value', '{}{}'],
    ] as const
  ).map(
    ([what, body]): ConformanceCase => ({
      rows: ['A4.9'],
      stance: 'B',
      says: `an event that is ${what} fails, and the next one is served`,
      code: ECHO,
      kinds: ['esm'],
      isAlone: true,
      events: [{ body }, { body: '1' }],
      check: (run) => {
        fails({ errorType: 'Runtime.InvalidEvent', errorMessage: /JSON/ })(run);
        assert.equal(run.result(1), 1);
      },
    }),
  ),
  {
    rows: ['A4.9', 'T18'],
    stance: 'M',
    says: 'an event is what JSON.parse makes of it',
    code: `async (event) => [
      Object.keys(event), Object.getPrototypeOf(event) === Object.prototype,
      event.text.length, Object.is(event.zero, -0), event.large,
    ]`,
    events: [
      { body: '{"__proto__":{"a":1},"text":"\\u0000","zero":-0,"large":1e400,"a":1,"a":2}' },
    ],
    check: returns([['__proto__', 'text', 'zero', 'large', 'a'], true, 1, true, null]),
  },
  {
    rows: ['A4.9'],
    stance: 'M',
    says: 'an event may be nested deeply',
    code: 'async (event) => { let depth = 0; while (event[0]) { event = event[0]; depth++; } return depth; }',
    events: [{ body: `${'['.repeat(3000)}${']'.repeat(3000)}` }],
    check: returns(2999),
  },
  ...['null', 'true', '"text"', '0', '[]'].map(
    (body): ConformanceCase => ({
      rows: ['A4.9'],
      stance: 'M',
      says: `${body} is an event like any other`,
      code: ECHO,
      events: [{ body }],
      check: gives(body),
    }),
  ),
  {
    rows: ['A4.10'],
    stance: 'M',
    says: 'text in any script arrives whole, also where it comes in several chunks',
    code: 'async (event) => [event.length, event.slice(0, 6), event.slice(-3)]',
    events: [{ body: JSON.stringify('é漢😀'.repeat(50_000)) }],
    check: returns([200_000, 'é漢😀é漢', '漢😀']),
  },
  {
    rows: ['A4.10'],
    stance: 'M',
    says: 'bytes that are no UTF-8 become replacement characters',
    code: ECHO,
    events: [{ body: Buffer.concat([Buffer.from('"a'), Buffer.of(0xff), Buffer.from('b"')]) }],
    check: gives('"a\ufffdb"'),
  },
];

export const resultCases: readonly ConformanceCase[] = [...results, ...events];
