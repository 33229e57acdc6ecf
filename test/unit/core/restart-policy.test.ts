import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RESTART_PERIOD_S, START_FAILURES_MAX, START_REST_MS } from '../../../src/core/limits.ts';
import { RestartPolicy, startBackoffMs } from '../../../src/core/restart-policy.ts';

function policyOf(restartLimit = 3): RestartPolicy {
  return new RestartPolicy({ restartLimit, random: () => 0 });
}

test('the pause doubles up to its bound and ends after the last allowed failure', () => {
  const pauses = Array.from({ length: START_FAILURES_MAX }, (_, index) =>
    startBackoffMs(index + 1, 0),
  );
  assert.deepEqual(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, undefined]);
});

test('the jitter takes off up to half of a pause', () => {
  assert.equal(startBackoffMs(1, 1), 50);
  assert.equal(startBackoffMs(3, 0.5), 300);
});

test('an invocation ends the row of failures when a worker of later date has served it', () => {
  const policy = policyOf();
  policy.failed(2, false);
  policy.failed(3, false);
  policy.served(1);
  assert.equal(policy.failed(4, false), 400, 'worker 1 says nothing of how workers start today');
  policy.served(5);
  assert.equal(policy.failed(6, false), 100);
});

test('failures in a row have an end when nobody is left to serve', () => {
  const policy = policyOf();
  for (let id = 1; id < START_FAILURES_MAX; id += 1) policy.failed(id, true);
  assert.equal(policy.hasGivenUp, false);
  assert.equal(policy.failed(START_FAILURES_MAX, true), undefined);
  assert.equal(policy.hasGivenUp, true);
});

test('beside a worker that serves, starts are tried for ever, and seldom', () => {
  const policy = policyOf();
  for (let id = 2; id <= START_FAILURES_MAX; id += 1) policy.failed(id, false);
  assert.equal(policy.failed(START_FAILURES_MAX + 1, false), START_REST_MS);
  assert.equal(policy.failed(START_FAILURES_MAX + 2, false), START_REST_MS);
  assert.equal(policy.hasGivenUp, false);
});

test('standbys that failed take nothing from the tries after a crash', () => {
  const policy = policyOf();
  for (let id = 2; id <= 2 * START_FAILURES_MAX; id += 1) policy.failed(id, false);
  policy.served(1);
  assert.equal(policy.failed(100, true), 100);
  // Worker 101 serves while standbys fail beside it: the row of those without anybody is over.
  policy.failed(102, false);
  policy.served(101);
  assert.equal(policy.failed(103, true), 100);
});

test('workers that die idle have an end, with the setting in its text', () => {
  const policy = policyOf(3);
  for (const atMs of [0, 10, 20]) policy.diedIdle(atMs);
  assert.equal(policy.exhaustion(25), undefined);
  policy.diedIdle(30);
  assert.match(policy.exhaustion(35) ?? '', /More than 3 workers died .*BULKHEAD_RESTART_LIMIT/);
});

test('after a burst, workers are replaced again when it is past', () => {
  const policy = policyOf(3);
  for (const atMs of [0, 10, 20, 30, 40, 50]) policy.diedIdle(atMs);
  assert.notEqual(policy.exhaustion(RESTART_PERIOD_S * 1000), undefined);
  assert.equal(policy.exhaustion(RESTART_PERIOD_S * 1000 + 50), undefined);
});

test('workers that die seldom are replaced for ever', () => {
  const policy = policyOf(3);
  for (let death = 0; death < 100; death += 1) {
    const atMs = death * RESTART_PERIOD_S * 334;
    policy.diedIdle(atMs);
    assert.equal(policy.exhaustion(atMs), undefined);
  }
});
