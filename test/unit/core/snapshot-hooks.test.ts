import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkHook, toHookError } from '../../../src/core/snapshot-hooks.ts';

test('a failed hook is told by the name that the platform knows, with what was thrown', () => {
  const error = { errorType: 'TypeError', errorMessage: 'no database', trace: ['at hook'] };
  assert.deepEqual(toHookError('beforeSnapshot', error), {
    errorType: 'Runtime.BeforeSnapshotError',
    errorMessage: 'TypeError: no database',
    trace: ['at hook'],
  });
  assert.equal(toHookError('afterRestore', error).errorType, 'Runtime.AfterRestoreError');
});

test('what is no function is refused as a hook', () => {
  checkHook(() => {});
  for (const [value, name] of [
    [null, 'null'],
    [undefined, 'undefined'],
    [{}, 'object'],
  ] as const) {
    assert.throws(() => checkHook(value), {
      name: 'TypeError',
      message: `Cannot register ${name} as a snapshot hook: it has to be a function`,
    });
  }
});
