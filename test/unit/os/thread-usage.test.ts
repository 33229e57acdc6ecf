import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { threadUsage } from '../../../src/os/thread-usage.ts';
import { procOf } from './scripted-proc.ts';

test('both numbers come in ms; without them nothing is known', () => {
  const read = (text: string) =>
    threadUsage(7, procOf({ rows: [], files: { '/proc/self/task/7/schedstat': text } }));
  assert.deepEqual(read('1500000 250000 9\n'), { ranMs: 1.5, waitedMs: 0.25 });
  for (const text of ['', 'x y z', '5']) assert.equal(read(text), undefined);
  assert.equal(threadUsage(8, procOf({ rows: [] })), undefined);
  assert.equal(threadUsage(undefined), undefined);
});

test('a thread that computes is seen to', onLinux(), () => {
  const own = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  const before = threadUsage(own);
  const endMs = performance.now() + 50;
  while (performance.now() < endMs);
  const after = threadUsage(own);
  assert.ok(before && after);
  const usedMs = after.ranMs - before.ranMs + after.waitedMs - before.waitedMs;
  assert.ok(usedMs >= 45, `${usedMs} ms`);
});

function onLinux(): { skip: string | false } {
  return { skip: process.platform === 'linux' ? false : 'there is no /proc' };
}
