import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { cpuCount } from '../../../src/os/cpu-count.ts';
import { procSource } from '../../../src/os/process-table.ts';

function countWith(text: string | undefined, available: number): number {
  const readText = (path: string): string | undefined =>
    path === '/sys/fs/cgroup/cpu.max' ? text : undefined;
  return cpuCount({ ...procSource, readText }, () => available);
}

test('a quota of the control group counts, a part of a processor as a whole one', () => {
  assert.equal(countWith('200000 100000\n', 8), 2);
  assert.equal(countWith('150000 100000\n', 8), 2);
  assert.equal(countWith('5000 100000\n', 8), 1);
});

test('without a quota it is what the system schedules us on', () => {
  assert.equal(countWith('max 100000\n', 6), 6);
  assert.equal(countWith(undefined, 6), 6);
  assert.equal(countWith('nonsense', 6), 6);
  assert.equal(countWith('', 0), 1);
});

test('a quota beyond the processors gives no more of them', () => {
  assert.equal(countWith('800000 100000\n', 2), 2);
});

test('this machine has some', () => {
  const count = cpuCount();
  assert.ok(count >= 1 && count <= availableParallelism(), String(count));
});
