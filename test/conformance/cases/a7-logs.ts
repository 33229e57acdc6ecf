// The console and the lines that come of it (rows A7). The bytes of lines and frames for every kind
// of value are compared in test/golden; here are the console, the switches and the process.
import assert from 'node:assert/strict';
import type { ConformanceCase } from '../table/case.ts';
import type { Run } from '../table/observed-run.ts';

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const ALL_LEVELS = `async () => {
  for (const level of ${JSON.stringify(LEVELS)}) console[level.toLowerCase()](level);
}`;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const JSON_FORMAT = { AWS_LAMBDA_LOG_FORMAT: 'JSON' } as const;

type JsonLine = { readonly message?: unknown } & Readonly<Record<string, unknown>>;

/** The message of the first line. */
const messageOf = (run: Run): JsonLine => (jsonLines(run)[0]?.message ?? {}) as JsonLine;

const jsonLines = (run: Run): readonly JsonLine[] =>
  run.lines.map((line) => JSON.parse(line) as JsonLine);

const levels: readonly ConformanceCase[] = [
  ...(
    [
      ['warn', 3],
      ['Error', 4],
      ['FATAL', 5],
      ['nonsense', 0],
      ['', 0],
    ] as const
  ).map(
    ([level, from]): ConformanceCase => ({
      rows: ['A7.2', 'A1.9'],
      stance: 'M',
      says: `AWS_LAMBDA_LOG_LEVEL=${level} lets through ${LEVELS.slice(from).join(', ')}`,
      code: ALL_LEVELS,
      kinds: ['esm'],
      env: { AWS_LAMBDA_LOG_LEVEL: level },
      check: (run) => {
        const seen = run.lines.map((line) => line.split('\t')[2]);
        assert.deepEqual(seen, LEVELS.slice(from), run.text);
      },
    }),
  ),
  {
    rows: ['A7.2'],
    stance: 'M',
    says: 'the level FATAL silences the runtime’s line for an error, too',
    code: "async () => { throw new Error('x'); }",
    kinds: ['esm'],
    env: { AWS_LAMBDA_LOG_LEVEL: 'FATAL' },
    check: (run) => assert.equal(run.facts.stdout, ''),
  },
  ...(['json', 'Json', 'xml', ''] as const).map(
    (format): ConformanceCase => ({
      rows: ['A7.3', 'A1.9'],
      stance: 'M',
      says: `AWS_LAMBDA_LOG_FORMAT=${format} means ${/json/i.test(format) ? 'JSON' : 'TEXT'}`,
      code: "async () => console.log('x')",
      kinds: ['esm'],
      env: { AWS_LAMBDA_LOG_FORMAT: format },
      check: (run) => assert.equal(run.lines[0]?.startsWith('{'), /json/i.test(format), run.text),
    }),
  ),
];

const text: readonly ConformanceCase[] = [
  {
    rows: ['A7.1'],
    stance: 'M',
    says: 'every method of the console comes out as it does under the reference client',
    code: `async () => {
      console.log('log'); console.table([{ a: 1 }]); console.group('group'); console.info('in it');
      console.groupEnd(); console.count(); console.assert(false, 'assert %s', 'x');
      console.dirxml({ a: 1 });
      console.dir({ a: 1 }); process.stdout.write('raw\\n');
      return console.log === console.info;
    }`,
    isAlone: true,
    check: (run) => {
      const seen = run.lines.map((line) => line.split('\t').slice(2).join('|'));
      assert.deepEqual(seen, [
        'INFO|log',
        'INFO|┌─────────┬───┐\r│ (index) │ a │\r├─────────┼───┤\r│ 0       │ 1 │\r└─────────┴───┘',
        'INFO|group',
        'INFO|in it',
        'INFO|default: 1',
        'WARN|Assertion failed: assert x',
        '',
        '',
        '',
      ]);
      assert.deepEqual(run.lines.slice(-3), ['{ a: 1 }', '{ a: 1 }', 'raw']);
      assert.equal(run.result(), true);
    },
  },
  {
    rows: ['A7.1'],
    stance: 'M',
    says: 'a warning of Node’s is a line of the log',
    code: `async () => {
      process.emitWarning('be warned');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }`,
    isAlone: true,
    check: (run) => assert.match(run.logged('ERROR')[0] ?? '', /Warning: be warned/, run.text),
  },
  {
    rows: ['A7.4'],
    stance: 'M',
    says: 'a line is time, request, level and text, with tabs between, and returns for line feeds',
    code: "async () => { console.log('a %s %d %j', 'b', 1.5, { c: 1 }, 'd\\ne'); console.log(); }",
    isAlone: true,
    check: (run) => {
      const [first = '', second = ''] = run.lines;
      const [time, ...rest] = first.split('\t');
      assert.match(time ?? '', ISO);
      assert.deepEqual(rest, ['c0-0', 'INFO', 'a b 1.5 {"c":1} d\re']);
      assert.equal(second.split('\t')[3], 'undefined');
    },
  },
  {
    rows: ['A7.4'],
    stance: 'M',
    says: 'before the first event the request is a dash; behind an answer it is the last one',
    before: "console.log('at load');",
    code: "async () => { setTimeout(() => console.log('late'), 10); }",
    events: [{}, { after: /late/ }],
    check: (run) => {
      const seen = run.lines.map((line) => line.split('\t')).map(([, id, , said]) => [said, id]);
      assert.deepEqual(seen.slice(0, 2), [
        ['at load', '-'],
        ['late', 'c0-0'],
      ]);
    },
  },
];

const json: readonly ConformanceCase[] = [
  {
    rows: ['A7.5', 'A7.6'],
    stance: 'M',
    says: 'a JSON line has its keys in order, and the one value as it is',
    code: "async () => { console.log({ a: [1] }); console.warn('x\\ny'); console.log(undefined); }",
    kinds: ['esm'],
    env: JSON_FORMAT,
    check: (run) => {
      const [first, second, third] = jsonLines(run);
      assert.deepEqual(Object.keys(first ?? {}), ['timestamp', 'level', 'requestId', 'message']);
      assert.match(String(first?.['timestamp']), ISO);
      assert.deepEqual(first?.message, { a: [1] });
      assert.deepEqual([second?.['level'], second?.message], ['WARN', 'x\ny']);
      assert.ok(third !== undefined && !('message' in third), run.text);
    },
  },
  {
    rows: ['A7.6'],
    stance: 'M',
    says: 'an error alone is its type, message and stack, and its own fields',
    code: "async () => console.log(Object.assign(new TypeError('x'), { code: 'E1' }))",
    kinds: ['esm'],
    env: JSON_FORMAT,
    check: (run) => {
      const { errorType, errorMessage, stackTrace, code } = messageOf(run);
      assert.deepEqual([errorType, errorMessage, code], ['TypeError', 'x', 'E1']);
      assert.equal((stackTrace as string[])[0], 'TypeError: x');
    },
  },
  {
    rows: ['A7.7'],
    stance: 'M',
    says: 'an error behind a text is told in keys of its own',
    code: "async () => console.log('failed', new TypeError('x'))",
    kinds: ['esm'],
    env: JSON_FORMAT,
    check: (run) => {
      const [line] = jsonLines(run);
      assert.deepEqual([line?.['errorType'], line?.['errorMessage']], ['TypeError', 'x']);
      assert.match(String(line?.message), /^failed TypeError: x\n/);
    },
  },
  {
    rows: ['A7.7'],
    stance: 'B',
    says: 'an error in front of a text is, too',
    code: "async () => console.log(new TypeError('x'), 'failed')",
    kinds: ['esm'],
    env: JSON_FORMAT,
    tell: (run) => `keys ${Object.keys(jsonLines(run)[0] ?? {}).join(', ')}`,
    check: (run) => assert.equal(jsonLines(run)[0]?.['errorType'], 'TypeError', run.text),
  },
  {
    rows: ['A7.9'],
    stance: 'M',
    says: 'the runtime’s line for an error is the error as the message, without the label',
    code: "async () => { throw Object.assign(new TypeError('x'), { code: 'E1' }); }",
    kinds: ['esm'],
    env: JSON_FORMAT,
    check: (run) => {
      const [line, ...more] = jsonLines(run);
      assert.deepEqual(more, []);
      assert.deepEqual(Object.keys(line ?? {}), ['timestamp', 'level', 'requestId', 'message']);
      const { errorType, errorMessage, code } = messageOf(run);
      assert.deepEqual([errorType, errorMessage, code], ['TypeError', 'x', 'E1']);
    },
  },
];

export const logCases: readonly ConformanceCase[] = [...levels, ...text, ...json];
