import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCKED_MS, CALM_LOAD, SPREAD_MS } from '../../../../src/core/limits.ts';
import { Spread } from '../../../../src/pool/shared/spread.ts';
import { PausedClock } from '../paused-clock.ts';

test('while nobody blocks a thread, sixteen invocations take one, and each processor has one', () => {
  const spread = new Spread(new PausedClock(), 2);
  assert.deepEqual(
    [0, 1, 32, 33, 64, 640].map((count) => spread.placement(count, 4).width),
    [2, 2, 2, 3, 4, 40],
  );
});

test('once one was blocked they take as many threads as there are, for a while', () => {
  const clock = new PausedClock();
  const spread = new Spread(clock, 2);
  spread.waited(BLOCKED_MS - 1);
  assert.equal(spread.placement(1, 4).width, 2);
  spread.waited(BLOCKED_MS);
  assert.equal(spread.placement(1, 4).width, Number.POSITIVE_INFINITY);
  clock.pass(SPREAD_MS - 1);
  assert.equal(spread.placement(1, 4).width, Number.POSITIVE_INFINITY);
  clock.pass(1);
  assert.equal(spread.placement(1, 4).width, 2);
  spread.disturbed();
  assert.equal(spread.placement(1, 4).width, Number.POSITIVE_INFINITY);
});

test('a thread takes more than its even share meanwhile, and its share otherwise', () => {
  const spread = new Spread(new PausedClock(), 2);
  assert.equal(spread.placement(1, 4).room, CALM_LOAD);
  assert.equal(spread.placement(1, 100).room, 100);
  assert.equal(spread.placement(1, 1).room, 1, 'whoever has a thread alone has it alone');
  spread.disturbed();
  assert.equal(spread.placement(1, 4).room, 4);
});
