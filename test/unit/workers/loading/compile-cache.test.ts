import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toCacheVariables } from '../../../../src/core/compile-cache.ts';
import { hideCompileCache } from '../../../../workers/loading/compile-cache.ts';

test('user code finds an environment without the shipped cache', () => {
  const env = { PATH: '/bin', ...toCacheVariables({ folder: '/c', isPortable: true }) };
  hideCompileCache(env);
  assert.deepEqual(env, { PATH: '/bin' });
});
