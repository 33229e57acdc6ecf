import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planDeadline, toTimeoutSeconds } from '../../../src/core/deadline.ts';

const NOW = 1_000_000;

function checkPlan(budgetMs: number, marginMs: number, expected: [number, number]): void {
  test(`a budget of ${budgetMs} ms with a margin of ${marginMs} ms`, () => {
    const plan = planDeadline(NOW + budgetMs, NOW, marginMs);
    assert.equal(plan.epochMs, NOW + budgetMs);
    assert.equal(plan.budgetMs, Math.max(0, budgetMs));
    assert.deepEqual(
      [plan.epochMs - plan.softEpochMs, plan.epochMs - plan.fireEpochMs],
      expected,
      'soft lead and margin before the deadline, ms',
    );
  });
}

checkPlan(3000, 100, [300, 100]);
checkPlan(1000, 100, [100, 100]);
checkPlan(500, 100, [50, 50]);
checkPlan(900_000, 100, [1000, 100]);
checkPlan(900_000, 5000, [1000, 5000]);
checkPlan(0, 100, [0, 0]);
checkPlan(-50, 100, [0, 0]);

test('the timeout in seconds is what the function has, not what delivery left of it', () => {
  assert.equal(toTimeoutSeconds(3000), '3.00');
  assert.equal(toTimeoutSeconds(2990), '3.00');
  assert.equal(toTimeoutSeconds(750), '1.00');
  assert.equal(toTimeoutSeconds(1500), '1.50');
  assert.equal(toTimeoutSeconds(749), '0.75');
  assert.equal(toTimeoutSeconds(0), '0.00');
});
