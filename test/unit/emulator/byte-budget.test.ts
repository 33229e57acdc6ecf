import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ByteBudget } from '../../../src/emulator/streaming/byte-budget.ts';

const MIB = 1024 * 1024;

test('the first 6 MiB are free, at once or in pieces', () => {
  const budget = new ByteBudget(1000);

  assert.equal(budget.spend(5 * MIB, 1000), 0);
  assert.equal(budget.spend(MIB, 1001), 0);
  assert.equal(budget.spend(1, 1002), 123);
});

test('after that it is 2 MiB a second', () => {
  const budget = new ByteBudget(0);
  budget.spend(6 * MIB, 0);
  let nowMs = 0;

  for (let sent = 0; sent < 10 * MIB; sent += 64 * 1024) {
    nowMs += budget.spend(64 * 1024, nowMs);
  }

  assert.equal(nowMs, 5000);
});

test('a pause fills the budget again, and not beyond its size', () => {
  const budget = new ByteBudget(0);
  budget.spend(6 * MIB, 0);

  assert.equal(budget.spend(2 * MIB, 1000), 0);
  assert.equal(budget.spend(6 * MIB, 60_000), 0);
  assert.equal(budget.spend(256 * 1024, 60_000), 125);
});
