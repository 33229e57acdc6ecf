import assert from 'node:assert/strict';
import { test } from 'node:test';
import { START_FAILURES_MAX } from '../../../src/core/limits.ts';
import { startBackoffMs } from '../../../src/core/restart-policy.ts';

test('the pause doubles up to its bound and ends after the last allowed failure', () => {
  const pauses = Array.from({ length: START_FAILURES_MAX }, (_, index) =>
    startBackoffMs(index + 1),
  );
  assert.deepEqual(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, undefined]);
});
