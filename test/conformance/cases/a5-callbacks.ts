// Callbacks and what they wait for (rows A5); version 4 of the reference client has none of it.
import assert from 'node:assert/strict';
import type { ConformanceCase, Stance } from '../table/case.ts';
import { checkAnsweredOnce, fails, returns } from '../table/expect.ts';
import type { Run } from '../table/observed-run.ts';

const PARAMETERS = '(event, context, callback)';

function callback(says: string, row: string, body: string, check: ConformanceCase['check']) {
  const stance: Stance = 'B';
  return { rows: [row] as const, stance, says, code: `${PARAMETERS} => {${body}}`, check };
}

const said =
  (level: string, text: RegExp) =>
  (run: Run): void =>
    assert.ok(
      run.logged(level).some((line) => text.test(line)),
      run.text,
    );

const TWICE = /^Invocation has already been reported as done\./;

const shapes: readonly ConformanceCase[] = [
  callback(
    'a result that is given to the callback is the answer',
    'A5.1',
    'callback(null, 1);',
    returns(1),
  ),
  callback(
    'an error that is given to it is the answer',
    'A5.1',
    "callback(new RangeError('no'));",
    fails({ errorType: 'RangeError', errorMessage: 'no' }),
  ),
  callback(
    'a string that is given to it as the error is the answer',
    'A5.1',
    "callback('no');",
    fails({ errorType: 'string', errorMessage: 'no' }),
  ),
  callback('the first call counts', 'A5.1', 'callback(null, 1); callback(null, 2);', (run) => {
    returns(1)(run);
    checkAnsweredOnce(run);
  }),
  callback(
    'what is thrown before it is called is the answer',
    'A5.1',
    "throw new RangeError('no');",
    fails({ errorType: 'RangeError', errorMessage: 'no' }),
  ),
  callback(
    'a result waits until nothing is pending',
    'A5.2',
    "const list = []; callback(null, list); setTimeout(() => list.push('late'), 30);",
    returns(['late']),
  ),
  callback(
    'it does not wait with callbackWaitsForEmptyEventLoop = false',
    'A5.2',
    `context.callbackWaitsForEmptyEventLoop = false;
     setTimeout(() => {}, 60_000);
     callback(null, 'at once');`,
    returns('at once'),
  ),
  callback(
    'an error never waits',
    'A5.2',
    "setTimeout(() => {}, 60_000); callback(new Error('at once'));",
    fails({ errorType: 'Error', errorMessage: 'at once' }),
  ),
  callback(
    'context.succeed never waits',
    'A5.3',
    "setTimeout(() => {}, 60_000); context.succeed('at once');",
    returns('at once'),
  ),
  callback(
    'context.done never waits',
    'A5.3',
    "setTimeout(() => {}, 60_000); context.done(null, 'at once');",
    returns('at once'),
  ),
  callback(
    'context.fail never waits',
    'A5.3',
    "setTimeout(() => {}, 60_000); context.fail(new TypeError('at once'));",
    fails({ errorType: 'TypeError', errorMessage: 'at once' }),
  ),
  callback(
    'context.fail() without an error is an error all the same',
    'A5.3',
    'context.fail();',
    fails({ errorType: 'string', errorMessage: 'handled' }),
  ),
  callback(
    'a callback that nobody calls is null once nothing is pending',
    'A5.4',
    'setTimeout(() => {}, 5);',
    returns(null),
  ),
];

const beside: readonly ConformanceCase[] = [
  {
    rows: ['A5.3', 'A3.2'],
    stance: 'B',
    says: 'context.succeed answers in place of a promise that is pending',
    code: `async (_event, context) => {
      context.succeed('by context');
      await new Promise((resolve) => setTimeout(resolve, 5));
      return 'by promise';
    }`,
    isAlone: true,
    check: returns('by context'),
  },
  {
    rows: ['A5.5'],
    stance: 'M',
    says: 'the result of a promise does not wait for what is pending',
    code: "async () => { setTimeout(() => {}, 60_000); return 'at once'; }",
    isAlone: true,
    check: returns('at once'),
  },
  {
    rows: ['A5.6'],
    stance: 'D',
    says: 'nothing is logged at Init about callbacks',
    code: `${PARAMETERS} => { callback(null, 1); }`,
    isAlone: true,
    tell: (run) => run.initErrors[0]?.text ?? run.lines[0] ?? 'nothing',
    check: (run) => {
      returns(1)(run);
      assert.equal(run.facts.stdout, '');
    },
  },
  {
    rows: ['A5.7', 'A5.1'],
    stance: 'B',
    says: 'a second completion is told, with version 3’s words',
    code: `${PARAMETERS} => { context.succeed(1); callback(null, 2); context.done(); }`,
    isAlone: true,
    check: (run) => {
      returns(1)(run);
      said('WARN', TWICE)(run);
    },
  },
];

export const callbackCases: readonly ConformanceCase[] = [
  ...shapes.map((one): ConformanceCase => ({ ...one, isAlone: true })),
  ...beside,
];
