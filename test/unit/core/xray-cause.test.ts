import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  toXrayCause,
  XRAY_CAUSE_BYTES_MAX,
  xrayCauseOfPayload,
} from '../../../src/core/xray-cause.ts';

type Frame = { path: string; line: number | null; label: string };
type Cause = {
  working_directory: string;
  exceptions: { type: string; message: string; stack: Frame[] }[];
  paths: string[];
};

const causeOf = (error: unknown): Cause => JSON.parse(toXrayCause(error, '/task') ?? 'null');

function withStack(stack: string, message = 'm'): Error {
  return Object.assign(new Error(message), { stack });
}

function checkFrame(line: string, expected: Frame): void {
  test(`toXrayCause() reads the frame "${line}"`, () => {
    const cause = causeOf(withStack(`Error: m\n    ${line}`));

    assert.deepEqual(cause.exceptions[0]?.stack, [expected]);
    assert.deepEqual(cause.paths, [expected.path]);
  });
}

checkFrame('at handler (/task/a.js:3:9)', { path: '/task/a.js', line: 3, label: 'handler' });
checkFrame('at /task/a.js:3:9', { path: '/task/a.js', line: 3, label: 'anonymous' });
checkFrame('at async /task/a.js:3:9', { path: '/task/a.js', line: 3, label: 'anonymous' });
checkFrame('at async run (file:///task/b.mjs:10:2)', {
  path: '/task/b.mjs',
  line: 10,
  label: 'async run',
});
checkFrame('at file:///task/caf%C3%A9%20x.mjs?v=1:10:2', {
  path: '/task/café x.mjs',
  line: 10,
  label: 'anonymous',
});
checkFrame('at file:///task/%zz.mjs:10:2', { path: '/task/%zz.mjs', line: 10, label: 'anonymous' });
checkFrame('at Object.<anonymous> (/task/with (paren)/a.js:1:7)', {
  path: '/task/with (paren)/a.js',
  line: 1,
  label: 'Object.<anonymous>',
});
checkFrame('at get value [as value] (/task/a.js:1:7)', {
  path: '/task/a.js',
  line: 1,
  label: 'get value [as value]',
});
checkFrame('at node:internal/main/run:99:3', {
  path: 'node:internal/main/run',
  line: 99,
  label: 'anonymous',
});
checkFrame('at Array.map (<anonymous>)', { path: '<anonymous>', line: null, label: 'Array.map' });
checkFrame('at async Promise.all (index 0)', {
  path: 'index 0',
  line: null,
  label: 'async Promise.all',
});
checkFrame('at native', { path: 'native', line: null, label: 'anonymous' });

test('toXrayCause() has the reference client’s fields, in its order', () => {
  const error = withStack('Error: m\n    at f (/t/a.js:1:2)\n    at g (/t/a.js:3:4)');

  assert.equal(
    toXrayCause(error, '/task'),
    '{"working_directory":"/task","exceptions":[{"type":"Error","message":"m","stack":[' +
      '{"path":"/t/a.js","line":1,"label":"f"},{"path":"/t/a.js","line":3,"label":"g"}]}],' +
      '"paths":["/t/a.js"]}',
  );
});

test('toXrayCause() takes no line of a long message for a frame', () => {
  const cause = causeOf(withStack('Error: one\ntwo\nthree\n    at f (/t/a.js:1:2)', 'one\ntwo'));

  assert.equal(cause.exceptions[0]?.stack.length, 1);
});

test('toXrayCause() escapes what a header cannot carry', () => {
  const error = withStack('Error', 'é 日本 😀 \x7F \n');

  const text = toXrayCause(error, '/täsk\x7F') ?? '';

  assert.match(text, /^[\x20-\x7E]+$/);
  assert.equal(JSON.parse(text).exceptions[0].message, 'é 日本 😀 %7F \n');
  assert.equal(JSON.parse(text).working_directory, '/täsk\x7F');
});

test('toXrayCause() stays under the platform’s limit with a huge message and stack', () => {
  const frames = Array.from({ length: 90 }, (_, n) => `    at ${'é'.repeat(900)} (/t/${n}.js:1:1)`);
  const error = withStack(`Error\n${frames.join('\n')}`, '\u0000'.repeat(2_500_000));

  const text = toXrayCause(error, '/task') ?? '';

  assert.ok(text.length > 1000 && text.length <= XRAY_CAUSE_BYTES_MAX);
  assert.ok(JSON.parse(text).exceptions[0].stack.length >= 1);
  assert.equal(JSON.parse(text).exceptions[0].stack[0].path, '/t/0.js');
});

function checkNothing(what: string, thrown: unknown): void {
  test(`toXrayCause() is undefined for ${what}`, () => {
    assert.equal(toXrayCause(thrown, '/task'), undefined);
  });
}
checkNothing('null', null);
checkNothing('undefined', undefined);
checkNothing('an object that cannot be read', Object.create(null));

test('toXrayCause() gives up when even the folder does not fit', () => {
  assert.equal(toXrayCause(new Error('x'), '/'.repeat(70_000)), undefined);
});

test('toXrayCause() describes a thrown string', () => {
  assert.deepEqual(causeOf('boom').exceptions, [{ type: 'string', message: 'boom', stack: [] }]);
});

test('xrayCauseOfPayload() describes an error that exists only as a payload', () => {
  const trace = ['Sandbox.Timedout: late', '    at spin (/t/a.js:1:2)'];
  const payload = { errorType: 'Sandbox.Timedout', errorMessage: 'late', trace };

  const cause = JSON.parse(xrayCauseOfPayload(payload, '/task') ?? '');

  assert.equal(cause.exceptions[0].type, 'Sandbox.Timedout');
  assert.deepEqual(cause.paths, ['/t/a.js']);
});
