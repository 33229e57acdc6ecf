import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCKED_MS, SPREAD_MS } from '../../../../src/core/limits.ts';
import { Spread } from '../../../../src/pool/shared/spread.ts';
import { PausedClock } from '../paused-clock.ts';

test('while nobody blocks a thread, eight invocations take one, and each processor has one', () => {
  const spread = new Spread(new PausedClock(), 2);
  assert.deepEqual(
    [0, 1, 16, 17, 32, 64].map((count) => spread.width(count)),
    [2, 2, 2, 3, 4, 8],
  );
});

test('once one was blocked they take as many threads as there are, for a while', () => {
  const clock = new PausedClock();
  const spread = new Spread(clock, 2);
  spread.waited(BLOCKED_MS - 1);
  assert.equal(spread.width(1), 2);
  spread.waited(BLOCKED_MS);
  assert.equal(spread.width(1), Number.POSITIVE_INFINITY);
  clock.pass(SPREAD_MS - 1);
  assert.equal(spread.width(1), Number.POSITIVE_INFINITY);
  clock.pass(1);
  assert.equal(spread.width(1), 2);
  spread.disturbed();
  assert.equal(spread.width(1), Number.POSITIVE_INFINITY);
});
