import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  evidenceBudgetMs,
  leavesTimeToLook,
  planDeadline,
  toTimeoutSeconds,
  withLateness,
} from '../../../src/core/deadline.ts';
import { EVIDENCE_MS_MAX } from '../../../src/core/limits.ts';

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

checkPlan(3000, 100, [400, 100]);
checkPlan(1000, 100, [200, 100]);
checkPlan(500, 100, [100, 50]);
checkPlan(900_000, 100, [1100, 100]);
checkPlan(900_000, 5000, [6000, 5000]);
checkPlan(0, 100, [0, 0]);
checkPlan(-50, 100, [0, 0]);

test('evidence has its share of the margin, and a late watchdog has less', () => {
  const plan = planDeadline(NOW + 3000, NOW, 100);
  assert.equal(evidenceBudgetMs(plan, plan.fireEpochMs), 40);
  assert.equal(evidenceBudgetMs(plan, plan.fireEpochMs + 15), 25);
  assert.equal(evidenceBudgetMs(plan, plan.fireEpochMs + 40), 0);
  assert.equal(evidenceBudgetMs(plan, plan.epochMs + 1000), 0);
  const wide = planDeadline(NOW + 600_000, NOW, 60_000);
  assert.equal(evidenceBudgetMs(wide, wide.fireEpochMs), EVIDENCE_MS_MAX);
});

test('the timeout in seconds is what the function has, not what delivery left of it', () => {
  assert.equal(toTimeoutSeconds(3000), '3.00');
  assert.equal(toTimeoutSeconds(2990), '3.00');
  assert.equal(toTimeoutSeconds(750), '1.00');
  assert.equal(toTimeoutSeconds(1500), '1.50');
  assert.equal(toTimeoutSeconds(749), '0.75');
  assert.equal(toTimeoutSeconds(0), '0.00');
});

test('an event that came with little time left is not looked at', () => {
  assert.equal(leavesTimeToLook(planDeadline(NOW + 1000, NOW, 100)), true);
  assert.equal(leavesTimeToLook(planDeadline(NOW + 499, NOW, 100)), false);
  assert.equal(leavesTimeToLook(planDeadline(NOW + 3000, NOW, 20)), true);
});

test('a machine that was late for the soft deadline is given more time for the answer', () => {
  const plan = planDeadline(NOW + 3000, NOW, 100);
  const early = (lateMs: number): number =>
    plan.fireEpochMs - withLateness(plan, lateMs).fireEpochMs;
  assert.deepEqual([0, 4, 20, 50, 500].map(early), [0, 0, 40, 100, 100]);
});
