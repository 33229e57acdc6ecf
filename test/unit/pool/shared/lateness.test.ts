import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markLate } from '../../../../src/pool/shared/lateness.ts';
import type { SharedThread } from '../../../../src/pool/shared/shared-thread.ts';
import { PausedClock } from '../paused-clock.ts';

test('a late thread is asked once, and is late until its loop has turned', () => {
  const clock = new PausedClock();
  const turns: (() => void)[] = [];
  const slot = { thread: { ping: (onTurn: () => void) => void turns.push(onTurn) } };
  const thread = { isLate: false, slot } as unknown as SharedThread;
  const waits: number[] = [];

  markLate(thread, clock, (ms) => waits.push(ms));
  clock.pass(30);
  markLate(thread, clock, (ms) => waits.push(ms));
  assert.equal(thread.isLate, true);
  assert.equal(turns.length, 1);

  clock.pass(10);
  turns[0]?.();
  assert.equal(thread.isLate, false);
  assert.deepEqual(waits, [40]);

  markLate(thread, clock, (ms) => waits.push(ms));
  assert.equal(turns.length, 2, 'it may be late again');
});
