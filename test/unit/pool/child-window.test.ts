import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChildWindow } from '../../../src/pool/child-window.ts';
import { PausedClock } from './paused-clock.ts';

test('the window begins with the thread, then with the invocation before the last', () => {
  const clock = new PausedClock();
  const window = new ChildWindow(clock);
  const agoMs = (): number => clock.nowEpochMs() - window.sinceEpochMs;
  clock.pass(50);
  assert.equal(agoMs(), 50);
  window.begin();
  clock.pass(10);
  assert.equal(agoMs(), 10, 'there is no invocation before it');
  window.begin();
  clock.pass(5);
  assert.equal(agoMs(), 15);
  window.begin();
  assert.equal(agoMs(), 5);
});

test('a child from before is as old after a freeze as the window says', () => {
  const clock = new PausedClock();
  const window = new ChildWindow(clock);
  window.begin();
  clock.pass(1000);
  clock.freeze(3_600_000);
  window.begin();
  // The ages of processes stand still in a freeze as well.
  assert.equal(window.sinceEpochMs, clock.nowEpochMs() - 1000);
});
