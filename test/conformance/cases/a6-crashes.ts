// What ends the process under the reference client (rows A6.10, A6.11, A6.15 to A6.19).
import assert from 'node:assert/strict';
import type { ConformanceCase } from '../table/case.ts';
import { checkAnsweredOnce, fails, failsInit, returns } from '../table/expect.ts';
import type { Run } from '../table/observed-run.ts';

/** The first event fails like this; the second one is served by the same process. */
function failsThenServes(expected: Parameters<typeof fails>[0]): (run: Run) => void {
  return (run) => {
    fails(expected)(run);
    checkAnsweredOnce(run);
    assert.equal(run.result(1), 2);
  };
}

const SECOND = [{}, { body: '{"n":2}' }] as const;

function crash(
  rows: ConformanceCase['rows'],
  says: string,
  body: string,
  expected: Parameters<typeof fails>[0],
): ConformanceCase {
  return {
    rows,
    stance: 'B',
    says: `${says} is answered, and the next event is served`,
    code: `async (event) => { if (event.n) return event.n; ${body} }`,
    kinds: ['esm'],
    isAlone: true,
    events: SECOND,
    check: failsThenServes(expected),
  };
}

const WAITS = 'await new Promise((resolve) => setTimeout(resolve, 10_000));';

const crashes: readonly ConformanceCase[] = [
  crash(
    ['A6.15', 'A6.14'],
    'a rejection that nobody handles',
    `Promise.reject(new RangeError('nobody listens')); ${WAITS}`,
    {
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'RangeError: nobody listens',
    },
  ),
  crash(
    ['A6.16'],
    'an exception in a timer',
    `setTimeout(() => { throw new TypeError('late'); }); ${WAITS}`,
    {
      errorType: 'TypeError',
      errorMessage: 'late',
      trace: /index\.mjs:2/,
    },
  ),
  ...[0, 7].map((code) =>
    crash(['A6.18', 'T3'], `process.exit(${code})`, `process.exit(${code});`, {
      errorType: 'Runtime.ExitError',
      errorMessage:
        code === 0
          ? 'RequestId: c0-0 Error: Runtime exited without providing a reason'
          : 'RequestId: c0-0 Error: Runtime exited with error: exit status 7',
      trace: /index\.mjs/,
    }),
  ),
  {
    rows: ['A6.15'],
    stance: 'B',
    says: 'a rejection before the module is loaded is the error of Init',
    before: "Promise.reject(new RangeError('at load'));",
    code: 'async () => 1',
    kinds: ['esm'],
    check: (run) => {
      failsInit({
        errorType: 'Runtime.UnhandledPromiseRejection',
        errorMessage: 'RangeError: at load',
      })(run);
    },
  },
  {
    rows: ['A6.15', 'A6.10'],
    stance: 'B',
    says: 'a rejection that nobody handles is one line of the log, with the id of its request',
    code: `async () => { Promise.reject(new RangeError('nobody listens')); ${WAITS} }`,
    kinds: ['esm'],
    isAlone: true,
    tell: (run) => `${run.lines.length} lines on stdout, a raw stack on stderr`,
    check: (run) => {
      assert.equal(run.lines.length, 1, run.text);
      assert.match(run.lines[0] ?? '', /Z\tc0-0\tERROR\tUnhandled Promise Rejection \t\{/);
      assert.doesNotMatch(run.facts.stderr, /^\s+at /m);
    },
  },
  {
    rows: ['A6.17', 'T17'],
    stance: 'M',
    says: 'a listener for rejections of the handler’s own keeps everything running',
    before: `process.on('unhandledRejection', (reason) => { globalThis.seen = reason.message; });`,
    code: `async () => {
      Promise.reject(new Error('mine'));
      await new Promise((resolve) => setTimeout(resolve, 10));
      return globalThis.seen;
    }`,
    check: returns('mine'),
  },
  {
    rows: ['A6.17', 'T17'],
    stance: 'M',
    says: 'a listener for exceptions of the handler’s own keeps everything running',
    before: `process.on('uncaughtException', (error) => { globalThis.seen = error.message; });`,
    code: `async () => {
      setTimeout(() => { throw new Error('mine'); });
      await new Promise((resolve) => setTimeout(resolve, 10));
      return globalThis.seen;
    }`,
    check: returns('mine'),
  },
  {
    rows: ['A6.19'],
    stance: 'M',
    says: 'a promise that is settled twice is answered once',
    code: `() => new Promise((resolve, reject) => {
      resolve(1);
      reject(new Error('late'));
      resolve(2);
    })`,
    check: (run) => {
      returns(1)(run);
      checkAnsweredOnce(run);
    },
  },
  {
    rows: ['A6.19', 'A6.16'],
    stance: 'B',
    says: 'an exception behind the answer does not take the answer back, nor the next event with it',
    code: `async (event) => {
      if (event.n === undefined) setImmediate(() => { throw new Error('behind'); });
      return event.n ?? 1;
    }`,
    isAlone: true,
    kinds: ['esm'],
    events: SECOND,
    check: (run) => {
      checkAnsweredOnce(run);
      assert.equal(run.facts.end, 'parked', run.text);
      assert.equal(run.result(1), 2);
    },
  },
];

const lines: readonly ConformanceCase[] = [
  {
    rows: ['A6.10', 'A7.8'],
    stance: 'M',
    says: 'an error is one line of the log: its label, a space and a tab, and JSON',
    code: "async () => { throw Object.assign(new TypeError('x'), { code: 'E1', more: [1] }); }",
    isAlone: true,
    check: (run) => {
      assert.equal(run.lines.length, 1, run.text);
      const [, time, id, text] =
        /^(\S+)\t(\S+)\tERROR\tInvoke Error \t(.*)$/.exec(run.lines[0] ?? '') ?? [];
      assert.match(time ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.equal(id, 'c0-0');
      const told = JSON.parse(text ?? '{}') as Record<string, unknown>;
      assert.deepEqual(
        Object.keys(told),
        ['errorType', 'errorMessage', 'code', 'more', 'stack'],
        text,
      );
      assert.equal(told['errorType'], 'TypeError');
    },
  },
  {
    rows: ['A6.11'],
    stance: 'B',
    says: 'the causes of an error and the errors of an aggregate are in the line',
    code: `async () => {
      const cause = new RangeError('the cause');
      throw new AggregateError([new Error('one'), new Error('two')], 'all failed', { cause });
    }`,
    kinds: ['esm'],
    isAlone: true,
    tell: (run) => {
      const text = run.lines[0] ?? '';
      return `${/the cause/.test(text) ? '' : 'no '}cause, ${/"one"/.test(text) ? '' : 'no '}errors`;
    },
    check: (run) => {
      const line = run.lines[0] ?? '';
      for (const text of ['all failed', 'the cause', '"one"', '"two"']) {
        assert.ok(line.includes(text), `${text}: ${line}`);
      }
    },
  },
  {
    rows: ['A6.11'],
    stance: 'M',
    says: 'an error in a property of an error is told like the error itself',
    code: "async () => { throw Object.assign(new Error('x'), { inner: new RangeError('in') }); }",
    isAlone: true,
    check: (run) =>
      assert.match(run.lines[0] ?? '', /"inner":\{"errorType":"RangeError","errorMessage":"in"/),
  },
];

export const crashCases: readonly ConformanceCase[] = [...crashes, ...lines];
