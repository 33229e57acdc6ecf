// What a handler throws: body, headers, log line (rows A6.1 to A6.9). The bytes of bodies and lines
// are compared in test/golden; here a whole process sends them.
import assert from 'node:assert/strict';
import type { ConformanceCase } from '../table/case.ts';
import { fails } from '../table/expect.ts';
import type { Run } from '../table/observed-run.ts';

type Cause = {
  readonly working_directory: string;
  readonly exceptions: readonly {
    readonly type: string;
    readonly message: string;
    readonly stack: readonly { path: string; line: number | null; label: string }[];
  }[];
  readonly paths: readonly string[];
};

const CAUSE = 'lambda-runtime-function-xray-error-cause';
const ERROR_TYPE = 'lambda-runtime-function-error-type';
const UNREADABLE = {
  errorType: 'handled',
  errorMessage:
    'callback called with Error argument, but there was a problem while retrieving one or more ' +
    'of its message, name, and stack',
};

function causeOf(run: Run): Cause {
  const text = run.answer().header(CAUSE) ?? '';
  return JSON.parse(Buffer.from(text, 'latin1').toString('utf8')) as Cause;
}

const thrown = (value: string): string => `async () => { throw ${value}; }`;

const bodies: readonly ConformanceCase[] = [
  {
    rows: ['A6.1', 'A6.5'],
    stance: 'M',
    says: 'an error is an object of three keys, with the first line and the frame of its stack',
    code: `async function thrower() {
      class OrderError extends Error { name = 'OrderError'; }
      throw new OrderError('no such order');
    }`,
    isAlone: true,
    check: (run) => {
      fails({ errorType: 'OrderError', errorMessage: 'no such order' })(run);
      const { trace, ...told } = run.error();
      assert.equal(run.answer().text, JSON.stringify({ ...told, trace }));
      // A stack is taken when the error is made, and its class had set no name yet.
      assert.match(trace[0] ?? '', /Error: no such order$/);
      assert.match(trace[1] ?? '', /^ {4}at .*thrower .*\(.*index\.m?js:\d+:\d+\)$/);
      assert.equal(run.answer().header('content-type'), 'application/json');
    },
  },
  ...(
    [
      ['a string', "'text'", 'string', 'text'],
      ['a number', '42', 'number', '42'],
      ['undefined', 'undefined', 'undefined', 'undefined'],
      ['null', 'null', 'object', 'null'],
      ['a symbol', "Symbol('s')", 'symbol', 'Symbol(s)'],
      ['a BigInt', '12n', 'bigint', '12'],
      ['an object', '({ a: 1 })', 'object', '[object Object]'],
      ['a function', '(() => 1)', 'function', '() => 1'],
    ] as const
  ).map(
    ([what, value, errorType, errorMessage]): ConformanceCase => ({
      rows: ['A6.3'],
      stance: 'M',
      says: `${what} that is thrown is told by its type and its text, without a trace`,
      code: thrown(value),
      check: (run) => {
        fails({ errorType, errorMessage })(run);
        assert.deepEqual(run.error().trace, []);
      },
    }),
  ),
  ...(
    [
      [
        'of another realm',
        `process.getBuiltinModule('node:vm').runInNewContext("new RangeError('x')")`,
      ],
      [
        'that only looks like one',
        "({ name: 'RangeError', message: 'x', stack: 'RangeError: x' })",
      ],
    ] as const
  ).map(
    ([what, value]): ConformanceCase => ({
      rows: ['A6.2'],
      stance: 'B',
      says: `an error ${what} is told as the error that it is`,
      code: thrown(value),
      check: fails({ errorType: 'RangeError', errorMessage: 'x', trace: /^RangeError: x/ }),
    }),
  ),
  {
    rows: ['A6.2'],
    stance: 'M',
    says: 'a DOMException is an error',
    code: thrown("new DOMException('x', 'AbortError')"),
    check: fails({ errorType: 'AbortError', errorMessage: 'x' }),
  },
  ...(
    [
      [
        'whose message throws',
        "Object.defineProperty(new Error(), 'message', { get() { throw 1; } })",
      ],
      ['whose name is a number', "Object.assign(new Error('x'), { name: 5 })"],
    ] as const
  ).map(
    ([what, value]): ConformanceCase => ({
      rows: ['A6.4'],
      stance: 'M',
      says: `an error ${what} is told by fixed words`,
      code: thrown(value),
      check: fails(UNREADABLE),
    }),
  ),
  {
    rows: ['A6.4'],
    stance: 'M',
    says: 'an error without a stack has an empty trace',
    code: thrown("Object.assign(new Error('x'), { stack: undefined })"),
    check: (run) => {
      fails({ errorType: 'Error', errorMessage: 'x' })(run);
      assert.deepEqual(run.error().trace, []);
    },
  },
];

const headers: readonly ConformanceCase[] = [
  ...(
    [
      ["new TypeError('x')", 'Function.TypeError'],
      ["Object.assign(new Error('x'), { name: 'Runtime.Mine' })", 'Runtime.Mine'],
      ["Object.assign(new Error('x'), { name: 'no type' })", 'Function.Unknown'],
    ] as const
  ).map(
    ([value, type]): ConformanceCase => ({
      rows: ['A6.5'],
      stance: 'B',
      says: `the platform is told the type of an error: ${type}`,
      code: thrown(value),
      tell: (run) => `header ${run.answers[0]?.header(ERROR_TYPE) ?? 'not sent'}`,
      check: (run) => assert.equal(run.answer().header(ERROR_TYPE), type),
    }),
  ),
  {
    rows: ['A6.6'],
    stance: 'M',
    says: 'the X-Ray cause has the error and the frame of a CommonJS file',
    code: "async function thrower() { throw new RangeError('x'); }",
    kinds: ['commonjs'],
    isAlone: true,
    check: (run) => {
      const { working_directory, exceptions, paths } = causeOf(run);
      const [exception] = exceptions;
      const file = `${run.facts.folder}/index.js`;
      assert.equal(working_directory, run.facts.folder);
      assert.deepEqual([exception?.type, exception?.message], ['RangeError', 'x']);
      assert.deepEqual([exception?.stack[0]?.path, exception?.stack[0]?.line], [file, 2]);
      assert.ok(paths.includes(file), paths.join());
    },
  },
  {
    rows: ['A6.6'],
    stance: 'B',
    says: 'the X-Ray cause has the frame of an ES module',
    code: "async function thrower() { throw new RangeError('x'); }",
    kinds: ['esm'],
    isAlone: true,
    tell: (run) => `path "${causeOf(run).exceptions[0]?.stack[0]?.path}"`,
    check: (run) => {
      const frame = causeOf(run).exceptions[0]?.stack[0];
      assert.deepEqual([frame?.path, frame?.line], [`${run.facts.folder}/index.mjs`, 2]);
    },
  },
  {
    rows: ['A6.7'],
    stance: 'M',
    says: 'what has no cause is answered without one',
    code: thrown('null'),
    check: (run) => assert.equal(run.answer().header(CAUSE) || undefined, undefined),
  },
  {
    rows: ['A6.8'],
    stance: 'B',
    says: 'the cause of an error with a message of 200 KB has at most 64 KiB',
    code: thrown("new Error('x'.repeat(200_000))"),
    isAlone: true,
    kinds: ['esm'],
    tell: (run) => `${run.answers[0]?.header(CAUSE)?.length} bytes`,
    check: (run) => {
      assert.ok((run.answer().header(CAUSE) ?? '').length <= 65_536);
      assert.equal(run.error().errorMessage.length, 200_000);
    },
  },
  {
    rows: ['A6.9'],
    stance: 'M',
    says: 'the cause means what the message says, in any script',
    code: thrown("new Error('é 漢字 😀\\n\\t\"')"),
    check: (run) => assert.equal(causeOf(run).exceptions[0]?.message, 'é 漢字 😀\n\t"'),
  },
  {
    rows: ['A6.9'],
    stance: 'B',
    says: 'the cause is ASCII',
    code: thrown("new Error('é 漢字 😀')"),
    tell: () => 'sends UTF-8',
    check: (run) => assert.match(run.answer().header(CAUSE) ?? '', /^[ -~]+$/),
  },
  {
    rows: ['A6.1', 'A6.9'],
    stance: 'M',
    says: 'DEL is %7F in the body and in the cause',
    code: thrown("new Error('a\\x7fb')"),
    check: (run) => {
      assert.equal(run.error().errorMessage, 'a%7Fb');
      assert.equal(causeOf(run).exceptions[0]?.message, 'a%7Fb');
    },
  },
];

export const errorCases: readonly ConformanceCase[] = [...bodies, ...headers];
