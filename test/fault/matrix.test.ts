// Every row of the fault matrix once. Times count in `npm run test:fault`, on a machine that has
// nothing else to do; here the platform waits longer than it says, and what happens is the point.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rowId } from './matrix/fault-row.ts';
import { FAULTS } from './matrix/faults.ts';
import { runFault } from './matrix/run-fault.ts';

test('each row has a name of its own', () => {
  const ids = FAULTS.map(rowId);
  assert.deepEqual(ids, [...new Set(ids)]);
});

describe('the fault matrix', { concurrency: 2 }, () => {
  for (const row of FAULTS) {
    test(`${rowId(row)}: ${row.does}`, async () => {
      const { flaws, observations } = await runFault(row, 1, { isStrict: false });
      assert.deepEqual(flaws, []);
      assert.equal(observations.length, 1);
    });
  }
});
