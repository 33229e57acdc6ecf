// What was measured of the reference client beyond its rows (N).
import assert from 'node:assert/strict';
import type { ConformanceCase } from '../table/case.ts';
import { checkAnsweredOnce, fails, returns } from '../table/expect.ts';

const two = [{ body: '{"n":1}' }, { body: '{"n":2}' }] as const;
/** Ours says so when a thread is gone; Node.js, when it ends a process. */
const GONE = /worker_ended|^Node\.js v/m;
const SECOND = [{}, two[1]] as const;

export const measuredCases: readonly ConformanceCase[] = [
  {
    rows: ['N1'],
    stance: 'B',
    says: 'an event without a Content-Type is served',
    code: 'async (event) => event.n',
    kinds: ['esm'],
    isAlone: true,
    events: [{ ...two[0], headers: { 'Content-Type': undefined } }],
    check: returns(1),
  },
  {
    rows: ['N2'],
    stance: 'B',
    says: 'an exception between two events costs no event',
    code: `async (event) => {
      if (event.n === 1) setTimeout(() => { console.log('now'); throw new Error('between'); }, 20);
      return event.n;
    }`,
    kinds: ['esm'],
    isAlone: true,
    events: [two[0], { ...two[1], after: GONE }],
    check: returns(1, 2),
  },
  {
    rows: ['N3'],
    stance: 'B',
    says: 'a handler that overwrites the request id of its context is answered under its own',
    code: "async (event, context) => { context.awsRequestId = 'another'; return event.n; }",
    isAlone: true,
    kinds: ['esm'],
    events: two,
    tell: (run) => `answers as "${run.answers[0]?.requestId}"`,
    check: checkAnsweredOnce,
  },
  {
    rows: ['N3', 'A6.8'],
    stance: 'B',
    says: 'an error with a message of 2.5 MB is answered with at most 1 MiB, and small headers',
    code: `async (event) => {
      if (event.n) return event.n;
      throw new Error('x'.repeat(2_500_000));
    }`,
    isAlone: true,
    kinds: ['esm'],
    events: SECOND,
    check: (run) => {
      assert.equal(run.error().errorType, 'Error');
      assert.ok(run.answer().body.length <= 1024 * 1024);
      assert.equal(run.result(1), 2);
    },
  },
  ...(
    [
      ['an object without a prototype', 'Object.create(null)'],
      ['a value whose toString throws', "({ toString() { throw new Error('hostile'); } })"],
      [
        'a proxy that throws',
        "new Proxy({}, { get() { throw new Error('hostile'); }, getPrototypeOf() { throw 1; } })",
      ],
    ] as const
  ).map(
    ([what, value]): ConformanceCase => ({
      rows: ['N4', 'A6.4'],
      stance: 'B',
      says: `${what} that is thrown is answered, and the next event is served`,
      code: `async (event) => { if (event.n) return event.n; throw ${value}; }`,
      isAlone: true,
      kinds: ['esm'],
      events: SECOND,
      check: (run) => {
        fails({ errorType: 'handled' })(run);
        assert.equal(run.result(1), 2);
      },
    }),
  ),
];
