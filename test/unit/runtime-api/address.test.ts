import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseApiAddress } from '../../../src/runtime-api/address.ts';

test('host and port are read', () => {
  assert.deepEqual(parseApiAddress('127.0.0.1:9001'), { host: '127.0.0.1', port: 9001 });
  assert.deepEqual(parseApiAddress('localhost:0'), { host: 'localhost', port: 0 });
});

for (const text of [
  '',
  'a',
  'a:b',
  ':1',
  '1.2.3.4:080',
  '1.2.3.4:65536',
  '[::1]:9',
  'h:1:2',
  'h:1/x',
]) {
  test(`"${text}" is refused by name`, () => {
    assert.throws(
      () => parseApiAddress(text),
      (error: Error & { errorType?: string }) => {
        assert.equal(error.errorType, 'Runtime.InvalidRuntimeApi');
        assert.ok(error.message.includes(`"${text}"`));
        return true;
      },
    );
  });
}
