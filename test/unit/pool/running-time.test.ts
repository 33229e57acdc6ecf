import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterRunning, countedBack } from '../../../src/pool/running-time.ts';
import { PausedClock } from './paused-clock.ts';

const HOUR_MS = 3_600_000;

for (const isMonotonicOn of [false, true]) {
  const which = isMonotonicOn ? 'goes on' : 'stands still';
  test(`a freeze is no time that passes, when the monotonic clock ${which}`, () => {
    const clock = new PausedClock();
    let count = 0;
    afterRunning(clock, 1000, () => {
      count += 1;
    });
    clock.pass(500);
    clock.freeze(HOUR_MS, isMonotonicOn);
    clock.pass(250);
    assert.equal(count, 0);
    clock.pass(450);
    assert.equal(count, 1);
    clock.pass(HOUR_MS);
    assert.equal(count, 1, 'once');
  });
}

test('what is cancelled does not run, before and after its first step', () => {
  const clock = new PausedClock();
  const runs: string[] = [];
  afterRunning(clock, 1000, () => runs.push('at once'))();
  const cancel = afterRunning(clock, 1000, () => runs.push('later'));
  clock.pass(700);
  cancel();
  clock.pass(HOUR_MS);
  assert.deepEqual(runs, []);
});

test('a time is counted back from now, without the freezes since', () => {
  const clock = new PausedClock();
  const atMs = clock.nowMonotonicMs();
  clock.pass(100);
  clock.freeze(HOUR_MS);
  assert.equal(countedBack(clock, atMs), clock.nowEpochMs() - 100);
});
