import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance, type LifecycleState } from '../../../src/core/lifecycle.ts';

const STATES: readonly LifecycleState[] = ['starting', 'serving', 'draining', 'stopped'];
const ALLOWED = new Set([
  'starting>serving',
  'starting>draining',
  'starting>stopped',
  'serving>draining',
  'serving>stopped',
  'draining>stopped',
]);

for (const from of STATES) {
  for (const to of STATES) {
    const isAllowed = ALLOWED.has(`${from}>${to}`);
    test(`${from} ${isAllowed ? 'becomes' : 'never becomes'} ${to}`, () => {
      if (isAllowed) assert.equal(advance(from, to), to);
      else assert.throws(() => advance(from, to), { errorType: 'Runtime.AssertionFailed' });
    });
  }
}
