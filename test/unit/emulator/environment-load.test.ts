import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EnvironmentLoad } from '../../../src/emulator/environment-load.ts';

test('the peaks are each of their own moment, what is parked is of now', () => {
  const load = new EnvironmentLoad();
  assert.deepEqual([load.parked, load.peak], [0, { parked: 0, running: 0, both: 0 }]);

  load.note(3, 0);
  load.note(2, 2);
  load.note(0, 3);

  assert.deepEqual([load.parked, load.peak], [0, { parked: 3, running: 3, both: 4 }]);
});
