import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HeldMemory, NOTHING_HELD } from '../../../src/core/held-memory.ts';
import { RECYCLE_HEAP_STREAK } from '../../../src/core/limits.ts';
import type { RecycleLimits } from '../../../src/core/recycle-policy.ts';
import { noteWear } from '../../../src/pool/wear.ts';
import { PausedClock } from './paused-clock.ts';

const NEVER: RecycleLimits = { afterInvocations: undefined, heapMb: undefined, ageS: undefined };

type Worn = Parameters<typeof noteWear>[0];

function note(
  worn: Partial<Worn>,
  recycle: Partial<RecycleLimits>,
  times = 1,
  isIdle = true,
): Worn {
  const clock = new PausedClock();
  const startedAtMs = clock.nowMonotonicMs();
  const slot = { heapStreak: 0, held: NOTHING_HELD, invocationCount: 1, dueReason: undefined };
  const whole: Worn = { ...slot, startedAtMs, ...worn };
  clock.pass(10_000);
  const options = { clock, heapLimitMb: undefined, recycle: { ...NEVER, ...recycle } };
  for (let count = 0; count < times; count += 1) noteWear(whole, options, isIdle);
  return whole;
}

test('a worker without a limit is due for nothing', () => {
  assert.equal(note({ invocationCount: 1_000_000 }, {}).dueReason, undefined);
});

test('it is due by what it has served, and by its age', () => {
  assert.equal(note({ invocationCount: 4 }, { afterInvocations: 5 }).dueReason, undefined);
  assert.match(note({ invocationCount: 5 }, { afterInvocations: 5 }).dueReason ?? '', /5 invoc/);
  assert.equal(note({}, { ageS: 11 }).dueReason, undefined);
  assert.match(note({}, { ageS: 10 }).dueReason ?? '', /10 s old/);
});

test('it is due by its heap when that stays full, and not before', () => {
  const held: HeldMemory = {
    ...NOTHING_HELD,
    recent: [{ heapBytes: 51 * 1024 * 1024, externalBytes: 0 }],
  };
  const before = note({ held }, { heapMb: 50 }, RECYCLE_HEAP_STREAK - 1);
  assert.deepEqual([before.heapStreak, before.dueReason], [RECYCLE_HEAP_STREAK - 1, undefined]);
  const due = note({ held }, { heapMb: 50 }, RECYCLE_HEAP_STREAK);
  assert.match(due.dueReason ?? '', /heap stays above 50 MB/);
});

test('the first reason stays', () => {
  const { dueReason } = note({ dueReason: 'the first', invocationCount: 9 }, { ageS: 1 });
  assert.equal(dueReason, 'the first');
});

test('what others hold while they run in it is not its own', () => {
  const held: HeldMemory = {
    ...NOTHING_HELD,
    recent: [{ heapBytes: 51 * 1024 * 1024, externalBytes: 0 }],
  };
  const busy = note({ held }, { heapMb: 50 }, RECYCLE_HEAP_STREAK, false);
  assert.deepEqual([busy.heapStreak, busy.dueReason], [0, undefined]);
  const used = note({ held, invocationCount: 5 }, { afterInvocations: 5 }, 1, false);
  assert.match(used.dueReason ?? '', /5 invoc/);
});
