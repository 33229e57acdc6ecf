import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import {
  boundErrorPayload,
  serializeErrorPayload,
  toErrorPayload,
  UNREADABLE_ERROR,
} from '../../../src/core/error-payload.ts';

const bytesOf = (text: string): number => Buffer.byteLength(text, 'utf8');

test('toErrorPayload() takes name, message and stack lines of an error', () => {
  const error = new TypeError('no');
  error.stack = 'TypeError: no\n    at a\n    at b';

  const payload = toErrorPayload(error);

  const trace = ['TypeError: no', '    at a', '    at b'];
  assert.deepEqual(payload, { errorType: 'TypeError', errorMessage: 'no', trace });
});

test('toErrorPayload() takes the name from a subclass and from an own property', () => {
  class Custom extends Error {
    override name = 'CustomName';
  }

  assert.equal(toErrorPayload(new Custom('x')).errorType, 'CustomName');
  assert.equal(toErrorPayload(Object.assign(new Error('x'), { name: 'Own' })).errorType, 'Own');
});

test('toErrorPayload() writes DEL as %7F in all three, as the reference client does', () => {
  const error = Object.assign(new Error('a\x7Fb'), { name: 'N\x7F', stack: 'x\x7F\ny' });

  assert.deepEqual(toErrorPayload(error), {
    errorType: 'N%7F',
    errorMessage: 'a%7Fb',
    trace: ['x%7F', 'y'],
  });
});

test('toErrorPayload() knows an error of another realm', () => {
  const payload = toErrorPayload(runInNewContext('new RangeError("far")'));

  assert.equal(payload.errorType, 'RangeError');
  assert.equal(payload.errorMessage, 'far');
});

test('toErrorPayload() knows a DOMException and an object that looks like an error', () => {
  assert.equal(toErrorPayload(new DOMException('m', 'AbortError')).errorType, 'AbortError');
  assert.deepEqual(toErrorPayload({ name: 'N', message: 'm', stack: 's' }), {
    errorType: 'N',
    errorMessage: 'm',
    trace: ['s'],
  });
});

function checkNonError(what: string, thrown: unknown, errorType: string, message: string): void {
  test(`toErrorPayload() describes ${what} by type and text, without a trace`, () => {
    const expected = { errorType, errorMessage: message, trace: [] };

    assert.deepEqual(toErrorPayload(thrown), expected);
  });
}
checkNonError('a string', 'boom', 'string', 'boom');
checkNonError('a string with DEL', 'a\x7F', 'string', 'a\x7F');
checkNonError('a number', 42, 'number', '42');
checkNonError('undefined', undefined, 'undefined', 'undefined');
checkNonError('null', null, 'object', 'null');
checkNonError('a symbol', Symbol('s'), 'symbol', 'Symbol(s)');
checkNonError('a bigint', 7n, 'bigint', '7');
checkNonError('a plain object', { a: 1 }, 'object', '[object Object]');
checkNonError(
  'an object without a stack',
  { name: 'N', message: 'm' },
  'object',
  '[object Object]',
);

const raise = (): never => {
  throw new Error('hostile');
};
const hostileProxy = new Proxy(
  {},
  { get: raise, getPrototypeOf: raise, has: raise, getOwnPropertyDescriptor: raise },
);
const revoked = Proxy.revocable({}, {});
revoked.revoke();

function checkUnreadable(what: string, thrown: unknown): void {
  test(`toErrorPayload() gives the fixed text for ${what}`, () => {
    assert.equal(toErrorPayload(thrown), UNREADABLE_ERROR);
  });
}
checkUnreadable('an object without a prototype', Object.create(null));
checkUnreadable('a hostile proxy', hostileProxy);
checkUnreadable('a revoked proxy', revoked.proxy);
checkUnreadable('a throwing toString', { toString: raise });
checkUnreadable(
  'a throwing getter',
  Object.defineProperty(new Error('x'), 'message', { get: raise }),
);
checkUnreadable('a name that is a number', Object.assign(new Error('x'), { name: 5 }));
checkUnreadable('a stack that is an object', Object.assign(new Error('x'), { stack: {} }));

test('toErrorPayload() stands a missing name, message or stack', () => {
  const error = Object.assign(new Error(), {
    name: undefined,
    message: undefined,
    stack: undefined,
  });

  assert.deepEqual(toErrorPayload(error), { errorType: 'Error', errorMessage: '', trace: [] });
});

test('serializeErrorPayload() writes the three keys in a fixed order and nothing else', () => {
  const payload = { trace: ['t'], extra: 1, errorMessage: 'm', errorType: 'E' };

  assert.equal(
    serializeErrorPayload(payload),
    '{"errorType":"E","errorMessage":"m","trace":["t"]}',
  );
});

test('boundErrorPayload() leaves alone what fits exactly', () => {
  const payload = { errorType: 'E', errorMessage: 'mé\n😀\ud800', trace: ['"a"', '\\'] };
  // The bound counts one comma per line of the trace, so one byte more than the JSON has.
  const bytes = bytesOf(serializeErrorPayload(payload)) + 1;

  assert.equal(boundErrorPayload(payload, bytes), payload);
});

test('boundErrorPayload() cuts a huge message and keeps the frames', () => {
  const message = 'x'.repeat(2_500_000);
  const payload = { errorType: 'E', errorMessage: message, trace: ['E', '    at f (a.js:1:1)'] };

  const bounded = boundErrorPayload(payload, 4096);

  assert.ok(bytesOf(serializeErrorPayload(bounded)) <= 4096);
  assert.deepEqual(bounded.trace, payload.trace);
  assert.match(bounded.errorMessage, /^x{3000,} \.\.\. \(cut: \d+ of 2500000 characters\)$/);
});

test('boundErrorPayload() cuts the outer frames of a long trace and says how many', () => {
  const trace = Array.from({ length: 5000 }, (_, index) => `    at f${index} (file.js:1:1)`);
  const payload = { errorType: 'E', errorMessage: 'short', trace };

  const bounded = boundErrorPayload(payload, 8192);

  assert.ok(bytesOf(serializeErrorPayload(bounded)) <= 8192);
  assert.equal(bounded.errorMessage, 'short');
  assert.equal(bounded.trace[0], trace[0]);
  assert.equal(bounded.trace.at(-1), `    ... ${5000 - (bounded.trace.length - 1)} lines cut`);
});

test('boundErrorPayload() never cuts through a surrogate pair', () => {
  const payload = { errorType: 'E', errorMessage: '😀'.repeat(5000), trace: [] };

  for (let bytesMax = 1024; bytesMax < 1032; bytesMax += 1) {
    const bounded = boundErrorPayload(payload, bytesMax);
    assert.ok(bounded.errorMessage.isWellFormed());
    assert.ok(bytesOf(serializeErrorPayload(bounded)) <= bytesMax);
  }
});
