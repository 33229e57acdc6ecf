import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TimedOutIds } from '../../../src/emulator/managed-instances/timed-out-ids.ts';

test('an id is known once', () => {
  const ids = new TimedOutIds();
  ids.add('a');

  assert.deepEqual([ids.take('b'), ids.take('a'), ids.take('a')], [false, true, false]);
});

test('the last 1,000 are kept', () => {
  const ids = new TimedOutIds();
  for (let number = 0; number < 1002; number += 1) ids.add(`id-${number}`);

  assert.deepEqual(
    ['id-0', 'id-1', 'id-2', 'id-1001'].map((id) => ids.take(id)),
    [false, false, true, true],
  );
});

test('an id that times out again is the newest', () => {
  const ids = new TimedOutIds();
  for (let number = 0; number < 1000; number += 1) ids.add(`id-${number}`);
  ids.add('id-0');
  ids.add('one more');

  assert.deepEqual([ids.take('id-0'), ids.take('id-1')], [true, false]);
});
