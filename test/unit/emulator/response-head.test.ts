import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseHead } from '../../../src/emulator/function-url/response-head.ts';

test('what is not said has its default', () => {
  assert.deepEqual(parseHead({}, 'a/b'), {
    kind: 'valid',
    value: { status: 200, headers: { 'content-type': 'a/b' } },
  });
});

test('headers of the connection are not the function’s to set', () => {
  const headers = { Connection: 'close', 'Transfer-Encoding': 'gzip', 'content-length': 3, A: 'b' };

  const head = parseHead({ statusCode: '404', headers }, 'a/b');

  assert.deepEqual(head, {
    kind: 'valid',
    value: { status: 404, headers: { 'content-type': 'a/b', a: 'b' } },
  });
});

test('cookies are added to a cookie among the headers', () => {
  const head = parseHead({ headers: { 'Set-Cookie': 'a=1' }, cookies: ['b=2', 'c=3'] }, 'a/b');

  assert.deepEqual(head.kind === 'valid' && head.value.headers['set-cookie'], [
    'a=1',
    'b=2',
    'c=3',
  ]);
});

test('a flaw names the field and its value, and a long value is cut', () => {
  const head = parseHead({ cookies: { text: 'x'.repeat(500) } }, 'a/b');

  assert.equal(head.kind, 'broken');
  assert.match(head.kind === 'broken' ? head.flaw : '', /^cookies is \{"text":"x{80,100}…, it acc/);
});
