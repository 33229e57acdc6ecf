import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cpuUsBetween,
  type ProcessUse,
  readProcessUse,
} from '../../../../src/cli/bench/process-use.ts';

function use(threads: Record<string, number>): ProcessUse {
  return { threadsUs: new Map(Object.entries(threads)), rssMb: 50 };
}

test('processor time is that of all threads, new ones included', () => {
  assert.equal(cpuUsBetween(use({ 1: 100, 2: 50 }), use({ 1: 130, 2: 50, 3: 5 })), 35);
});

test('it is not known when a thread has ended, or when nothing was told', () => {
  assert.equal(cpuUsBetween(use({ 1: 100, 2: 50 }), use({ 1: 130, 3: 5 })), undefined);
  assert.equal(cpuUsBetween(undefined, use({ 1: 1 })), undefined);
  assert.equal(cpuUsBetween(use({ 1: 1 }), undefined), undefined);
});

test('a process that is not there tells nothing', () => {
  assert.equal(readProcessUse(undefined), undefined);
  assert.equal(readProcessUse(2 ** 22 + 1), undefined);
});

const skip = process.platform === 'linux' ? false : 'only Linux has /proc';

test('this process has memory', { skip }, () => {
  assert.ok((readProcessUse(process.pid)?.rssMb ?? 0) > 1);
});
