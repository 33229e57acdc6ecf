import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RESTART_PERIOD_S, START_FAILURES_MAX } from '../../../src/core/limits.ts';
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
  policy.failed(2);
  policy.failed(3);
  policy.served(1);
  assert.equal(policy.failed(4), 400, 'worker 1 says nothing of how workers start today');
  policy.served(5);
  assert.equal(policy.failed(6), 100);
});

test('failures in a row have an end', () => {
  const policy = policyOf();
  for (let id = 1; id < START_FAILURES_MAX; id += 1) policy.failed(id);
  assert.equal(policy.hasGivenUp, false);
  policy.failed(START_FAILURES_MAX);
  assert.equal(policy.hasGivenUp, true);
});

test('workers that die idle have an end, with the setting in its text', () => {
  const policy = policyOf(3);
  for (const atMs of [0, 10, 20]) policy.diedIdle(atMs);
  assert.equal(policy.exhaustion, undefined);
  policy.diedIdle(30);
  assert.match(policy.exhaustion ?? '', /More than 3 workers died .*BULKHEAD_RESTART_LIMIT/);
});

test('workers that die seldom are replaced for ever', () => {
  const policy = policyOf(3);
  for (let death = 0; death < 100; death += 1) policy.diedIdle(death * RESTART_PERIOD_S * 334);
  assert.equal(policy.exhaustion, undefined);
});
