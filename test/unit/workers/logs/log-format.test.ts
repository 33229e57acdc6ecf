import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import type { LogLevel } from '../../../../src/core/thread-protocol.ts';
import {
  formatErrorJson as errorRecordJson,
  formatErrorText as errorRecordText,
  type LineHead,
  formatJson as recordJson,
  formatText as recordText,
  toLine,
} from '../../../../workers/logs/log-format.ts';

type Arguments<F extends (...args: never[]) => string> = Parameters<F>;
const formatText = (...args: Arguments<typeof recordText>): string => toLine(recordText(...args));
const formatJson = (...args: Arguments<typeof recordJson>): string => toLine(recordJson(...args));
const formatErrorText = (...args: Arguments<typeof errorRecordText>): string =>
  toLine(errorRecordText(...args));
const formatErrorJson = (...args: Arguments<typeof errorRecordJson>): string =>
  toLine(errorRecordJson(...args));

const TIME = '2026-01-02T03:04:05.678Z';
const HEAD: LineHead = { timeEpochMs: Date.parse(TIME), requestId: 'r-1', tenantId: undefined };
const JSON_HEAD = `{"timestamp":"${TIME}","level":"INFO","requestId":"r-1"`;
const ERROR_HEAD = `{"timestamp":"${TIME}","level":"ERROR","requestId":"r-1"`;

class CustomError extends Error {
  override name = 'Custom';
}

/** An error whose stack does not depend on this file's lines. */
function makeError(fields: object = {}): Error {
  return Object.assign(new TypeError('no'), { stack: 'TypeError: no\n    at f' }, fields);
}

function checkText(args: readonly unknown[], text: string, level: LogLevel = 'INFO'): void {
  test(`formatText() prints ${JSON.stringify(text)}`, () => {
    assert.equal(formatText(HEAD, level, args), `${TIME}\tr-1\t${level}\t${text}\n`);
  });
}
checkText(['hello'], 'hello');
checkText(['a', 1, { b: 2 }], 'a 1 { b: 2 }', 'WARN');
checkText(['%s-%d-%j', 'x', 1, { a: 1 }, 'more'], 'x-1-{"a":1} more', 'TRACE');
checkText(['two\nlines\n'], 'two\rlines\r');
checkText([undefined], 'undefined');
checkText([], 'undefined');
checkText([''], '', 'FATAL');

function checkJson(args: readonly unknown[], rest: string): void {
  test(`formatJson() prints ${rest}`, () => {
    assert.equal(formatJson(HEAD, 'INFO', args), `${JSON_HEAD}${rest}}\n`);
  });
}
checkJson(['hello'], ',"message":"hello"');
checkJson([{ a: [1, null] }], ',"message":{"a":[1,null]}');
checkJson([42], ',"message":42');
checkJson([null], ',"message":null');
checkJson([undefined], '');
checkJson(['two\nlines'], ',"message":"two\\nlines"');
checkJson([12n], ',"message":"12n"');
checkJson(['a', { b: 1 }], ',"message":"a { b: 1 }"');
checkJson(['%s!', 'x'], ',"message":"x!"');
const ERROR_VALUE =
  '{"errorType":"TypeError","errorMessage":"no",' +
  '"stackTrace":["TypeError: no","    at f"],"code":"E"}';
checkJson([makeError({ code: 'E' })], `,"message":${ERROR_VALUE}`);
checkJson([{ deep: [makeError({ code: 'E' })] }], `,"message":{"deep":[${ERROR_VALUE}]}`);

const FIELDS =
  '"errorType":"TypeError","errorMessage":"no","stackTrace":["TypeError: no","    at f"]';
for (const [what, args] of [
  ['after the text', ['x', makeError()]],
  ['before the text', [makeError(), 'x']],
] as const) {
  test(`formatJson() adds the fields of an error ${what}`, () => {
    assert.ok(formatJson(HEAD, 'INFO', args).endsWith(`,${FIELDS}}\n`));
  });
}

test('formatJson() adds the tenant after the request id', () => {
  const line = formatJson({ ...HEAD, tenantId: 'blue' }, 'INFO', ['x']);

  assert.equal(line, `${JSON_HEAD},"tenantId":"blue","message":"x"}\n`);
});

test('formatJson() prints a cycle as text', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;

  const { message } = JSON.parse(formatJson(HEAD, 'INFO', [cycle]));

  assert.equal(message, '<ref *1> { self: [Circular *1] }');
});

test('formatJson() prints an error of another realm as an error', () => {
  const { message } = JSON.parse(formatJson(HEAD, 'INFO', [runInNewContext('new Error("far")')]));

  assert.equal(message.errorMessage, 'far');
});

test('formatErrorText() prints label, space, tab and the error', () => {
  const line = formatErrorText(HEAD, 'Invoke Error', makeError({ code: 'E1', statusCode: 5 }));

  const json =
    '{"errorType":"TypeError","errorMessage":"no","code":"E1","statusCode":5,' +
    '"stack":["TypeError: no","    at f"]}';
  assert.equal(line, `${TIME}\tr-1\tERROR\tInvoke Error \t${json}\n`);
});

test('formatErrorText() prints a thrown string as an error without frames of the runtime', () => {
  const line = formatErrorText(HEAD, 'Invoke Error', 'boom');

  const json = '{"errorType":"Error","errorMessage":"boom","stack":["Error: boom"]}';
  assert.equal(line, `${TIME}\tr-1\tERROR\tInvoke Error \t${json}\n`);
});

test('formatErrorJson() prints the error as the message and no label', () => {
  assert.equal(
    formatErrorJson(HEAD, makeError({ code: 'E' })),
    `${ERROR_HEAD},"message":${ERROR_VALUE}}\n`,
  );
});

test('formatErrorJson() names the type after the constructor', () => {
  const { message } = JSON.parse(formatErrorJson(HEAD, new CustomError('x')));

  assert.equal(message.errorType, 'CustomError');
  assert.equal(message.name, 'Custom');
});

test('the error lines show causes and the errors of an AggregateError', () => {
  const cause = new RangeError('inner', { cause: 'root' });
  const error = new AggregateError([new TypeError('one')], 'all', { cause });

  const inText = JSON.parse(formatErrorText(HEAD, 'Invoke Error', error).split('\t')[4] ?? '');
  const inJson = JSON.parse(formatErrorJson(HEAD, error)).message;

  for (const shown of [inText, inJson]) {
    assert.equal(shown.cause.errorType, 'RangeError');
    assert.equal(shown.cause.cause, 'root');
    assert.equal(shown.errors[0].errorMessage, 'one');
  }
});

test('the error lines leave the cause out when it leads back to the error', () => {
  const error = makeError();
  Object.defineProperty(error, 'cause', { value: error, enumerable: false });

  const text = formatErrorText(HEAD, 'Invoke Error', error);

  assert.match(text, /\t\{"errorType":"TypeError","errorMessage":"no","stack":\[/);
  assert.equal(JSON.parse(formatErrorJson(HEAD, error)).message.errorMessage, 'no');
});

test('the error lines fall back to what the reference client prints when a property has no JSON', () => {
  const error = makeError({ big: 1n });

  const text = formatErrorText(HEAD, 'Invoke Error', error);

  const trace = '["TypeError: no","    at f"]';
  const bare = `{"errorType":"TypeError","errorMessage":"no","trace":${trace}}`;
  assert.equal(text, `${TIME}\tr-1\tERROR\tInvoke Error \t${bare}\n`);
  const printed = '"TypeError: no\\n    at f {\\n  big: 1n\\n}"';
  assert.ok(formatErrorJson(HEAD, error).endsWith(`"message":${printed}}\n`));
});

const raise = (): never => {
  throw new Error('hostile');
};
const HOSTILE: readonly unknown[] = [
  Object.create(null),
  { toString: raise, toJSON: raise, [Symbol.for('nodejs.util.inspect.custom')]: raise },
  new Proxy(new Error('x'), { get: raise, getPrototypeOf: raise, ownKeys: raise }),
  Object.defineProperty(new Error('x'), 'stack', { get: raise }),
  Object.defineProperty(new Error('x'), 'message', { get: raise }),
  Object.assign(new Error('x'), { constructor: null, name: Symbol('n') }),
  Symbol('s'),
  null,
];

test('no line throws or breaks, whatever is logged', () => {
  for (const value of HOSTILE) {
    const args = [[value], ['%s %d %j %o', value, value, value, value], ['x', value]];
    const lines = args.map((each) => formatText(HEAD, 'INFO', each));
    for (const each of args) JSON.parse(formatJson(HEAD, 'INFO', each));
    JSON.parse(formatErrorJson(HEAD, value));
    lines.push(formatErrorText(HEAD, 'Invoke Error', value));
    for (const line of lines) assert.match(line, /^[^\n]+\n$/);
  }
});

test('formatText() stands a clock that is out of range', () => {
  const line = formatText({ ...HEAD, timeEpochMs: Number.NaN }, 'INFO', ['x']);

  assert.equal(line, '1970-01-01T00:00:00.000Z\tr-1\tINFO\tx\n');
});
