import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from '../../../src/guardian/journal-address.ts';

test('what the guardian says is read, with a path of any kind', () => {
  assert.deepEqual(parseAddress('9 0 - /tmp/a b\nc'), {
    fd: 9,
    line: 0,
    status: undefined,
    path: '/tmp/a b\nc',
  });
  assert.deepEqual(parseAddress('9 12 139 /x'), { fd: 9, line: 12, status: 139, path: '/x' });
  for (const text of ['', '9', '9 0 -', '9 0 - ', 'x 0 - /x', '9 0 +1 /x', '9 0 1']) {
    assert.throws(() => parseAddress(text), { errorType: 'Runtime.InvalidSetting' }, text);
  }
});
