import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECYCLE_HEAP_STREAK } from '../../../src/core/limits.ts';
import { nextHeapStreak, recycleReason } from '../../../src/core/recycle-policy.ts';

const OFF = { afterInvocations: undefined, heapMb: undefined, ageS: undefined };
const FRESH = { invocationCount: 1, ageMs: 0, heapStreak: 0 };
const MB = 1024 * 1024;

test('without limits a worker stays for ever', () => {
  const old = { invocationCount: 1e9, ageMs: 1e12, heapStreak: 1000 };
  assert.equal(recycleReason(old, OFF), undefined);
});

test('the number of invocations', () => {
  const limits = { ...OFF, afterInvocations: 3 };
  assert.equal(recycleReason({ ...FRESH, invocationCount: 2 }, limits), undefined);
  const reason = recycleReason({ ...FRESH, invocationCount: 3 }, limits);
  assert.equal(reason, 'it has served 3 invocations (BULKHEAD_RECYCLE_AFTER)');
});

test('the age', () => {
  const limits = { ...OFF, ageS: 10 };
  assert.equal(recycleReason({ ...FRESH, ageMs: 9999 }, limits), undefined);
  const reason = recycleReason({ ...FRESH, ageMs: 10_000 }, limits);
  assert.equal(reason, 'it is 10 s old (BULKHEAD_RECYCLE_AGE_S)');
});

test('a heap that stays above the limit, not one that is above it once', () => {
  const limits = { ...OFF, heapMb: 10 };
  let heapStreak = 0;
  for (let count = 1; count < RECYCLE_HEAP_STREAK; count += 1) {
    heapStreak = nextHeapStreak(heapStreak, 11 * MB, limits);
  }
  assert.equal(recycleReason({ ...FRESH, heapStreak }, limits), undefined);
  assert.equal(nextHeapStreak(heapStreak, 10 * MB, limits), 0, 'a collection ends the row');
  heapStreak = nextHeapStreak(heapStreak, 11 * MB, limits);
  const reason = recycleReason({ ...FRESH, heapStreak }, limits);
  assert.equal(reason, 'its heap stays above 10 MB (BULKHEAD_RECYCLE_HEAP_MB)');
});
