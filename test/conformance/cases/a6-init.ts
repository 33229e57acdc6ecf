// What goes wrong before the first event (rows A6.12 and A6.13).
import assert from 'node:assert/strict';
import type { ConformanceCase } from '../table/case.ts';
import { failsInit } from '../table/expect.ts';

const ERROR_TYPE = 'lambda-runtime-function-error-type';

export const initErrorCases: readonly ConformanceCase[] = [
  {
    rows: ['A6.12'],
    stance: 'M',
    says: 'an error at Init is posted once with its type, and the process ends with 1',
    before: "throw new RangeError('at load');",
    code: '1',
    check: (run) => {
      failsInit({ errorType: 'RangeError', errorMessage: 'at load', trace: /index\.m?js:1:7/ })(
        run,
      );
      const [posted] = run.initErrors;
      assert.match(posted?.header(ERROR_TYPE) ?? '', /RangeError$/);
      assert.equal(posted?.header('content-type'), 'application/json');
    },
  },
  {
    rows: ['A6.12'],
    stance: 'B',
    says: 'it is logged once, as a line, and not a second time raw',
    before: "throw new RangeError('at load');",
    code: '1',
    kinds: ['esm'],
    tell: (run) => `${run.lines.length} line on stdout, and a raw stack on stderr`,
    check: (run) => {
      assert.equal(run.lines.length, 1, run.text);
      assert.match(run.logged('ERROR')[0] ?? '', /^Init Error \t\{"errorType":"RangeError"/);
      assert.doesNotMatch(run.facts.stderr, /^\s+at /m);
    },
  },
  {
    rows: ['A6.13'],
    stance: 'B',
    says: 'an error at Init whose name no header can carry is posted',
    before: "throw Object.assign(new Error('at load'), { name: 'エラー\\n' });",
    code: '1',
    kinds: ['esm'],
    check: failsInit({ errorType: 'エラー\n', errorMessage: 'at load' }),
  },
];
